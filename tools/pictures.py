"""Pictures of our screens for the README: sharp, small, the same each time.

    camera = Camera(ROOT / "docs" / "pictures")
    camera.take(page, "signing")                 # docs/pictures/signing-1280.png and signing-390.png
    camera.take(page, "deal", widths=(1280,))

A picture is taken of what a person sees first (not of the whole scrolled page), at twice the pixels,
without caret or movement, and stored with at most 256 colours.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, ViewportSize

from tools.present import browser, browser_args

WIDE, NARROW = 1280, 390
HEIGHTS = {WIDE: 800, NARROW: 844}
SCALE = 2


class Camera:
    """Writes pictures into `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(
        self, page: Page, name: str, *, widths: tuple[int, ...] = (WIDE, NARROW)
    ) -> list[Path]:
        """Write one picture a width and return their paths; the page keeps its size."""
        before = page.viewport_size
        taken = [self._at(page, name, width) for width in widths]
        if before:
            page.set_viewport_size(before)
        return taken

    def _at(self, page: Page, name: str, width: int) -> Path:
        page.set_viewport_size(ViewportSize(width=width, height=HEIGHTS.get(width, 800)))
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready.then(() => true)")
        shot = page.screenshot(animations="disabled", caret="hide", scale="device")
        target = self.folder / f"{name}-{width}.png"
        target.write_bytes(smaller(shot))
        return target


@contextmanager
def open_browser(playwright: Playwright) -> Iterator[Browser]:
    """Start this machine's Chromium, headless and quiet; contexts for pictures want SCALE."""
    running = playwright.chromium.launch(executable_path=browser(), args=browser_args())
    try:
        yield running
    finally:
        running.close()


def smaller(png: bytes) -> bytes:
    """Return `png` with at most 256 colours, which screens like ours bear without a visible change."""
    picture = Image.open(BytesIO(png)).convert("RGB")
    packed = picture.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    out = BytesIO()
    packed.save(out, "PNG", optimize=True)
    return min(png, out.getvalue(), key=len)
