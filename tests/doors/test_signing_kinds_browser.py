"""Numbers, dates, choices and files on the signing page, by keyboard, as a screen reader names them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.services import Services
from tests.doors.test_signing_browser import (  # noqa: F401
    AXE,
    SMALL,
    origin,
    tools,
    visit,
)
from tests.frame_kit import pdf
from tests.signing_kit import Signer, make_signer

pytestmark = pytest.mark.browser
TURNED = {"width": 568, "height": 320}
# Colours are measured on the page at rest: nothing that ends is still on its way.
SETTLED = """() => document.getAnimations().every(
    (one) => one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""


def with_kinds(services: Services) -> tuple[Signer, dict[str, str]]:
    signer = make_signer(services)
    asked = {
        "number": {"label": "Quantity", "format": "whole", "help": "Pieces, not boxes"},
        "date": {"label": "Birthday", "format": "past"},
        "choice": {"label": "Colour", "options": ["Red", "Blue"]},
        "file": {"label": "Extract"},
    }
    ids = {
        kind: signer.add_field(kind, y=0.1 + n * 0.1, **asked[kind]) for n, kind in enumerate(asked)
    }
    return signer, ids


def axe(page: Page) -> list[str]:
    page.add_script_tag(path=str(AXE))
    page.wait_for_function(SETTLED)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [one["id"] for one in found["violations"]]


@pytest.mark.parametrize("size", [SMALL, TURNED])
def test_every_kind_is_asked_for_by_name_and_filled_from_the_keyboard(
    visit: Callable[..., Page],  # noqa: F811
    tools: Services,  # noqa: F811
    size: dict[str, int],
) -> None:
    signer, ids = with_kinds(tools)
    page = visit(signer, size=size, bypass_csp=True)
    page.get_by_test_id("start").focus()
    page.keyboard.press("Enter")
    sheet = page.get_by_test_id("text-sheet")
    quantity = page.get_by_role("textbox", name="Quantity")
    expect(quantity).to_be_focused()
    expect(quantity).to_have_accessible_description(re.compile("Pieces, not boxes"))
    page.keyboard.type("a dozen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="not a number")).to_be_visible()
    assert axe(page) == []
    quantity.fill("12")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("text-entry")).to_have_accessible_name("Birthday")
    expect(page.get_by_test_id("text-entry")).to_be_focused()
    page.get_by_test_id("text-entry").fill("1990-05-01")
    page.keyboard.press("Enter")
    expect(page.get_by_role("radiogroup", name="Colour")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Blue")).to_be_checked()
    assert axe(page) == []
    page.keyboard.press("Enter")
    expect(page.locator("#text-label")).to_have_text("Extract")
    upload = {"name": "extract.pdf", "mimeType": "application/pdf", "buffer": pdf("An extract")}
    page.get_by_test_id("text-file").set_input_files(upload)
    expect(page.get_by_test_id("file-name")).to_have_text("extract.pdf")
    assert axe(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    page.get_by_test_id("text-next").press("Enter")
    expect(sheet).to_be_hidden()
    expect(page.get_by_test_id("start-sign")).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_test_id("consent").press("Space")
    page.get_by_test_id("sign").press("Enter")
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    kept = {row.id: row.value for row in signer.fields}
    assert [kept[ids[kind]] for kind in ids] == ["12", "1990-05-01", "Blue", "extract.pdf"]


def test_right_to_left_nothing_leaves_the_page(
    visit: Callable[..., Page],  # noqa: F811
    tools: Services,  # noqa: F811
) -> None:
    signer, _ = with_kinds(tools)
    page = visit(signer, size=SMALL)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    brand, langs = (
        page.locator(".brand").bounding_box(),
        page.get_by_test_id("langs").bounding_box(),
    )
    assert brand is not None
    assert langs is not None
    assert brand["x"] > langs["x"]
    page.get_by_test_id("start").tap()
    title = page.locator("#text-step").bounding_box()
    close = page.locator("#text-sheet [data-close]").bounding_box()
    assert title is not None
    assert close is not None
    assert close["x"] < title["x"] + title["width"]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
