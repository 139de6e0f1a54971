"""How soon the wizard's first screen can be used, with a portal that needs 200 ms for every answer.

From the click on "Sign" in the deal's menu until "Prepare" is there and the contact's address stands in its input,
in a headless browser, on a web process that has warmed up as each does at its start; beside the raw portal call
alone, which no app can be faster than. Goal: under 1 s.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from app import logs
from app.crm import record_query
from app.http.warm import warm_up
from app.services import build, lay_out
from app.web import create_app
from emulator.server import start
from tests.conftest import test_settings
from tests.frame_kit import DEAL, Portal, pdf, settings_for, without_waiting
from tools.present import browser, browser_args

ANSWER_S = 0.2
GOAL_MS = 1000.0
OPENINGS = 12
WATCH = """(() => {
  const look = () => {
    const input = document.querySelector('[data-testid="contact-email"]');
    if (input && input.value && document.querySelector('[data-testid="prepare"]')) window.usableAt = Date.now();
    else setTimeout(look, 4);
  };
  look();
})();"""
"""Notes in the page itself when the screen can be used: a test tool's looks from outside are too coarse."""


def main() -> int:
    """Print the figures; return 1 when the median misses its goal."""
    logs.configure("ERROR")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser(), args=browser_args())
        first, later, raw = _measure(Path(folder), chromium)
        chromium.close()
    median = statistics.median(later)
    _say(f"the raw portal call alone          {raw:7.0f} ms")
    _say(f"first screen, first opening        {first:7.0f} ms   {first / raw:4.1f} times the call")
    _say(
        f"first screen, median of {len(later):2}         {median:7.0f} ms   {median / raw:4.1f} times the call"
    )
    _say(f"first screen, slowest of {len(later):2}        {max(later):7.0f} ms")
    _say(f"goal: under {GOAL_MS:.0f} ms: {'met' if median < GOAL_MS else 'MISSED'}")
    return int(median >= GOAL_MS)


def _measure(folder: Path, chromium: Browser) -> tuple[float, list[float], float]:
    """Return milliseconds: the first opening, the later ones, and the call alone."""
    server = make_server("127.0.0.1", 0, lambda env, answer: app(env, answer), threaded=True)
    base_url = f"http://localhost:{server.server_port}"
    with start(app_url=base_url, docgen_delay_s=0.0, converter=lambda _: pdf("Devis")) as emulator:
        emulator.state.limits.enabled = False
        settings = test_settings(folder, **{**settings_for(emulator), "base_url": base_url})
        services = without_waiting(build(settings))
        lay_out(services)
        app = create_app(services)
        warm_up(app)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        portal = Portal(emulator, services, app, base_url)
        portal.install()
        for place in ("*", "oauth:*"):
            emulator.engine.faults.add(place, "slow", times=None, seconds=ANSWER_S, members=False)
        raw = statistics.median(_call(portal) for _ in range(3))
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(WATCH)
        times = [_open(page, emulator.portal_url) for _ in range(OPENINGS + 1)]
        server.shutdown()
    return times[0], times[1:], raw


def _call(portal: Portal) -> float:
    who = portal.who()
    client = portal.services.portals.client(who.portal_id, who.user_id)
    started = time.perf_counter()
    client.batch(record_query.commands(DEAL.entity_type_id, DEAL.entity_id))
    return (time.perf_counter() - started) * 1000


def _open(page: Page, portal_url: str) -> float:
    page.goto(f"{portal_url}/crm/deal/details/1/")
    page.get_by_test_id("document-menu").click()
    page.get_by_test_id("extensions-menu").click()
    sign = page.locator("[data-testid^=ext-]:visible").first
    sign.wait_for()
    frame = page.frame_locator("[data-testid=app-frame]").last
    started = time.time() * 1000
    sign.click()
    expect(frame.get_by_test_id("contact-email")).not_to_have_value("")
    return float(page.frames[-1].evaluate("window.usableAt")) - started


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
