"""What Paraph is made of is listed, and none of it binds who uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import licences


def test_the_list_of_licences_is_that_of_the_lock() -> None:
    assert licences.PAGE.read_text("utf-8") == licences.page(), "run: python -m tools.licences"


def test_every_package_names_a_licence_that_we_can_take() -> None:
    found = [*licences.packages(), *licences.front_end()]
    assert len(found) > 50
    assert [one.name for one in found if not one.licence] == []
    assert [one.name for one in found if licences.REFUSED.search(one.licence)] == []


@pytest.mark.parametrize(
    ("told", "is_refused"),
    [
        ("AGPL-3.0-only", True),
        ("GNU Affero General Public License v3", True),
        ("GPL-3.0-or-later", True),
        ("LGPL-3.0-only", False),
        ("MIT", False),
        ("MPL-2.0", False),
    ],
)
def test_a_licence_that_binds_is_refused(told: str, is_refused: bool) -> None:
    assert bool(licences.REFUSED.search(told)) is is_refused


def test_the_bill_of_materials_names_every_package_with_its_hashes(tmp_path: Path) -> None:
    path = tmp_path / "paraph.cdx.json"
    licences.write_sbom(path)
    bill = json.loads(path.read_text("utf-8"))
    named = {one["name"].lower() for one in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert {one.name.lower() for one in licences.packages()} <= named
    assert all(one["externalReferences"][0]["hashes"] for one in bill["components"])
