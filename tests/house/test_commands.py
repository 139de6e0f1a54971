"""The commands people type: sound shell, and a clear sentence when the machine lacks something."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools import demo, present
from tools.processes import Group, Trouble, is_free

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted([*(ROOT / "bin").iterdir(), ROOT / ".ci" / "run"])


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.name)
def test_a_command_is_executable_posix_shell(command: Path) -> None:
    text = command.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n")
    assert "\nset -eu\n" in text
    assert os.access(command, os.X_OK)
    assert run("sh", "-n", str(command)).returncode == 0
    for bashism in ("[[", "function ", "local ", "<<<", "&>"):
        assert bashism not in text


def test_ci_runs_what_people_run() -> None:
    assert "exec bin/test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_a_missing_browser_leaves_its_tests_out_with_a_line_that_says_how_to_get_it(
    tmp_path: Path,
) -> None:
    done = run(sys.executable, "tools/present.py", "browser", PATH=str(tmp_path))
    assert done.returncode == 0
    assert done.stdout.strip() == "not browser"
    assert "apt-get install -y chromium" in done.stderr


def test_a_missing_browser_fails_where_ci_is_set(tmp_path: Path) -> None:
    done = run(sys.executable, "tools/present.py", "browser", PATH=str(tmp_path), CI="true")
    assert done.returncode == 1
    assert "every test must run" in done.stderr


def test_only_root_starts_chromium_without_its_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 0)
    assert "--no-sandbox" in present.browser_args()
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    assert "--no-sandbox" not in present.browser_args()


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout with a filled .venv, and bin/ with little more than a shell; apt only notes its calls."""
    for folder in ("bin", "few", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "bin" / "_setup", tmp_path / "bin" / "_setup")
    (tmp_path / "requirements-dev.lock").write_bytes(b"")
    (tmp_path / ".venv" / ".filled-from").write_text(run("cksum").stdout.replace(" ", "").strip())
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    few = "sh dirname cksum tr cat rm grep find head env"
    for name in few.split():
        (tmp_path / "few" / name).symlink_to(str(shutil.which(name)))
    script(tmp_path / "few" / "apt-get", f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\n')
    script(tmp_path / "few" / "apt-cache", '#!/bin/sh\n[ "$2" != qpdf ]\n')
    script(tmp_path / "few" / "id", "#!/bin/sh\necho 0\n")
    return tmp_path


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def setup(bare: Path, *words: str) -> subprocess.CompletedProcess[str]:
    few = {"PATH": str(bare / "few"), "HOME": str(bare)}
    return run(str(bare / "few" / "sh"), str(bare / "bin" / "_setup"), *words, **few)


def test_set_up_installs_what_is_missing_and_says_what_the_system_has_not(bare: Path) -> None:
    done = setup(bare, "browser", "judges")
    assert done.returncode == 0, done.stderr
    calls = (bare / "calls").read_text().splitlines()
    assert calls[0] == "-qq update"
    assert calls[1].endswith("install --no-install-recommends chromium poppler-utils softhsm2")
    assert "no package qpdf" in done.stderr


def test_set_up_installs_nothing_that_is_there(bare: Path) -> None:
    for name in ("chromium", "pdfsig", "qpdf", "softhsm2-util"):
        script(bare / "few" / name, "#!/bin/sh\n")
    assert setup(bare, "browser", "judges").returncode == 0
    assert not (bare / "calls").exists()


def test_without_rights_set_up_prints_the_one_line_to_run_and_goes_on(bare: Path) -> None:
    script(bare / "few" / "id", "#!/bin/sh\necho 1000\n")
    done = setup(bare, "browser", "judges")
    assert done.returncode == 0
    assert "sudo apt-get install -y chromium poppler-utils qpdf softhsm2" in done.stderr
    assert not (bare / "calls").exists()


def test_with_brew_the_line_is_for_brew(bare: Path) -> None:
    (bare / "few" / "apt-get").unlink()
    script(bare / "few" / "brew", "#!/bin/sh\n")
    done = setup(bare, "browser", "judges")
    assert "brew install poppler qpdf softhsm && brew install --cask chromium" in done.stderr


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of a demo (its app's) on which something listens, the demo's other ports being free."""
    with ExitStack() as held:
        for _ in range(100):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            port = listener.getsockname()[1]
            if all(is_free(other) for other in around(port) if other != port):
                break
        yield port


def around(app_port: int) -> list[int]:
    """Return the ports of the demo whose app has `app_port`."""
    folder = Path()
    return list(demo.Place(first_port(app_port), folder).ports.values())


def first_port(app_port: int) -> int:
    return app_port - demo.Place(0, Path()).ports["app"]


def test_a_taken_port_is_named_with_a_way_out(taken_port: int, tmp_path: Path) -> None:
    place = demo.Place(first_port(taken_port), tmp_path)
    with pytest.raises(Trouble, match=rf"Port {taken_port} \(app\) is taken.*--port"):
        demo.check_machine(place, once=False)


def test_the_demo_keeps_everything_on_this_machine(tmp_path: Path) -> None:
    settings = demo.environment(demo.Place(9000, tmp_path))
    addresses = [value for name, value in settings.items() if name.startswith("PARAPH_")]
    hosts = [value for value in addresses if "://" in value]
    assert hosts
    assert all(value.startswith(("http://127.0.0.1:", "http://localhost:")) for value in hosts)
    assert settings["PARAPH_SMTP_HOST"] == "127.0.0.1"


def test_two_demos_share_no_folder() -> None:
    names = {
        demo.folder_name(port, once=once)
        for port in (demo.FIRST_PORT, 9000)
        for once in (False, True)
    }
    assert len(names) == 4


def test_a_process_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Group(tmp_path) as group:
        group.start("talker", [sys.executable, "-c", "print('last words'); exit(3)"], cwd=tmp_path)
        with pytest.raises(Trouble, match=r"(?s)talker ended \(3\).*last words"):
            group.wait_for("The talker", lambda: False)


def test_leaving_a_group_ends_its_processes(tmp_path: Path) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
    with Group(tmp_path) as group:
        running = group.start("sleeper", sleeper, cwd=tmp_path)
        assert running.process.poll() is None
    assert running.process.poll() is not None


def test_a_free_port_is_free(taken_port: int) -> None:
    assert not is_free(taken_port)
