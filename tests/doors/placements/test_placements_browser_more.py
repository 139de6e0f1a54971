"""In a real browser: the question about a lost place, a corrected address, and a card that is no deal."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, Route, expect

from app.store import envelopes
from tests.doors.placements.test_placements_beside import asking
from tests.doors.placements.test_placements_browser import (
    DESK,
    PHONE,
    axe,
    is_wider_than_frame,
    served,
    visit,
    wizard,
)
from tests.doors.placements.test_placements_wizard import draft, stored
from tests.frame_kit import Portal, make_ready, send_now

__all__ = ["served", "visit"]
pytestmark = pytest.mark.browser


def signatures(page: Page) -> FrameLocator:
    page.get_by_test_id("tab-signatures").click()
    return page.frame_locator("[data-testid=app-frame]").last


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PARAPH_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_the_question_is_answered_with_both_pages_in_view(
    visit: Callable[..., Page], served: Portal
) -> None:
    _, envelope_id, _ = asking(served)
    page = visit("/crm/deal/details/3/")
    frame = signatures(page)
    frame.get_by_test_id("continue").click()
    question = frame.get_by_test_id("beside")
    expect(question).to_be_visible()
    expect(question.locator("img")).to_have_count(2)
    picture(page, "beside")
    assert axe(page) == []
    assert not is_wider_than_frame(page)
    frame.get_by_test_id("beside-yes").click()
    expect(question).to_have_count(0)
    assert stored(served, envelope_id).prepare_state == "ready"


def test_an_address_is_corrected_in_the_tab(visit: Callable[..., Page], served: Portal) -> None:
    _, envelope_id = draft(served)
    make_ready(served.services, envelope_id)
    send_now(served.services, envelope_id)
    page = visit("/crm/deal/details/1/")
    frame = signatures(page)
    frame.get_by_test_id("correct-theirs").click()
    field = frame.get_by_test_id("correct-email")
    field.fill("nobody@")
    field.press("Enter")
    expect(frame.locator("[data-dialog=correct] .fault")).to_be_visible()
    picture(page, "correct")
    assert axe(page) == []
    field.fill("ana@example.org")
    field.press("Enter")
    expect(field).not_to_be_visible()
    with served.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_id)
    assert [one.email for one in people if one.role_key == "client"] == ["ana@example.org"]


def test_sign_opens_on_a_contacts_card(visit: Callable[..., Page]) -> None:
    page = visit("/crm/contact/details/1/")
    page.get_by_test_id("toolbar-menu").click()
    page.locator("[data-testid^=ext-]:visible").first.click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("prepare")).to_be_visible()
    picture(page, "contact")


def test_a_page_whose_script_is_late_shows_no_button_that_does_nothing(
    visit: Callable[..., Page],
) -> None:
    page = visit("/crm/deal/details/1/")
    held: list[Route] = []
    page.route("**/frame/wizard.js*", lambda route: held.append(route))
    page.get_by_test_id("document-menu").click()
    page.get_by_test_id("extensions-menu").click()
    with page.expect_response("**/placements/wizard/start*") as answered:
        page.locator("[data-testid^=ext-]:visible").first.click()
    answered.value.finished()
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("prepare")).to_have_count(0)
    held[0].continue_()
    frame.get_by_test_id("swap-order").click()
    expect(frame.locator("[data-order]")).to_have_attribute("data-first", "client")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_main_button_follows_the_reader_down_the_page(
    visit: Callable[..., Page], size: dict[str, int]
) -> None:
    page = visit("/crm/deal/details/1/", size=size)
    frame = wizard(page)
    frame.get_by_test_id("more-documents").locator("summary").click()
    for place in ("source-template-nda.fr", "more-template-nda.fr", "contact-email"):
        one = frame.get_by_test_id(place)
        one.evaluate("one => one.scrollIntoView({ block: 'center' })")
        expect(frame.get_by_test_id("prepare")).to_be_in_viewport(ratio=0.9)
        one.locator("xpath=ancestor-or-self::*[self::label or self::input][1]").click(trial=True)
