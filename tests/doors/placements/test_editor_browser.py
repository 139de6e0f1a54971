"""The field editor in a real browser: every kind, its properties, copies, undo and redo, the signer's view."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from app.store import envelopes
from app.store.tables import FieldRow
from tests.doors.placements.test_placements_browser import (  # noqa: F401
    axe,
    box,
    newest,
    served,
    visit,
    wizard,
)
from tests.frame_kit import Portal, make_ready

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]


def editor(page: Page, portal: Portal) -> FrameLocator:
    """Prepare a document of four pages, with a place to sign for each on the second."""
    frame = wizard(page)
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    make_ready(portal.services, newest(portal).id, pages=4)
    expect(frame.get_by_test_id("review")).to_be_visible()
    return frame


def saved(frame: FrameLocator, portal: Portal) -> list[FieldRow]:
    expect(frame.get_by_test_id("saved")).to_have_text("Enregistré")
    with portal.services.database.reading() as session:
        return list(envelopes.fields(session, newest(portal).id))


@pytest.mark.parametrize("kind", ["number", "date", "choice", "file"])
def test_every_kind_is_placed_and_kept(visit: Visit, served: Portal, kind: str) -> None:  # noqa: F811
    frame = editor(visit("/crm/deal/details/1/"), served)
    frame.locator(".owners .theirs").click()
    frame.get_by_test_id(f"add-{kind}").click()
    (made,) = [row for row in saved(frame, served) if row.kind == kind]
    assert made.role == "client"
    assert made.options == (["Oui", "Non"] if kind == "choice" else [])


def test_a_field_says_what_it_wants_and_what_it_takes(visit: Visit, served: Portal) -> None:  # noqa: F811
    frame = editor(visit("/crm/deal/details/1/"), served)
    frame.get_by_test_id("add-text").click()
    frame.get_by_test_id("field-label").fill("Bank account")
    frame.get_by_test_id("field-help").fill("It is on your statement.")
    frame.get_by_test_id("field-format").select_option("iban")
    frame.get_by_test_id("add-choice").click()
    frame.get_by_test_id("field-options").fill("Monthly\n\nYearly \nMonthly")
    frame.get_by_test_id("field-label").focus()
    rows = {row.kind: row for row in saved(frame, served)}
    text = rows["text"]
    assert (text.label, text.help, text.format) == (
        "Bank account",
        "It is on your statement.",
        "iban",
    )
    assert rows["choice"].options == ["Monthly", "Yearly"]


def test_initials_go_to_every_page_in_one_step_and_back(visit: Visit, served: Portal) -> None:  # noqa: F811
    page = visit("/crm/deal/details/1/")
    frame = editor(page, served)
    frame.get_by_test_id("add-initials").click()
    frame.get_by_test_id("copy-to-all").click()
    expect(frame.get_by_test_id("field-us-initials")).to_have_count(4)
    frame.get_by_test_id("copy-to-all").click()
    expect(frame.get_by_test_id("field-us-initials")).to_have_count(4)
    assert {row.page for row in saved(frame, served) if row.kind == "initials"} == {0, 1, 2, 3}
    frame.get_by_test_id("undo").click()
    expect(frame.get_by_test_id("field-us-initials")).to_have_count(1)
    frame.get_by_test_id("field-us-initials").focus()
    page.keyboard.press("Control+y")
    expect(frame.get_by_test_id("field-us-initials")).to_have_count(4)
    page.keyboard.press("Control+d")
    expect(frame.get_by_test_id("field-us-initials")).to_have_count(5)


def test_the_sender_sees_what_a_signer_will_see(visit: Visit, served: Portal) -> None:  # noqa: F811
    page = visit("/crm/deal/details/1/")
    frame = editor(page, served)
    frame.get_by_test_id("see-as-client").click()
    expect(frame.get_by_test_id("field-us-signature")).to_be_hidden()
    expect(frame.get_by_test_id("field-client-signature")).to_have_text("Signez ici")
    expect(frame.get_by_test_id("preview-next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(frame.get_by_test_id("field-client-signature")).to_have_class(
        "mark-field theirs is-step"
    )
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(frame.get_by_test_id("preview")).to_be_hidden()
    expect(frame.get_by_test_id("field-us-signature")).to_be_visible()
    expect(frame.get_by_test_id("see-as-client")).to_be_focused()
