"""In a real browser: words are seen while they are typed, and a value is put in by a click."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from emulator.demo_data import CLIENT_ID
from tests.doors.placements.test_placements_browser import (
    axe,
    is_wider_than_frame,
    served,
    visit,
)
from tests.doors.placements.test_placements_browser_more import picture

__all__ = ["served", "visit"]
pytestmark = pytest.mark.browser


def test_words_are_seen_while_they_are_typed(visit: Callable[..., Page]) -> None:
    page = visit(f"/marketplace/app/{CLIENT_ID}/")
    frame = page.frame_locator("[data-testid=app-frame]").last
    frame.get_by_test_id("open-texts").click()
    expect(frame.get_by_test_id("texts")).to_be_visible()
    picture(page, "texts")
    assert axe(page) == []
    frame.get_by_test_id("text-invitation").click()
    heading = frame.get_by_test_id("text-heading")
    heading.fill("For you, ")
    frame.get_by_test_id("gap-name").click()
    expect(heading).to_have_value("For you, {name}")
    expect(frame.locator(".seen-heading")).to_have_text("For you, Camille Renard")
    frame.get_by_test_id("text-sms").fill("{price}")
    expect(frame.locator('[data-fault="sms"]')).to_be_visible()
    picture(page, "text")
    frame.get_by_test_id("text-sms").fill("Signez {title} ")
    expect(frame.locator(".seen-sms")).to_contain_text("Signez")
    frame.get_by_test_id("text-save").click()
    expect(frame.get_by_test_id("text-kept")).to_be_visible()
    assert axe(page) == []
    assert not is_wider_than_frame(page)
    page.set_viewport_size({"width": 390, "height": 844})
    picture(page, "text-390")
    assert not is_wider_than_frame(page)
