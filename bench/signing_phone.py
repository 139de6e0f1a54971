"""A slow phone in a real browser: 4 times slower CPU, 1.6 Mbit/s, 150 ms, and a hand whose taps are counted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page

from tests.signing_kit import Signer

CPU_RATE = 4
LATENCY_MS = 150
DOWN_BYTES_S = 1_600_000 / 8
UP_BYTES_S = 750_000 / 8
PHONE = {"width": 390, "height": 844}
SMALL = {"width": 320, "height": 568}
CODE_KINDS = ("Document", "Stylesheet", "Script")

WATCH = """
globalThis.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
TIMES = """() => ({
  fcp: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
  usable: performance.getEntriesByName("usable")[0]?.startTime,
  shift: globalThis.shift,
})"""


@dataclass
class Load:
    """What one opening of the link cost. Bytes as they travelled, headers too; times in ms."""

    fcp: float = 0
    usable: float = 0
    shift: float = 0
    code_bytes: int = 0
    picture_bytes: int = 0
    hosts: set[str] = field(default_factory=set)
    fonts: int = 0
    later_pictures: int = 0
    """Pictures of other pages that were fetched without scrolling."""


class Hand:
    """A thumb: every touch is counted."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps = page, 0

    def tap(self, target: str | Locator) -> None:
        """Touch the element with this test id."""
        found = self.page.get_by_test_id(target) if isinstance(target, str) else target
        found.tap()
        self.taps += 1

    def tick(self, box: str) -> None:
        """Touch a box by its label, as people do."""
        self.tap(self.page.locator(f"label.tick:has([data-testid={box}])"))

    def draw(self) -> None:
        """Draw one stroke on the pad: one touch."""
        box = self.page.get_by_test_id("pad").bounding_box()
        assert box is not None
        mouse = self.page.mouse
        for step in range(25):
            x = box["x"] + box["width"] * (0.2 + 0.6 * step / 24)
            y = box["y"] + box["height"] * (0.5 + 0.2 * math.sin(step / 3))
            mouse.move(x, y)
            if step == 0:
                mouse.down()
        mouse.up()
        self.taps += 1


@contextmanager
def phone(browser: Browser, *, size: dict[str, int] = PHONE, **options: Any) -> Iterator[Page]:
    """Open a phone without anything in its cache."""
    settings = {"viewport": size, "has_touch": True, "is_mobile": True, "device_scale_factor": 3}
    context = browser.new_context(**{**settings, **options})
    try:
        yield context.new_page()
    finally:
        context.close()


def open_slowly(page: Page, address: str) -> Load:
    """Open the link as a slow phone on a slow network, and return what it cost."""
    load = Load()
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": CPU_RATE})
    cdp.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": LATENCY_MS,
            "downloadThroughput": DOWN_BYTES_S,
            "uploadThroughput": UP_BYTES_S,
        },
    )
    seen: dict[str, tuple[str, str]] = {}
    cdp.on(
        "Network.responseReceived",
        lambda event: seen.update({event["requestId"]: (event["type"], event["response"]["url"])}),
    )
    cdp.on("Network.loadingFinished", lambda event: _count(load, seen, event))
    page.add_init_script(WATCH)
    page.goto(address)
    page.locator("#bar:not([hidden])").wait_for()
    page.wait_for_load_state("networkidle")
    times = page.evaluate(TIMES)
    load.fcp, load.usable, load.shift = times["fcp"], times["usable"], times["shift"]
    cdp.detach()
    return load


def _count(load: Load, seen: dict[str, tuple[str, str]], event: dict[str, Any]) -> None:
    kind, address = seen.get(event["requestId"], ("", ""))
    size = int(event["encodedDataLength"])
    load.hosts.add(urlsplit(address).netloc)
    if kind in CODE_KINDS:
        load.code_bytes += size
    if kind == "Font":
        load.fonts += 1
    if "/page/0/0/" in address:
        load.picture_bytes += size
    elif "/page/" in address:
        load.later_pictures += 1


def taps_for_one_signature(page: Page, origin: str, signer: Signer) -> int:
    """Sign with the name; return the taps."""
    page.goto(f"{origin}/s/{signer.token}")
    hand = Hand(page)
    _finish(hand)
    page.locator("[data-stage=sealing]").wait_for()
    return hand.taps


def taps_with_a_code(page: Page, origin: str, signer: Signer) -> int:
    """Sign with a code that the phone offers above its keyboard: touching it counts, its digits do not."""
    page.goto(f"{origin}/s/{signer.token}")
    hand = Hand(page)
    _finish(hand)
    hand.tap("code")
    page.locator("#code-again[disabled]").wait_for()
    page.get_by_test_id("code").fill(signer.code())
    hand.taps += 1
    page.locator("[data-stage=sealing]").wait_for()
    return hand.taps


def taps_for_ten_fields(page: Page, origin: str, signer: Signer) -> int:
    """Fill a text and a box, beside eight known fields, and sign; return the taps."""
    page.goto(f"{origin}/s/{signer.token}")
    hand = Hand(page)
    hand.tap("start")
    page.get_by_test_id("text-value").fill("3 rue des Lilas")
    hand.tap("text-next")
    page.locator("#text-box:not([hidden])").wait_for()
    hand.tap(page.locator("#text-box"))
    _finish(hand)
    page.locator("[data-stage=sealing]").wait_for()
    return hand.taps


def _finish(hand: Hand) -> None:
    hand.tap("start-sign")
    hand.tick("consent")
    hand.tap("sign")
