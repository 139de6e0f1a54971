"""The signing page in a real browser, as large as a phone: taps, keyboard, rotation, lost connections, weight."""

from __future__ import annotations

import gzip
import math
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from app.services import Services
from app.web import create_app
from tests.signing_kit import Signer, make_signer, with_asked_jobs

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 568}


@pytest.fixture
def tools(services: Services) -> Services:
    return with_asked_jobs(services)[0]


@pytest.fixture
def origin(tools: Services) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(tools), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(chromium: Browser, origin: str) -> Iterator[Callable[..., Page]]:
    """Open a signer's link on a phone; script errors fail the test."""
    faults: list[str] = []
    contexts = []

    def opened(signer: Signer, *, size: dict[str, int] = PHONE, **options: Any) -> Page:
        context = chromium.new_context(viewport=size, has_touch=True, is_mobile=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(f"{origin}/s/{signer.token}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def consent(page: Page) -> None:
    page.locator("label.tick:has([data-testid=consent])").tap()


def scribble(page: Page) -> None:
    box = page.get_by_test_id("pad").bounding_box()
    assert box is not None
    at = lambda i: (  # noqa: E731
        box["x"] + box["width"] * (0.2 + 0.6 * i / 20),
        box["y"] + box["height"] * (0.5 + 0.2 * math.sin(i / 3)),
    )
    page.mouse.move(*at(0))
    page.mouse.down()
    for i in range(1, 21):
        page.mouse.move(*at(i))
    page.mouse.up()


def test_one_signature_takes_three_taps(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    consent(page)
    page.get_by_test_id("sign").tap()
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    assert signer.row.state == "signed"
    assert "viewed" in signer.events()


def test_the_last_digit_of_the_code_signs(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools, needs_code=True)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    consent(page)
    page.get_by_test_id("sign").tap()
    expect(page.locator("#code-text")).to_contain_text("c•••t@example.org")
    page.get_by_test_id("code").press_sequentially(signer.wrong_code())
    expect(page.locator("#code-error")).to_contain_text("4 tries")
    page.get_by_test_id("code").press_sequentially(signer.code())
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    assert signer.row.identified_by == "code_same"


def test_without_the_tick_the_button_says_what_is_missing(
    visit: Callable[..., Page], tools: Services
) -> None:
    signer = make_signer(tools)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    assert not page.get_by_test_id("consent").is_checked()
    page.get_by_test_id("sign").tap()
    expect(page.locator("#sign-error")).to_contain_text("tick the box")
    assert signer.row.state == "invited"


def test_it_leads_from_field_to_field_and_never_ticks_a_box_itself(
    visit: Callable[..., Page], tools: Services
) -> None:
    signer = make_signer(tools)
    line = signer.add_field("text", label="Delivery address", y=0.05)
    signer.add_field("text", label="Contact", value="Jean Exemple", y=0.1)
    box = signer.add_field("checkbox", label="Saturday is fine", y=0.15, w=0.03, h=0.02)
    page = visit(signer)
    page.get_by_test_id("start").tap()
    expect(page.locator("#text-label")).to_have_text("Delivery address")
    page.get_by_test_id("text-value").fill("12 rue des Lilas")
    page.get_by_test_id("text-next").tap()
    expect(page.locator("#text-tick-label")).to_have_text("Saturday is fine")
    assert not page.get_by_test_id("text-tick").is_checked()
    page.locator("#text-box").tap()
    page.get_by_test_id("start-sign").tap()
    consent(page)
    page.get_by_test_id("sign").tap()
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    values = {row.id: row.value for row in signer.fields}
    assert (values[line], values[box]) == ("12 rue des Lilas", "yes")


def test_a_turned_phone_keeps_every_stroke(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    page.get_by_test_id("tab-drawn").tap()
    scribble(page)
    page.set_viewport_size({"width": 844, "height": 390})
    page.set_viewport_size(PHONE)
    consent(page)
    page.get_by_test_id("sign").tap()
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    image = signer.fields[0].image
    assert image is not None
    assert image["way"] == "drawn"
    assert len(image["strokes"]) == 1
    assert len(image["strokes"][0]) >= 10


def test_a_reload_keeps_what_was_entered(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools)
    signer.add_field("text", label="Delivery address")
    page = visit(signer)
    page.get_by_test_id("start").tap()
    page.get_by_test_id("text-value").fill("12 rue des Lilas")
    page.reload()
    expect(page.get_by_test_id("field-text")).to_contain_text("12 rue des Lilas")
    expect(page.get_by_test_id("start-sign")).to_be_visible()


def test_a_lost_connection_is_waited_out(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    consent(page)
    page.context.set_offline(True)
    page.get_by_test_id("sign").tap()
    expect(page.locator("#sign-error")).to_contain_text("No connection")
    page.context.set_offline(False)
    expect(page.locator("[data-stage=sealing]")).to_be_visible(timeout=10_000)
    assert signer.events().count("signed") == 1


def test_everything_works_from_the_keyboard(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools)
    page = visit(signer)
    page.get_by_test_id("start-sign").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sign-title")).to_be_focused()
    page.get_by_test_id("tab-typed").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("tab-drawn")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.get_by_test_id("consent").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("[data-stage=sealing]")).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, SMALL, {"width": 844, "height": 390}])
def test_nothing_needs_sideways_scrolling_and_the_sheet_does_not_scroll(
    visit: Callable[..., Page], tools: Services, size: dict[str, int]
) -> None:
    signer = make_signer(tools, title="Contrat de prestation — Éclairage de la bibliothèque")
    page = visit(signer, size=size)
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0
    page.get_by_test_id("start-sign").tap()
    for tab in ("tab-typed", "tab-drawn", "tab-picture"):
        page.get_by_test_id(tab).tap()
        too_tall = "(s => s.scrollHeight - s.clientHeight)(document.getElementById('sign-sheet'))"
        if size["height"] > 460:
            assert page.evaluate(too_tall) <= 1
        button = page.get_by_test_id("sign").bounding_box()
        assert button is not None
        assert button["y"] + button["height"] <= size["height"]
    assert page.evaluate(wide) <= 0


def test_targets_are_large_enough_for_a_thumb(visit: Callable[..., Page], tools: Services) -> None:
    page = visit(make_signer(tools), size=SMALL)
    script = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), label.tick')]
      .filter((n) => n.checkVisibility() && !n.closest('.hidden') && !n.classList.contains('hidden')
        && !n.classList.contains('skip') && !n.classList.contains('spot'))
      .map((n) => [n.outerHTML.slice(0, 60), Math.round(n.getBoundingClientRect().height)])
      .filter(([, height]) => height < 44)"""
    assert page.evaluate(script) == []
    page.get_by_test_id("start-sign").tap()
    assert page.evaluate(script) == []


def test_axe_finds_nothing(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools, needs_code=True)
    signer.add_field("text", label="Delivery address", required=False)
    signer.add_field("checkbox", label="Saturday is fine", required=False)
    for scheme in ("light", "dark"):
        page = visit(signer, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
        page.add_script_tag(path=AXE)
        assert faults_of_axe(page) == []
        page.get_by_test_id("start-sign").tap()
        for tab in ("tab-drawn", "tab-picture", "tab-typed"):
            page.get_by_test_id(tab).tap()
            assert faults_of_axe(page) == []
        consent(page)
        page.get_by_test_id("sign").tap()
        page.locator("#code-again").wait_for()
        assert faults_of_axe(page) == []


def faults_of_axe(page: Page) -> list[str]:
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


def test_the_page_weighs_less_than_sixty_kilobytes_before_its_first_picture(
    visit: Callable[..., Page], tools: Services
) -> None:
    signer = make_signer(tools)
    kinds = ("text/html", "text/css", "text/javascript", "image/svg+xml")
    seen: dict[str, int] = {}
    page = visit(signer)
    page.on(
        "response",
        lambda answer: (
            seen.update({answer.url: len(gzip.compress(answer.body()))})
            if answer.headers.get("content-type", "").split(";")[0] in kinds
            else None
        ),
    )
    page.reload(wait_until="networkidle")
    assert all(address.startswith(page.url.split("/s/")[0]) for address in seen)
    assert 0 < sum(seen.values()) < 60_000


def test_without_a_script_a_typed_name_signs(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools, needs_code=True)
    page = visit(signer, java_script_enabled=False)
    page.locator("label.tick:has([data-testid=plain-consent])").tap()
    page.get_by_test_id("plain-sign").tap()
    page.get_by_test_id("code").wait_for()
    page.get_by_test_id("code").fill(signer.code())
    page.get_by_test_id("plain-sign").tap()
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    assert signer.row.identified_by == "code_same"


def test_a_picture_of_a_signature_is_placed_and_signed_with(
    visit: Callable[..., Page], tools: Services, tmp_path: Path
) -> None:
    from PIL import Image, ImageDraw

    drawn = Image.new("RGB", (800, 400), (240, 238, 230))
    ImageDraw.Draw(drawn).line((90, 300, 300, 90, 500, 300, 700, 120), fill=(15, 20, 60), width=12)
    drawn.save(tmp_path / "mine.jpg")
    signer = make_signer(tools)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    page.get_by_test_id("tab-picture").tap()
    page.get_by_test_id("picture-file").set_input_files(tmp_path / "mine.jpg")
    page.locator("#ink-picture[src*='/picture/']").wait_for()
    consent(page)
    page.get_by_test_id("sign").tap()
    expect(page.locator("[data-stage=sealing]")).to_be_visible()
    assert signer.event("signed")["way"] == "picture"


def test_the_code_can_come_over_the_other_channel(
    visit: Callable[..., Page], tools: Services
) -> None:
    signer = make_signer(tools, needs_code=True)
    page = visit(signer)
    page.get_by_test_id("start-sign").tap()
    consent(page)
    page.get_by_test_id("sign").tap()
    page.get_by_test_id("code-other").tap()
    expect(page.locator("#code-text")).to_contain_text("•• •• 12")
    expect(page.get_by_test_id("code-other")).to_have_text("Send it by e-mail instead")


def test_axe_finds_nothing_beside_the_signing(visit: Callable[..., Page], tools: Services) -> None:
    signer = make_signer(tools)
    page = visit(signer, size=SMALL, bypass_csp=True)
    home = page.url
    wide = "document.documentElement.scrollWidth - innerWidth"
    for path in ("/handover", "/decline", "/text"):
        page.goto(home + path)
        page.add_script_tag(path=AXE)
        assert faults_of_axe(page) == []
        assert page.evaluate(wide) <= 0
    page.goto(f"{home}/handover")
    page.get_by_test_id("colleague-name").fill("Ana Exemple")
    page.get_by_test_id("colleague-email").fill("ana@example.org")
    page.get_by_test_id("propose").tap()
    page.locator("[data-stage=handing_over]").wait_for()
    page.add_script_tag(path=AXE)
    assert faults_of_axe(page) == []
    page.get_by_test_id("stay").tap()
    page.get_by_test_id("start-sign").wait_for()
