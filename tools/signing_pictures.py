"""Pictures of every step of the signing page for docs/signing: `python -m tools.signing_pictures`.

Taken of the real page in a real browser, on a contract of invented people.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from bench.signing_stage import SigningStage, signing_stage
from tests.signing_kit import Signer
from tools.pictures import SCALE, open_browser, smaller

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "signing"
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 568}
MOST_BYTES = 150_000
LANDSCAPE = {"width": 844, "height": 390}


def fewer_colours(png: bytes) -> bytes:
    """Return a picture of dense print in as few colours as it needs."""
    out = BytesIO()
    flat = Image.open(BytesIO(png)).convert("RGB").quantize(20, dither=Image.Dither.NONE)
    flat.save(out, "PNG", optimize=True)
    return out.getvalue()


class Album:
    """Takes the pictures of one browser on one stage."""

    def __init__(self, browser: Browser, stage: SigningStage) -> None:
        self.browser, self.stage = browser, stage

    @contextmanager
    def phone(self, size: dict[str, int], **options: Any) -> Iterator[Page]:
        """Open a phone of that size."""
        settings = {
            "viewport": size,
            "has_touch": True,
            "is_mobile": True,
            "device_scale_factor": SCALE,
            "reduced_motion": "reduce",
        }
        context = self.browser.new_context(**{**settings, **options})
        try:
            yield context.new_page()
        finally:
            context.close()

    def open(self, page: Page, signer: Signer) -> None:
        """Open the signer's link."""
        page.goto(f"{self.stage.origin}/s/{signer.token}")
        page.wait_for_load_state("networkidle")

    def take(self, page: Page, name: str) -> None:
        """Keep what a person sees now as docs/signing/<name>.png."""
        page.wait_for_load_state("networkidle")
        shot = page.screenshot(animations="disabled", caret="hide")
        kept = smaller(shot)
        (FOLDER / f"{name}.png").write_bytes(
            kept if len(kept) < MOST_BYTES else fewer_colours(kept)
        )


def steps(album: Album) -> None:
    """Every step on a phone of 390 px: read, fill, sign, code, thanks."""
    signer = album.stage.signer(needs_code=True, lang="en")
    signer.add_field("text", label="Delivery address", y=0.34, h=0.02)
    with album.phone(PHONE) as page:
        album.open(page, signer)
        album.take(page, "1-read-390")
        page.get_by_test_id("start").tap()
        page.get_by_test_id("text-value").fill("3 rue des Lilas, Lyon")
        album.take(page, "2-fill-390")
        page.get_by_test_id("text-next").tap()
        page.get_by_test_id("start-sign").tap()
        page.locator("label.tick:has([data-testid=consent])").tap()
        album.take(page, "3-sign-390")
        page.get_by_test_id("sign").tap()
        page.locator("#code-again[disabled]").wait_for()
        album.take(page, "4-code-390")
        page.get_by_test_id("code").fill(signer.code())
        page.locator("[data-stage=sealing]").wait_for()
        album.take(page, "5-thanks-390")


def beside(album: Album) -> None:
    """Handing over and the way to a new link."""
    signer = album.stage.signer(lang="en")
    with album.phone(PHONE) as page:
        album.open(page, signer)
        page.goto(f"{album.stage.origin}/s/r/{signer.short}/handover")
        album.take(page, "handover-390")
        page.goto(f"{album.stage.origin}/s/r/{signer.short}/decline")
        album.take(page, "decline-390")


def sizes(album: Album) -> None:
    """The smallest phone in German and Russian, a phone on its side, a dark one, and right to left."""
    looks: list[tuple[str, dict[str, int], str, dict[str, Any]]] = [
        ("de-320", SMALL, "de", {}),
        ("ru-320", SMALL, "ru", {}),
        ("landscape-844", LANDSCAPE, "fr", {}),
        ("dark-390", PHONE, "fr", {"color_scheme": "dark"}),
    ]
    for name, size, lang, options in looks:
        with album.phone(size, **options) as page:
            album.open(page, album.stage.signer(lang=lang))
            album.take(page, f"read-{name}")
            page.get_by_test_id("start-sign").tap()
            album.take(page, f"sign-{name}")
    with album.phone(PHONE) as page:
        album.open(page, album.stage.signer(lang="en"))
        page.evaluate("document.documentElement.dir = 'rtl'")
        album.take(page, "read-rtl-390")


def main() -> int:
    """Write every picture; return the exit code."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play, open_browser(play) as browser, signing_stage() as stage:
        album = Album(browser, stage)
        for part in (steps, beside, sizes):
            part(album)
    return 0


if __name__ == "__main__":
    sys.exit(main())
