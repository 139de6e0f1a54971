"""Fetch the front-end files that the pages use, and write their lock.

`bin/vendor` asks npm for the exact versions below, takes the named files out of each package and
writes them, their licence texts and `static/vendor/vendor.lock.json`. To upgrade, change a version
here and run it. The browser loads these from us alone; tests/house/test_vendor.py hashes them again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = Path("static/vendor")
FOR_TESTS = Path("tests/vendor")
LOCK = ROOT / SHIPPED / "vendor.lock.json"
TOKENS = "dist/runtime/air-design-tokens"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of ours: `sources`, joined in order, out of one package at one version."""

    package: str
    version: str
    file: str
    sources: tuple[str, ...]
    licence_files: tuple[str, ...] = ("LICENSE",)
    folder: Path = SHIPPED


PARTS = (
    Part("@bitrix24/b24jssdk", "2.2.0", "b24jssdk.min.js", ("dist/umd/index.min.js",)),
    Part("htmx.org", "4.0.1", "htmx.min.js", ("dist/htmx.min.js",)),
    Part("signature_pad", "5.1.4", "signature_pad.min.js", ("dist/signature_pad.umd.min.js",)),
    Part("interactjs", "1.10.28", "interact.min.js", ("dist/interact.min.js",)),
    Part(
        "@bitrix24/b24ui-nuxt",
        "2.13.0",
        "b24-tokens.css",
        tuple(
            f"{TOKENS}/{name}.css"
            for name in (
                "001_b24_global",
                "003_b24_context_light",
                "004_b24_context_dark",
                "007_b24_global",
                "008_ui_global",
                "009_b24_tools",
            )
        ),
    ),
    Part(
        "axe-core",
        "4.14.1",
        "axe.min.js",
        ("axe.min.js",),
        ("LICENSE", "LICENSE-3RD-PARTY.txt"),
        FOR_TESTS,
    ),
)

# Compiled into b24jssdk.min.js, so their licence texts travel with it.
INSIDE_THE_SDK = (
    ("axios", "1.19.0", "LICENSE"),
    ("luxon", "3.7.2", "LICENSE.md"),
    ("qs-esm", "8.0.1", "LICENSE.md"),
    ("protobufjs", "7.5.4", "LICENSE"),
)


def main() -> int:
    """Rewrite every vendored file and the lock; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        entries = [_bring(part, Path(folder)) for part in PARTS]
        for package, version, licence in INSIDE_THE_SDK:
            archive, _ = _pack(package, version, Path(folder))
            _write_licences(Part(package, version, "", (), (licence,)), archive)
    LOCK.write_text(json.dumps({"files": entries}, indent=2) + "\n", encoding="utf-8")
    for entry in entries:
        sys.stdout.write(f"{entry['package']} {entry['version']}  {entry['file']}\n")
    return 0


def sri(content: bytes) -> str:
    """Return the value of an `integrity` attribute for `content` (SHA-384, base64)."""
    return "sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode()


def _bring(part: Part, folder: Path) -> dict[str, object]:
    archive, integrity = _pack(part.package, part.version, folder)
    content = b"\n".join(_member(archive, source) for source in part.sources)
    if len(part.sources) > 1:
        content = f"/*! {part.package} {part.version}, MIT */\n".encode() + content
    target = ROOT / part.folder / part.file
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return {
        "file": str(part.folder / part.file),
        "package": part.package,
        "version": part.version,
        "licence": json.loads(_member(archive, "package.json"))["license"],
        "licence_files": _write_licences(part, archive),
        "sources": list(part.sources),
        "package_integrity": integrity,
        "bytes": len(content),
        "sha384": sri(content),
    }


def _pack(package: str, version: str, folder: Path) -> tuple[Path, str]:
    """Return the downloaded archive and npm's own integrity of it (checked by npm)."""
    command = ["npm", "pack", "--json", "--pack-destination", str(folder), f"{package}@{version}"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    answer = json.loads(done.stdout)
    report = answer[0] if isinstance(answer, list) else next(iter(answer.values()))
    return folder / report["filename"].replace("@", "").replace("/", "-"), report["integrity"]


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as packed:
        found = packed.extractfile(f"package/{name}")
        if found is None:
            raise FileNotFoundError(f"{archive.name} has no {name}")
        return found.read()


def _write_licences(part: Part, archive: Path) -> list[str]:
    written = []
    short = part.package.rpartition("/")[2]
    for name in part.licence_files:
        target = part.folder / "licences" / f"{short}-{Path(name).stem}.txt"
        (ROOT / target).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / target).write_bytes(_member(archive, name))
        written.append(str(target))
    return written


if __name__ == "__main__":
    sys.exit(main())
