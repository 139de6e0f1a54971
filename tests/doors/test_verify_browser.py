"""Verification in a real browser: by digest without upload, the whole check, without a script, for everyone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from werkzeug.serving import make_server

from app.services import Services
from app.web import create_app
from tests.tools.sealing_kit import make_pdf
from tests.verify_kit import list_sealed, make_sealed, open_house

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parent.parent / "vendor" / "axe.min.js"
PHONE: ViewportSize = {"width": 390, "height": 844}
DROP = """async ([name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: "application/pdf" }));
  document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
}"""


@pytest.fixture
def origin(services: Services) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(services), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def sealed(services: Services) -> bytes:
    # The seal runs an event loop of its own, and so does playwright in this thread.
    with ThreadPoolExecutor(1) as aside:
        pdf = aside.submit(lambda: make_sealed(open_house(services))).result()
    list_sealed(services, pdf)
    return pdf


@pytest.fixture
def visit(chromium: Browser, origin: str) -> Iterator[Callable[..., Page]]:
    """Open the page; script errors fail the test."""
    faults: list[str] = []
    contexts = []

    def opened(**options: Any) -> Page:
        context = chromium.new_context(viewport=PHONE, locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.goto(f"{origin}/verify")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def choose(page: Page, pdf: bytes) -> None:
    page.get_by_test_id("file").set_input_files(
        {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": pdf}
    )


def violations(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document)")
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found["violations"]]


def test_an_original_is_known_without_being_sent_and_then_checked(
    visit: Callable[..., Page], sealed: bytes
) -> None:
    page = visit()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    choose(page, sealed)
    expect(page.get_by_test_id("known")).to_contain_text(
        "Sealed on 25 November 2026, number P-2026-000042."
    )
    assert set(sent) == {"GET"}
    assert violations(page) == []
    page.get_by_test_id("check").click()
    expect(page.locator("[data-stage=original]")).to_be_visible()
    expect(page.get_by_test_id("signers")).to_contain_text("Thomas Okonkwo")
    assert violations(page) == []


def test_a_dropped_file_is_taken_wherever_it_lands(
    visit: Callable[..., Page], sealed: bytes
) -> None:
    page = visit()
    page.evaluate(DROP, ["contract.pdf", list(sealed)])
    expect(page.get_by_test_id("known")).to_be_visible()
    page.get_by_test_id("check").click()
    expect(page.locator("[data-stage=original]")).to_be_visible()


def test_the_last_of_two_files_is_the_one_that_counts(
    visit: Callable[..., Page], sealed: bytes
) -> None:
    page = visit()
    choose(page, sealed)
    choose(page, make_pdf())
    expect(page.get_by_test_id("unknown")).to_be_visible()
    expect(page.get_by_test_id("known")).to_be_hidden()


def test_where_the_browser_may_not_hash_the_whole_check_is_offered_at_once(
    visit: Callable[..., Page], sealed: bytes
) -> None:
    page = visit()
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    page.reload()
    expect(page.locator("[data-needs-hash]")).to_be_hidden()
    choose(page, sealed)
    expect(page.locator("[data-panel]:visible")).to_have_count(0)
    page.get_by_test_id("check").click()
    expect(page.locator("[data-stage=original]")).to_be_visible()


def test_without_a_script_the_form_does_it(visit: Callable[..., Page], sealed: bytes) -> None:
    page = visit(java_script_enabled=False)
    choose(page, sealed)
    page.get_by_test_id("check").click()
    expect(page.locator("[data-stage=original]")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_refused_file_and_the_narrowest_phone(
    visit: Callable[..., Page], sealed: bytes, scheme: str
) -> None:
    page = visit(color_scheme=scheme)
    page.set_viewport_size({"width": 320, "height": 568})
    choose(page, sealed + b"\n")
    expect(page.get_by_test_id("unknown")).to_be_visible()
    page.get_by_test_id("check").click()
    expect(page.locator("[data-stage=invalid]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert violations(page) == []
