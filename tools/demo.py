"""bin/demo: a pretend Bitrix24 portal and Paraph, started together, ended together.

Four processes: the portal (with its inbox, phone, mail sink, SMS gateway and time-stamp authority), our
web pages, our worker, and with --once a browser that walks the main story.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.web import SMS_KEY
from tools.present import FINDERS, browser
from tools.processes import Group, Trouble, answers, is_free

ROOT = Path(__file__).resolve().parent.parent
FIRST_PORT = 8600
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Place:
    """Where this demo lives: its ports, counted from the first, and its folder."""

    first_port: int
    folder: Path

    @property
    def ports(self) -> dict[str, int]:
        """Port by name; the portal and the app are on different sites for the browser, as in life."""
        steps = {"portal": 0, "oauth": 1, "services": 2, "app": 10, "smtp": 25}
        return {name: self.first_port + step for name, step in steps.items()}

    @property
    def portal_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['portal']}"

    @property
    def services_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['services']}"

    @property
    def app_url(self) -> str:
        return f"http://localhost:{self.ports['app']}"

    @property
    def trust(self) -> Path:
        return self.folder / "trust"


def main(arguments: list[str]) -> int:
    """Run the demo; return the exit code."""
    given = parse(arguments)
    place = Place(given.port, ROOT / "var" / folder_name(given.port, once=given.once))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    if (given.once or given.fresh) and place.folder.exists():
        shutil.rmtree(place.folder)
    try:
        check_machine(place, once=given.once)
        with Group(place.folder / "log", environment(place)) as group:
            start(group, place)
            return walk(place, given.walk) if given.once else stay(group, place)
    except Trouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("\nEnded.")
        return INTERRUPTED if given.once else 0


def folder_name(port: int, *, once: bool) -> str:
    """Return the demo's folder under var/: two demos at once never share one."""
    name = "demo-once" if once else "demo"
    return name if port == FIRST_PORT else f"{name}-{port}"


def _end(_signal: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does, so that no process stays behind."""
    raise KeyboardInterrupt


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the options; what follows `--` goes to the walk-through."""
    parser = argparse.ArgumentParser(
        prog="bin/demo", description="A pretend Bitrix24 portal with Paraph in it."
    )
    parser.add_argument("--once", action="store_true", help="walk the main story, then end")
    parser.add_argument("--fresh", action="store_true", help="forget the demo's data first")
    parser.add_argument(
        "--port", type=int, default=FIRST_PORT, help=f"first of the ports (default {FIRST_PORT})"
    )
    parser.add_argument("walk", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if not 1024 <= given.port <= 65000:
        parser.error("--port must be between 1024 and 65000")
    return given


def check_machine(place: Place, *, once: bool) -> None:
    """Say what this machine lacks; raises Trouble for what the demo cannot do without."""
    for name, port in place.ports.items():
        if not is_free(port):
            raise Trouble(
                f"Port {port} ({name}) is taken, perhaps by another demo. Stop what runs there, or "
                f"choose other ports: bin/demo --port {place.first_port + 100}"
            )
    find_office, sentence = FINDERS["office"]
    if not find_office():
        say(sentence + "\nThe demo starts all the same; upload a PDF in place of a Word document.")
    if once and not browser():
        raise Trouble(FINDERS["browser"][1])


def environment(place: Place) -> dict[str, str]:
    """Return the settings of our processes: everything on this machine, nothing leaves it."""
    ours = {
        "DATA": str(place.folder / "data"),
        "BASE_URL": place.app_url,
        "CLIENT_ID": CLIENT_ID,
        "CLIENT_SECRET": CLIENT_SECRET,
        "OAUTH_URL": f"http://127.0.0.1:{place.ports['oauth']}",
        "LOCAL_PORTALS": "true",
        "ORGANISATION": "Atelier Lumen (demo)",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(place.ports["smtp"]),
        "SMTP_TLS": "none",
        "MAIL_FROM": "signatures@example.com",
        "SMS_URL": f"{place.services_url}/sms/send",
        "SMS_KEY": SMS_KEY,
        "SMS_STATUS_URL": f"{place.services_url}/sms/status/{{id}}",
        "TSA_URLS": f"{place.services_url}/tsa",
        "TRUST_FOLDER": str(place.trust),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARAPH_")}
    return {
        **kept,
        **{f"PARAPH_{name}": value for name, value in ours.items()},
        **_trials(os.environ),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": "localhost,127.0.0.1",
    }


def _trials(outside: Mapping[str, str]) -> dict[str, str]:
    """Return what a developer may try on the demo from outside."""
    names = ("PARAPH_KILL_AFTER", "PARAPH_LOG_LEVEL", "PARAPH_POLL_S", "PARAPH_SOFFICE")
    return {name: outside[name] for name in names if name in outside}


def start(group: Group, place: Place) -> None:
    """Start the portal, then our web pages (which lay the database out), then our worker."""
    ports = place.ports
    portal = [sys.executable, "-m", "emulator", "--app-url", place.app_url]
    for name in ("portal", "oauth", "services", "smtp"):
        portal += [f"--{name}-port", str(ports[name])]
    group.start("portal", [*portal, "--data", str(place.folder / "portal.json")], cwd=ROOT)
    group.wait_for("The pretend portal", lambda: answers(f"{place.portal_url}/emulator/state"))
    trust_the_timestamps(place)
    web = [sys.executable, "-m", "gunicorn", "app.web:create_app()", "--worker-class", "gthread"]
    web += ["--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{ports['app']}"]
    group.start("web", web, cwd=ROOT)
    group.wait_for("The app", lambda: answers(f"{place.app_url}/readyz"))
    worker = group.start("worker", [sys.executable, "-m", "app.worker"], cwd=ROOT)
    group.wait_for("The worker", lambda: b"worker ready" in worker.log.read_bytes())


def trust_the_timestamps(place: Place) -> None:
    """Keep the demo authority's root where the app looks for it; older roots stay."""
    with urllib.request.urlopen(f"{place.services_url}/tsa/root.pem", timeout=5) as answer:  # noqa: S310
        root = answer.read()
    place.trust.mkdir(parents=True, exist_ok=True)
    name = f"demo-tsa-{hashlib.sha256(root).hexdigest()[:12]}.pem"
    (place.trust / name).write_bytes(root)


def walk(place: Place, more: list[str]) -> int:
    """Walk the main story; return the walker's exit code."""
    command = [sys.executable, "-m", "tools.walk", "--portal", place.portal_url]
    command += ["--app", place.app_url, "--folder", str(place.folder), *more]
    done = subprocess.run(command, cwd=ROOT, env=environment(place), check=False)  # noqa: S603
    return done.returncode


def stay(group: Group, place: Place) -> int:
    """Say where the portal is, and stay until Ctrl-C."""
    say(
        f"\n  Open  {place.portal_url}\n\n  Ctrl-C ends the demo. Its data stays in {place.folder}."
    )
    while True:
        group.check()
        time.sleep(0.5)


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
