"""Every mail, every language, on a phone of 390 points: nothing runs out at the side, a thumb hits the button."""

from __future__ import annotations

import pytest
from playwright.sync_api import sync_playwright

from app.delivery.channel import Kind
from app.delivery.message_values import NEEDS
from app.delivery.messages import render
from app.texts import LANGUAGES
from tools.message_pictures import COLLEAGUE, MESSAGES, values
from tools.pictures import open_browser

pytestmark = pytest.mark.browser
LONG = "Vertragsverlängerungsvereinbarung-Donaudampfschifffahrtsgesellschaft-2026-000014.pdf"


def test_no_mail_runs_out_of_a_phone() -> None:
    assert set(NEEDS) < set(MESSAGES)
    with sync_playwright() as playwright, open_browser(playwright) as browser:
        page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
        for lang in LANGUAGES:
            for name in MESSAGES:
                template = "invitation" if name == COLLEAGUE else name
                given = values(name, "fr" if lang == "fr" else "en", Kind.EMAIL)
                page.set_content(render(template, lang, {**given, "title": LONG}).html)
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= 390, (name, lang)
                for box in page.locator(".act a").all():
                    assert (box.bounding_box() or {})["height"] >= 44
