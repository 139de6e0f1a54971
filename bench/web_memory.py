"""P10: memory of the real web server (gunicorn, one process) while it shows one document after another.

For each document a signer opens the page, looks at three pages and their text, and somebody drops the file at
/verify. Resident memory of the web process and of its helper is told ten times; the second half may grow by 10 %.

Usage: bin/bench web_memory   (1,000 documents, or as many as WEB_MEMORY_COUNT says; about 0.2 s each)
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from reportlab.pdfgen.canvas import Canvas

from app import logs
from app.core.signing import LinkPurpose
from app.services import Services, build, lay_out
from app.settings import ROOT, Settings
from tests.signing_kit import Signer, make_signer

COUNT = 1_000
PAGES = 3
GROWTH = 1.10
GOAL_MIB = 150
MIB = 1024 * 1024


def contract(number: int) -> bytes:
    """A PDF of PAGES full pages that no other number gives."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in range(PAGES):
        for line in range(50):
            canvas.drawString(
                57, 780 - 14 * line, f"{number}.{page}.{line} The provider renders services."
            )
        canvas.showPage()
    canvas.save()
    return out.getvalue()


@contextmanager
def web(folder: Path) -> Iterator[tuple[Services, str, int]]:
    """Services on a fresh folder, and the address and process of a web server on the same."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    values = _settings(folder, origin)
    services = build(Settings.model_validate(values))
    lay_out(services)
    server = _serve(port, values)
    try:
        _wait(origin)
        yield services, origin, server.pid
    finally:
        server.terminate()
        server.wait(30)
        services.database.close()


def _settings(folder: Path, origin: str) -> dict[str, object]:
    return {
        "data": str(folder / "data"),
        "client_id": "local.paraph.bench",
        "client_secret": "bench",
        "base_url": origin,
        "oauth_url": "http://127.0.0.1:9",
        "local_portals": True,
    }


def _serve(port: int, values: dict[str, object]) -> subprocess.Popen[bytes]:
    """Start gunicorn as the image does, with one process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARAPH_")}
    ours = {f"PARAPH_{name.upper()}": str(value) for name, value in values.items()}
    options = (
        f"--worker-class gthread --workers 1 --threads 8 --bind 127.0.0.1:{port} --log-level error"
    )
    command = [sys.executable, "-m", "gunicorn", "app.web:create_app()", *options.split()]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env={**kept, **ours}, stdout=quiet, stderr=quiet)


def _wait(origin: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"{origin}/healthz", timeout=2)
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the web server did not start")


def show(origin: str, signer: Signer, pdf: bytes) -> None:
    """Do what a signer's browser does, and what a verifier's does."""
    with requests.Session() as browser:
        browser.headers["X-Forwarded-For"] = f"198.51.100.{int(signer.recipient_id[:4], 16) % 250}"
        _well(browser.get(f"{origin}/s/{signer.token}", timeout=30))
        room = f"{origin}/s/r/{signer.short}"
        for page in range(PAGES):
            _well(browser.get(f"{room}/page/0/{page}/1080.webp", timeout=30))
            _well(browser.get(f"{room}/words/0/{page}.json", timeout=30))
        _well(browser.post(f"{origin}/verify", files={"file": ("a.pdf", pdf)}, timeout=30))


def _well(answer: requests.Response) -> None:
    if answer.status_code not in (200, 429):
        raise SystemExit(f"{answer.url}: {answer.status_code}")
    seen[answer.status_code] = seen.get(answer.status_code, 0) + 1


seen: dict[int, int] = {}


def processes(parent: int) -> tuple[int, int]:
    """Return the resident MiB of the server's worker, and of its helper for documents."""
    workers = _children(parent)
    helpers = [helper for worker in workers for helper in _children(worker)]
    return sum(map(_resident, workers)), sum(map(_resident, helpers))


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(one) for path in found for one in path.read_text().split()]


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // MIB


def main() -> int:
    """Print how memory goes; return 1 when it grows."""
    count = int(os.environ.get("WEB_MEMORY_COUNT", COUNT))
    logs.configure("WARNING")
    told: list[tuple[int, int]] = []
    with tempfile.TemporaryDirectory(prefix="paraph-bench-") as folder, web(Path(folder)) as stage:
        services, origin, pid = stage
        print(f"{'documents':>9} {'web':>6} {'helper':>7}   MiB")
        for number in range(1, count + 1):
            pdf = contract(number)
            show(origin, make_signer(services, printed=pdf, purpose=LinkPurpose.SIGN), pdf)
            if number % max(count // 10, 1) == 0:
                told.append(processes(pid))
                print(f"{number:9} {told[-1][0]:6} {told[-1][1]:7}", flush=True)
    half, end = told[len(told) // 2 - 1][0], told[-1][0]
    grew = end > half * GROWTH
    print(f"answers: {seen}")
    print(
        f"P10 web process after {count} documents: {end} MiB, goal {GOAL_MIB}; grew from half: {grew}"
    )
    return int(grew or end > GOAL_MIB)


if __name__ == "__main__":
    sys.exit(main())
