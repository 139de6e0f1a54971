"""The frames in a real browser, inside the pretend portal: mouse, keyboard, double clicks, refusals."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect
from werkzeug.serving import make_server

from app.core.evidence import EventKind
from app.services import Services
from app.store import audit, board, envelopes
from app.store.tables import Envelope
from app.web import create_app
from emulator.server import Emulator, start
from tests.frame_kit import Portal, make_ready, pdf, settings_for

pytestmark = pytest.mark.browser

AXE = Path(__file__).resolve().parents[2] / "vendor" / "axe.min.js"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def served(make_services: Callable[..., Services]) -> Iterator[Portal]:
    """Our app behind a real port, installed in a portal of its own; browsers see two sites, as in life."""
    server = make_server(
        "127.0.0.1", 0, lambda environ, answer: app(environ, answer), threaded=True
    )
    base_url = f"http://localhost:{server.server_port}"
    converter = {"docgen_delay_s": 0.0, "queue_delay_s": 0.0, "converter": lambda _: pdf("Devis")}
    emulator: Emulator
    with start(app_url=base_url, **converter) as emulator:
        emulator.state.limits.enabled = False
        services = make_services(**{**settings_for(emulator), "base_url": base_url})
        app = create_app(services)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        portal = Portal(emulator, services, app, base_url)
        portal.install()
        yield portal
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def visit(chromium: Browser, served: Portal) -> Iterator[Callable[..., Page]]:
    """Open a page of the portal; script errors and broken content policies fail the test."""
    faults: list[str] = []
    contexts = []

    def opened(path: str, *, size: dict[str, int] = DESK) -> Page:
        context = chromium.new_context(viewport=size)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda line: faults.append(line.text) if _is_policy(line.text) else None)
        page.goto(served.emulator.portal_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _is_policy(text: str) -> bool:
    return "Content Security Policy" in text or "integrity" in text


def wizard(page: Page) -> FrameLocator:
    """Click Document, Extensions, Sign; return the frame with the first screen in it."""
    page.get_by_test_id("document-menu").click()
    page.get_by_test_id("extensions-menu").click()
    page.locator("[data-testid^=ext-]:visible").first.click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("prepare")).to_be_visible()
    return frame


def newest(portal: Portal) -> Envelope:
    with portal.services.database.reading() as session:
        return board.latest_for(session, portal.admin())[0]


def review(page: Page, portal: Portal) -> FrameLocator:
    """Prepare the document of deal 1; its printing is done here, as the worker would."""
    frame = wizard(page)
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    make_ready(portal.services, newest(portal).id)
    expect(frame.get_by_test_id("review")).to_be_visible()
    return frame


def is_wider_than_frame(page: Page) -> bool:
    root = page.frames[-1]
    return bool(root.evaluate("document.documentElement.scrollWidth > window.innerWidth"))


def axe(page: Page) -> list[str]:
    frame = page.frames[-1]
    frame.evaluate(AXE.read_text())
    found: list[str] = frame.evaluate(
        "axe.run(document, {resultTypes: ['violations']})"
        ".then(done => done.violations.map(one => one.id + ' ' + one.nodes[0].target))"
    )
    return found


def test_from_the_deal_card_to_sent_by_mouse(visit: Callable[..., Page], served: Portal) -> None:
    page = visit("/crm/deal/details/1/")
    frame = review(page, served)
    mark = frame.get_by_test_id("field-client-signature")
    mark.scroll_into_view_if_needed()
    before = box(mark)
    page.mouse.move(before["x"] + 20, before["y"] + 10)
    page.mouse.down()
    page.mouse.move(before["x"] + 60, before["y"] - 30, steps=6)
    page.mouse.up()
    assert box(mark)["x"] > before["x"] + 30
    frame.get_by_test_id("send").dblclick()
    expect(frame.get_by_test_id("sent-title")).to_be_visible()
    envelope = newest(served)
    with served.services.database.reading() as session:
        kinds = [event.kind for event in audit.events(session, envelope.id)]
        moved = next(f for f in envelopes.fields(session, envelope.id) if f.role == "client")
    assert kinds.count(EventKind.SENT) == 1
    assert moved.x > 0.22


def test_the_same_way_by_keyboard_alone(visit: Callable[..., Page], served: Portal) -> None:
    page = visit("/crm/deal/details/1/")
    frame = wizard(page)
    frame.get_by_test_id("prepare").press("Enter")
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    make_ready(served.services, newest(served).id)
    mark = frame.get_by_test_id("field-us-signature")
    expect(mark).to_be_visible()
    start_at = box(mark)
    mark.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert box(mark)["x"] > start_at["x"]
    assert box(mark)["width"] > start_at["width"]
    frame.get_by_test_id("add-text").press("Enter")
    expect(frame.get_by_test_id("field-us-text")).to_be_focused()
    page.keyboard.press("Delete")
    expect(frame.get_by_test_id("field-us-text")).to_have_count(0)
    frame.get_by_test_id("undo").press("Enter")
    expect(frame.get_by_test_id("field-us-text")).to_have_count(1)
    frame.get_by_test_id("send").press("Enter")
    expect(frame.get_by_test_id("sent-title")).to_be_visible()


def test_a_kind_dragged_from_the_panel_lands_where_it_is_dropped(
    visit: Callable[..., Page], served: Portal
) -> None:
    page = visit("/crm/deal/details/1/")
    frame = review(page, served)
    source, paper = box(frame.get_by_test_id("add-text")), box(frame.get_by_test_id("page-1"))
    page.mouse.move(source["x"] + 20, source["y"] + 20)
    page.mouse.down()
    page.mouse.move(paper["x"] + 300, paper["y"] + 300, steps=8)
    page.mouse.up()
    dropped = box(frame.get_by_test_id("field-us-text"))
    assert abs(dropped["x"] + dropped["width"] / 2 - paper["x"] - 300) < 12
    assert abs(dropped["y"] + dropped["height"] / 2 - paper["y"] - 300) < 12
    expect(frame.get_by_test_id("saved")).to_have_text("Enregistré")


def test_back_brings_the_choices_back(visit: Callable[..., Page], served: Portal) -> None:
    page = visit("/crm/deal/details/1/")
    frame = wizard(page)
    frame.get_by_test_id("swap-order").click()
    frame.get_by_test_id("contact-email").fill("claire.new@example.org")
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    first = newest(served).id
    make_ready(served.services, first)
    frame.get_by_test_id("back").click()
    expect(frame.get_by_test_id("contact-email")).to_have_value("claire.new@example.org")
    expect(frame.locator("[data-order]")).to_have_attribute("data-first", "client")
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    assert newest(served).id != first
    with served.services.database.reading() as session:
        assert envelopes.get(session, first).status == "voided"


def test_a_portal_that_is_away_is_said_and_tried_again(
    visit: Callable[..., Page], served: Portal
) -> None:
    page = visit("/crm/deal/details/1/")
    served.emulator.engine.faults.add("batch", "ACCESS_DENIED", times=1)
    page.get_by_test_id("document-menu").click()
    page.get_by_test_id("extensions-menu").click()
    page.locator("[data-testid^=ext-]:visible").first.click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("trouble")).to_be_visible()
    frame.get_by_test_id("try-again").click()
    expect(frame.get_by_test_id("prepare")).to_be_visible()


def test_what_is_missing_is_asked_beside_its_input_and_nothing_is_lost(
    visit: Callable[..., Page], served: Portal
) -> None:
    page = visit("/crm/deal/details/5/")
    frame = wizard(page)
    frame.get_by_test_id("add-message").click()
    frame.get_by_test_id("message").fill("With our thanks")
    frame.get_by_test_id("prepare").click()
    expect(frame.locator('[data-fault="email"]')).to_be_visible()
    expect(frame.get_by_test_id("contact-email")).to_be_focused()
    expect(frame.get_by_test_id("message")).to_have_value("With our thanks")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_no_screen_scrolls_sideways_and_axe_finds_nothing(
    visit: Callable[..., Page], served: Portal, size: dict[str, int]
) -> None:
    page = visit("/crm/deal/details/1/", size=size)
    frame = wizard(page)
    assert axe(page) == []
    assert not is_wider_than_frame(page)
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    make_ready(served.services, newest(served).id)
    expect(frame.get_by_test_id("review")).to_be_visible()
    expect(frame.locator(".page img").first).to_be_visible()
    assert axe(page) == []
    assert not is_wider_than_frame(page)
    frame.get_by_test_id("send").click()
    expect(frame.get_by_test_id("sent-title")).to_be_visible()
    assert axe(page) == []


def test_the_frame_grows_so_that_nothing_scrolls_inside_it(
    visit: Callable[..., Page], served: Portal
) -> None:
    page = visit("/crm/deal/details/1/")
    wizard(page)
    page.wait_for_function("document.querySelector('[data-testid=app-frame]').clientHeight > 900")
    fits = "() => document.documentElement.scrollHeight <= window.innerHeight + 1"
    page.frames[-1].wait_for_function(fits)
    assert page.frames[-1].evaluate(fits)


def box(mark: Locator) -> dict[str, float]:
    found = mark.bounding_box()
    assert found is not None
    return {"x": found["x"], "y": found["y"], "width": found["width"], "height": found["height"]}
