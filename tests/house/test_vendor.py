"""The vendored front-end files are what their lock says, small, and load nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"
ENTRIES = json.loads((VENDOR / "vendor.lock.json").read_text(encoding="utf-8"))["files"]
BY_FILE = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: Path(entry["file"]).name)
SHIPPED_LIMIT_BYTES = 1_000_000
# Joined here, so that this file names no host itself.
REGISTRIES = re.compile(rb"npm" rb"js\.(org|com)|yarn" rb"pkg\.com|py" rb"pi\.org|unp" rb"kg\.com")
STYLE_LOADS = re.compile(rb"@import|@font-face|url\(\s*[\"']?(https?:)?//")


@BY_FILE
def test_a_vendored_file_has_the_hash_of_its_lock(entry: dict[str, object]) -> None:
    content = (ROOT / str(entry["file"])).read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    assert entry["sha384"] == f"sha384-{digest}"
    assert entry["bytes"] == len(content)


@BY_FILE
def test_a_vendored_file_brings_its_licence_text(entry: dict[str, object]) -> None:
    assert entry["licence"] in {"MIT", "BSD-0-Clause", "MPL-2.0"}
    texts = [(ROOT / str(path)).read_text(encoding="utf-8") for path in entry["licence_files"]]
    assert texts
    assert all("WARRANT" in text.upper() for text in texts)


@BY_FILE
def test_a_vendored_file_names_no_package_registry(entry: dict[str, object]) -> None:
    assert REGISTRIES.search((ROOT / str(entry["file"])).read_bytes()) is None


def test_every_file_in_the_folder_is_in_the_lock() -> None:
    locked = {str(entry["file"]) for entry in ENTRIES}
    texts = {str(path) for entry in ENTRIES for path in entry["licence_files"]}
    found = {str(path.relative_to(ROOT)) for path in VENDOR.rglob("*") if path.is_file()}
    loose = found - locked - texts - {"static/vendor/vendor.lock.json"}
    assert {path for path in loose if not path.startswith("static/vendor/licences/")} == set()


def test_the_shipped_files_stay_under_a_megabyte() -> None:
    shipped = [path for path in VENDOR.iterdir() if path.suffix in {".js", ".css"}]
    assert sum(path.stat().st_size for path in shipped) < SHIPPED_LIMIT_BYTES


def test_no_vendored_style_loads_anything() -> None:
    for style in VENDOR.glob("*.css"):
        assert STYLE_LOADS.search(style.read_bytes()) is None, style.name


def test_the_tests_own_tools_are_not_shipped() -> None:
    assert not list(VENDOR.glob("axe*"))
    assert (ROOT / "tests" / "vendor" / "axe.min.js").is_file()
