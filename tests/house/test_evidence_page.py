"""What docs/evidence.md says of its sample can be done as it stands there."""

from __future__ import annotations

import shlex
import subprocess
import sys

from app.sealing.keys import read_roots
from app.sealing.verify import verify
from app.settings import ROOT

PAGE = ROOT / "docs" / "evidence.md"
KEPT = ROOT / "docs" / "evidence"


def test_the_command_on_the_page_calls_the_sample_valid() -> None:
    page = PAGE.read_text("utf-8")
    start = page.index("    python3 tools/standalone")
    command = page[start : page.index("\n\n", start)].replace("\\\n", " ")
    words = shlex.split(command)
    done = subprocess.run(
        [sys.executable, "-I", "-S", *words[1:]],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("VALID"), done.stdout + done.stderr


def test_the_product_says_the_same_of_the_sample() -> None:
    report = verify(
        (KEPT / "sample.pdf").read_bytes(),
        trusted_roots=read_roots(KEPT / "seal-root.pem"),
        tsa_roots=read_roots(KEPT / "time-root.pem"),
    )
    assert report.is_valid
    assert report.trail is not None
    assert "details" in report.trail["events"][0]
