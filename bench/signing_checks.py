"""What a signing page must hold beside its speed: room for thumbs, zoom, nothing lost, nothing axe would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from app.texts import LANGUAGES
from bench.signing_phone import PHONE, SMALL, Hand, phone
from bench.signing_stage import SigningStage

AXE = Path(__file__).resolve().parent.parent / "tests" / "vendor" / "axe.min.js"
LAPTOP_AT_200 = {"width": 640, "height": 400}
"""A window of 1280 x 800 at 200 %."""
LANDSCAPE = {"width": 844, "height": 390}
WIDE = "document.documentElement.scrollWidth - innerWidth"
TARGETS = """() => [...document.querySelectorAll('a, button, input:not([type=hidden]), label.tick, .spot')]
  .filter((n) => n.checkVisibility() && (n.matches('label.tick') || !n.closest('.hidden, label'))
    && !n.matches('.hidden, .skip, .spot--date'))
  .map((n) => {
    const box = n.getBoundingClientRect(), more = getComputedStyle(n, '::before');
    const grown = n.matches('.spot') ? [parseFloat(more.width), parseFloat(more.height)] : [0, 0];
    return Math.min(Math.max(box.width, grown[0]), Math.max(box.height, grown[1]));
  })"""
FONTS = """() => [...document.querySelectorAll('input[type=text], textarea')]
  .map((n) => parseFloat(getComputedStyle(n).fontSize))"""
TEXT_AT_200 = (
    "document.documentElement.style.fontSize = '200%'; document.body.style.fontSize = '2rem'"
)
LEAST_POINTS = 10
"""Of the 25 moves of the one stroke: the pad leaves out points that lie close together."""
AXE_RUN = "() => axe.run(document, {resultTypes: ['violations']})"


def smallest_target(browser: Browser, stage: SigningStage) -> float:
    """Return the shorter side, in px, of the smallest thing to touch on page, sheet and code view."""
    found: list[float] = []
    with phone(browser, size=SMALL) as page:
        signer = stage.signer(needs_code=True)
        signer.add_field("checkbox", label="Livraison le samedi", required=False, w=0.03, h=0.02)
        page.goto(f"{stage.origin}/s/{signer.token}")
        page.get_by_test_id("start-sign").wait_for()
        found += page.evaluate(TARGETS)
        hand = Hand(page)
        hand.tap("start-sign")
        for way in ("typed", "drawn", "picture"):
            hand.tap(f"tab-{way}")
            found += page.evaluate(TARGETS)
    return min(found)


def smallest_input_font(browser: Browser, stage: SigningStage) -> float:
    """Return the font size, in px, of the smallest input: below 16 a phone zooms in on it."""
    with phone(browser) as page:
        page.goto(f"{stage.origin}/s/{stage.signer(needs_code=True).token}")
        page.get_by_test_id("start-sign").wait_for()
        return float(min(page.evaluate(FONTS)))


def widest_overflow(browser: Browser, stage: SigningStage) -> dict[str, float]:
    """Return the px that stick out sideways: at 320 px, on a laptop at 200 %, and with text at 200 %."""
    found = {}
    sizes = {"320 px": SMALL, "1280 px at 200 %": LAPTOP_AT_200, "text at 200 %": PHONE}
    for name, size in sizes.items():
        worst = 0.0
        for lang in LANGUAGES:
            with phone(browser, size=size) as page:
                page.goto(f"{stage.origin}/s/{stage.signer(lang=lang).token}")
                if name.startswith("text"):
                    page.evaluate(TEXT_AT_200)
                page.get_by_test_id("start-sign").wait_for()
                worst = max(worst, page.evaluate(WIDE))
                page.get_by_test_id("start-sign").tap()
                worst = max(worst, page.evaluate(WIDE))
        found[name] = worst
    return found


def strokes_after_turning(browser: Browser, stage: SigningStage) -> bool:
    """Whether every stroke drawn before the phone was turned twice is signed with."""
    signer = stage.signer()
    with phone(browser) as page:
        page.goto(f"{stage.origin}/s/{signer.token}")
        hand = Hand(page)
        hand.tap("start-sign")
        hand.tap("tab-drawn")
        hand.draw()
        page.wait_for_function("document.getElementById('ink-hint').hidden")
        for size in (LANDSCAPE, PHONE):
            page.set_viewport_size(size)
        hand.tick("consent")
        hand.tap("sign")
        page.locator("[data-stage=sealing]").wait_for()
    strokes = (signer.fields[0].image or {}).get("strokes", [])
    return len(strokes) == 1 and len(strokes[0]) >= LEAST_POINTS


def values_after_reload(browser: Browser, stage: SigningStage) -> bool:
    """Whether what was typed is there after the page was loaded again."""
    signer = stage.signer()
    signer.add_field("text", label="Adresse de livraison")
    with phone(browser) as page:
        page.goto(f"{stage.origin}/s/{signer.token}")
        page.get_by_test_id("start").tap()
        page.get_by_test_id("text-value").fill("12 rue des Lilas")
        page.reload()
        page.get_by_test_id("start-sign").wait_for()
        return "12 rue des Lilas" in page.get_by_test_id("field-text").inner_text()


def faults_of_axe(browser: Browser, stage: SigningStage) -> list[str]:
    """Return what axe says about page, sheets, code, refusal and thanks, light and dark."""
    found: list[str] = []
    for scheme in ("light", "dark"):
        options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
        with phone(browser, bypass_csp=True, **options) as page:
            signer = stage.signer(needs_code=True)
            page.goto(f"{stage.origin}/s/{signer.token}")
            found += _axe(page)
            hand = Hand(page)
            hand.tap("start-sign")
            for way in ("drawn", "picture", "typed"):
                hand.tap(f"tab-{way}")
                found += _axe(page)
            hand.tick("consent")
            hand.tap("sign")
            page.locator("#code-again").wait_for()
            found += _axe(page)
            page.goto(f"{stage.origin}/s/r/{signer.short}/decline")
            found += _axe(page)
            page.goto(f"{stage.origin}/s/r/{signer.short}/text")
            found += _axe(page)
    return found


def _axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate(AXE_RUN)
    return [f"{v['id']}: {n['html'][:100]}" for v in result["violations"] for n in v["nodes"]]


def spoken_languages(browser: Browser, stage: SigningStage) -> list[str]:
    """Return the languages in which the page comes up when the contact speaks them."""
    found = []
    with phone(browser) as page:
        for lang in LANGUAGES:
            page.goto(f"{stage.origin}/s/{stage.signer(lang=lang).token}")
            if page.evaluate("document.documentElement.lang") == lang:
                found.append(lang)
    return found


def signs_without_a_script(browser: Browser, stage: SigningStage) -> bool:
    """Whether the document can be read, downloaded and signed by name where no script runs."""
    signer = stage.signer()
    with phone(browser, java_script_enabled=False) as page:
        page.goto(f"{stage.origin}/s/{signer.token}")
        page.locator("label.tick:has([data-testid=plain-consent])").tap()
        page.get_by_test_id("plain-sign").tap()
        page.locator("[data-stage=sealing]").wait_for()
    return signer.row.state == "signed"
