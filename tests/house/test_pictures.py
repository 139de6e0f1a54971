"""The camera of the README: right sizes, small files, and the mails seen as phones see them."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from app.delivery.message_values import NEEDS
from app.delivery.messages import render
from tools.pictures import NARROW, WIDE, Camera, open_browser

pytestmark = pytest.mark.browser
VALUES = {
    "recipient_name": "Hélène Vasseur",
    "sender_name": "Claire Martin",
    "company_name": "Établissements Montgolfier-Vandenbroucke et Associés",
    "title": "Contrat de prestation de services d’éclairage n° 2026-014",
    "link": "https://sign.example.com/s/" + "x" * 43,
    "code": "482913",
    "by_name": "Hélène Vasseur",
    "deadline": "18 décembre 2026",
    "message": "https://example.com/" + "averylongwordwithoutanyspace" * 4,
}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright, open_browser(playwright) as running:
        yield running


def test_a_picture_is_taken_at_each_width_and_the_page_keeps_its_size(
    chromium: Browser, tmp_path: Path
) -> None:
    page = chromium.new_page(viewport={"width": 700, "height": 500}, device_scale_factor=2)
    page.set_content("<h1>Paraph</h1>")
    taken = Camera(tmp_path / "pictures").take(page, "title")
    assert [path.name for path in taken] == ["title-1280.png", "title-390.png"]
    assert [Image.open(BytesIO(path.read_bytes())).width for path in taken] == [
        2 * WIDE,
        2 * NARROW,
    ]
    assert page.viewport_size == {"width": 700, "height": 500}
    page.close()


@pytest.mark.parametrize("name", sorted(NEEDS))
@pytest.mark.parametrize("width", [320, 390, 800])
def test_a_mail_never_scrolls_sideways_and_its_button_is_tall_enough(
    chromium: Browser, name: str, width: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.set_content(render(name, "fr", VALUES).html)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = page.eval_on_selector_all(".act a", "all => all.map(a => a.offsetHeight)")
    assert all(height >= 44 for height in heights)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_is_readable_in_light_and_dark(chromium: Browser, scheme: str) -> None:
    page = chromium.new_page(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_content(f'<html lang="fr">{render("invitation", "fr", VALUES).html}')
    page.add_script_tag(path="tests/vendor/axe.min.js")
    faults = page.evaluate("axe.run({runOnly: ['color-contrast', 'link-name', 'html-has-lang']})")
    assert [fault["nodes"] for fault in faults["violations"]] == []
    assert faults["passes"]
    page.close()
