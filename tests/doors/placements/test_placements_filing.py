"""The page where an administrator chooses the file field for signed documents."""

from __future__ import annotations

import pytest

from app.actions.file_field import CHOSEN
from app.store import installations
from tests.frame_kit import SELLER, Frame, Portal

PAGE = "/placements/filing"


@pytest.fixture
def frame(portal: Portal) -> Frame:
    portal.emulator.state.users[1].lang = "en"
    return portal.open("DEFAULT", {})


def chosen(portal: Portal) -> dict[str, dict[str, object]]:
    with portal.services.database.reading() as session:
        (only,) = installations.active(session)
        return dict(only.preferences.get(CHOSEN, {}))


def test_the_fields_that_the_portal_has_are_offered_and_one_is_kept(
    portal: Portal, frame: Frame
) -> None:
    assert 'data-testid="open-filing"' in frame.load().text
    page = frame.get(f"{PAGE}/start").text
    assert "Deals" in page
    assert "Contrat signé · one file" in page
    assert "Pièces du dossier · several files" in page
    assert "Leads" not in page
    kept = frame.post(f"{PAGE}/choose", kind="2", field="ufCrmPapers").text
    assert '<option value="ufCrmPapers" selected>' in kept
    assert chosen(portal)["2"] == {
        "name": "ufCrmPapers",
        "title": "Pièces du dossier",
        "many": True,
    }
    frame.post(f"{PAGE}/choose", kind="2", field="")
    assert chosen(portal) == {}


@pytest.mark.parametrize(
    ("kind", "field"),
    [("2", "title"), ("2", "ufNobody"), ("3", "ufCrmSigned"), ("x", ""), ("²", "")],
)
def test_a_field_that_is_not_there_is_refused(
    portal: Portal, frame: Frame, kind: str, field: str
) -> None:
    assert frame.post(f"{PAGE}/choose", kind=kind, field=field).status_code == 422
    assert chosen(portal) == {}


def test_a_portal_without_file_fields_is_told_how_to_make_one(portal: Portal, frame: Frame) -> None:
    fields = portal.emulator.state.custom_fields.pop(2)
    try:
        assert 'data-testid="no-file-fields"' in frame.get(f"{PAGE}/start").text
    finally:
        portal.emulator.state.custom_fields[2] = fields


def test_an_employee_sees_none_of_it(portal: Portal) -> None:
    frame = portal.open("DEFAULT", {}, SELLER)
    assert 'data-testid="open-filing"' not in frame.load().text
    assert frame.get(f"{PAGE}/start").status_code == 403
    assert frame.post(f"{PAGE}/choose", kind="2", field="ufCrmSigned").status_code == 403
