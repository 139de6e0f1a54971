"""The Dockerfile's steps in a clean Debian, without an engine: `python -m tools.container_walk`.

Needs root and debootstrap. Makes a Debian of the image's release, runs every RUN, COPY and ENV in it, starts web
and worker as the image's user, asks /readyz, /version and the licence, and stops both by SIGTERM.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.container import ROOT, Step, steps

RELEASE = "bookworm"
WALK_NEEDS = "ca-certificates,python3,python3-venv,python-is-python3"
READY_WITHIN_S = 90
PORT = "8619"
LENT = ("/etc/apt/apt.conf.d", "/etc/apt/sources.list.d", "/usr/local/share/ca-certificates")
LENT_FILES = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt",
)
NO_CACHES = shutil.ignore_patterns("__pycache__")


@dataclass(slots=True)
class Image:
    """A folder that becomes what the image holds."""

    folder: Path
    environment: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    )
    place: str = "/"
    user: str = "root"
    command: list[str] = field(default_factory=list)

    def take(self, step: Step) -> None:
        """Do what one instruction says."""
        doing = {
            "RUN": self._run,
            "COPY": self._copy,
            "ENV": self._set,
            "WORKDIR": self._go,
            "USER": self._become,
            "CMD": self._keep,
        }
        if step.word in doing:
            doing[step.word](step.rest)

    def words(self, command: list[str]) -> list[str]:
        """Return the command as the image's user would run it."""
        user = [] if self.user == "root" else ["setpriv", f"--reuid={self.user}"]
        user += [f"--regid={self.user}", "--clear-groups"] if user else []
        pairs = [f"{name}={value}" for name, value in self.environment.items()]
        script = f"cd {self.place} && exec {shlex.join(command)}"
        inside = ["chroot", str(self.folder), *user, "env", "-i", *pairs, *_lent()]
        return ["unshare", "--mount", "sh", "-ec", self._mounts(), *inside, "sh", "-c", script]

    def _mounts(self) -> str:
        """Lend /proc and /dev to one command; they are gone with it."""
        folder = shlex.quote(str(self.folder))
        lend = f"mount -t proc proc {folder}/proc; mount --rbind /dev {folder}/dev"
        return f'{lend}; exec "$0" "$@"'

    def _run(self, rest: str) -> None:
        subprocess.run(self.words(["sh", "-ec", rest]), check=True, stdout=subprocess.DEVNULL)  # noqa: S603

    def _copy(self, rest: str) -> None:
        if rest.startswith("--from"):
            return
        *sources, last = rest.split()
        target = Path(last) if last.startswith("/") else Path(self.place) / last
        inside = self.folder / str(target).lstrip("/")
        for source in sources:
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, inside, dirs_exist_ok=True, ignore=NO_CACHES)
                continue
            into = inside / source if last.endswith("/") else inside
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, into)

    def _set(self, rest: str) -> None:
        for pair in shlex.split(rest):
            name, value = pair.split("=", 1)
            self.environment[name] = value.replace("$PATH", self.environment["PATH"])

    def _go(self, rest: str) -> None:
        self.place = rest
        (self.folder / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)

    def _become(self, rest: str) -> None:
        self.user = rest

    def _keep(self, rest: str) -> None:
        self.command = json.loads(rest)


def main() -> int:
    """Walk; return 0 when web and worker were ready and ended as asked."""
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    folder.chmod(0o755)  # the image's user must see the root of its file system
    try:
        started = time.monotonic()
        debian = ["debootstrap", "--variant=minbase", f"--include={WALK_NEEDS}", RELEASE]
        subprocess.run([*debian, str(folder)], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        _lend(folder)
        image = Image(folder)
        for step in steps((ROOT / "Dockerfile").read_text("utf-8")):
            _tell(f"{time.monotonic() - started:5.0f} s  {step.word} {step.rest[:80]}")
            image.take(step)
        return _start(image)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(image: Image) -> int:
    web = [one.replace("8610", PORT).replace("/dev/shm", "/tmp") for one in image.command]  # noqa: S108
    running = [subprocess.Popen(image.words(one)) for one in (web, ["python", "-m", "app.worker"])]  # noqa: S603
    try:
        for path in ("/readyz", "/version", "/legal/licence"):
            _tell(_answer(path))
    finally:
        for process in running:
            process.terminate()
        ends = [process.wait(60) for process in running]
    _tell(f"ended with {ends}")
    return 0 if ends == [0, 0] else 1


def _answer(path: str) -> str:
    """Return the beginning of what `path` answers, /readyz once the worker is heard of."""
    ask = f"import urllib.request as u;print(u.urlopen('http://127.0.0.1:{PORT}{path}').read().decode())"
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", ask], capture_output=True, text=True, check=False
        )
        if done.returncode == 0 and '"worker"' not in done.stdout:
            return f"{path}: {' '.join(done.stdout.split())[:150]}"
        time.sleep(1)
    raise SystemExit(f"{path} did not answer in time")


def _lend(folder: Path) -> None:
    """Let the clean Debian use this host's way to the packages."""
    for source in LENT:
        if Path(source).is_dir():
            shutil.copytree(source, folder / source.lstrip("/"), dirs_exist_ok=True)
    for path in LENT_FILES:
        if Path(path).is_file():
            shutil.copy(path, folder / path.lstrip("/"))


def _lent() -> list[str]:
    """Return the settings of this host that lead to the packages."""
    names: Mapping[str, str] = os.environ
    return [
        f"{name}={value}"
        for name, value in names.items()
        if name.startswith("PIP_") or "proxy" in name.lower()
    ]


def _tell(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
