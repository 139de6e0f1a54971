"""What Paraph is made of: docs/licences.md, and a bill of materials: `python -m tools.licences [--sbom FILE]`.

The packages are those of requirements.lock, which the image holds; each one's licence is what it says of itself.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK, PAGE = ROOT / "requirements.lock", ROOT / "docs" / "licences.md"
VENDOR = ROOT / "static" / "vendor" / "vendor.lock.json"
LOCKED = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", re.MULTILINE
)
ELSEWHERE = ("win32", "windows", "emscripten", "< '3.11'", "<3.11", "!= 'cpython'")
"""In a marker: the package is not for the image."""
REFUSED = re.compile(r"AGPL|Affero|SSPL|Business Source|(?<!L)(?<!Lesser )\bGPL")
"""Licences that would bind who uses Paraph. LGPL libraries are used as they are."""
PREFIX = "License :: OSI Approved :: "
HEAD = """# Licences

Paraph itself is under the [MIT licence](../LICENSE). In the image, beside it
(`python -m tools.licences` writes this page):

| package | version | licence, as it says itself |
|---|---|---|
"""
FRONT = """
In the pages, with their licences beside them in `static/vendor` (hashes in `vendor.lock.json`):

| package | version | licence |
|---|---|---|
"""
FONTS = """
Fonts in `app/documents/fonts` and from Debian: see the licence files beside them (SIL Open Font License 1.1
and Apache 2.0). LibreOffice (MPL-2.0) and PostgreSQL (PostgreSQL licence) run as programs of their own.
"""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    licence: str


def packages() -> Iterator[Package]:
    """Yield the packages of the lock that are for the image, each with its licence, "" when it tells none."""
    for name, version, marker in LOCKED.findall(LOCK.read_text("utf-8")):
        if any(word in marker for word in ELSEWHERE):
            continue
        try:
            yield Package(name, version, licence(distribution(name)))
        except PackageNotFoundError:
            yield Package(name, version, "")


def licence(package: Distribution) -> str:
    """Return the licence a package names: as an expression, by its classifiers, or in a few words."""
    told = package.metadata
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    classes = [one.removeprefix(PREFIX) for one in told.get_all("Classifier") or ()
               if one.startswith(PREFIX)]  # fmt: skip
    words = str(told.get("License") or "").strip().splitlines()
    short = words[0][:80] if words and len(words) < 3 else ""
    return "; ".join(classes) or short


def page() -> str:
    """Return docs/licences.md."""
    rows = [f"| {one.name} | {one.version} | {one.licence} |" for one in packages()]
    front = [f"| {one.name} | {one.version} | {one.licence} |" for one in front_end()]
    return HEAD + "\n".join(rows) + "\n" + FRONT + "\n".join(front) + "\n" + FONTS


def front_end() -> Iterator[Package]:
    """Yield what the pages bring along."""
    for one in json.loads(VENDOR.read_text("utf-8"))["files"]:
        yield Package(one["package"], one["version"], one["licence"])


def write_sbom(path: Path) -> None:
    """Write the bill of materials (CycloneDX, JSON) of the lock, the same at every run."""
    tool = Path(sys.executable).with_name("cyclonedx-py")
    command = [tool, "requirements", LOCK, "--output-reproducible", "--of", "JSON", "-o", path]
    subprocess.run([str(one) for one in command], check=True)  # noqa: S603


def main(words: list[str]) -> int:
    """Write the page, or the bill of materials."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sbom", type=Path, metavar="FILE")
    asked = parser.parse_args(words)
    if asked.sbom:
        write_sbom(asked.sbom)
    else:
        PAGE.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
