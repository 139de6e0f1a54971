"""Both flows in a real browser, by mouse and by keyboard, on all seven kinds of record; the bar, tray and tab.

PARAPH_PICTURES=FOLDER keeps pictures of the screens on the way, for docs/wizard.md.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect
from werkzeug.serving import make_server

from app.actions import send
from app.services import build, lay_out
from app.store import board, envelopes
from app.store.tables import Envelope
from app.web import create_app
from emulator import portal_life
from emulator.demo_data import CLIENT_ID
from emulator.server import start
from emulator.state import Item
from tests.conftest import Clock, test_settings
from tests.doors.placements.test_placements_browser import (
    DESK,
    PHONE,
    axe,
    is_wider_than_frame,
)
from tests.doors.placements.test_placements_records import record
from tests.doors.placements.test_placements_tray import sent
from tests.frame_kit import SELLER, Portal, make_ready, pdf, settings_for

pytestmark = pytest.mark.browser
SMART = 1036
PAGES = {
    "LEAD": "lead",
    "DEAL": "deal",
    "CONTACT": "contact",
    "COMPANY": "company",
    "QUOTE": "quote",
    "SMART_INVOICE": "type/31",
    "SMART_PROCESS": f"type/{SMART}",
}


class Ticking(Clock):
    """Moves a little at every look, so that what came later is known to be newer."""

    def __call__(self) -> datetime:
        self.pass_by(milliseconds=1)
        return self.at


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """One portal with a smart process, and our app behind a real port, for all tests here."""
    folder = tmp_path_factory.mktemp("walks")
    server = make_server("127.0.0.1", 0, lambda env, answer: app(env, answer), threaded=True)
    base_url = f"http://localhost:{server.server_port}"
    with start(
        app_url=base_url, docgen_delay_s=0.0, queue_delay_s=0.0, converter=lambda _: pdf("Devis")
    ) as emulator:
        emulator.state.limits.enabled = False
        portal_life.add_type(emulator.engine, "Contrats", entity_type_id=SMART)
        settings = test_settings(folder, **{**settings_for(emulator), "base_url": base_url})
        services = build(settings, now=Ticking())
        lay_out(services)
        app = create_app(services)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        portal = Portal(emulator, services, app, base_url)
        portal.install()
        yield portal
        server.shutdown()
        thread.join()
        server.server_close()
        services.database.close()


@pytest.fixture
def visit(chromium: Browser, house: Portal) -> Iterator[Callable[..., Page]]:
    """Open a page of the portal; script errors and broken content policies fail the test."""
    house.let_a_minute_pass()
    faults: list[str] = []
    contexts = []

    def opened(path: str, *, size: dict[str, int] = DESK) -> Page:
        context = chromium.new_context(viewport=size)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda fault: faults.append(str(fault)))
        page.on("console", lambda one: faults.append(one.text) if "Security" in one.text else None)
        page.goto(house.emulator.portal_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def record_of(house: Portal, kind: str) -> str:
    """Return the id of a record of this kind that has a contact."""
    if kind != "SMART_PROCESS":
        return record(house, kind)
    deal = house.emulator.state.deals[1]
    house.emulator.state.items[SMART, 9] = Item(
        id=9,
        entity_type_id=SMART,
        title="A contract of the demo",
        company_id=deal.company_id,
        contact_ids=list(deal.contact_ids),
        opportunity=Decimal(1200),
    )
    return "9"


def press(page: Page, mark: object, hand: str) -> None:
    """Use a control by `hand`: a click, or focus and Enter."""
    if hand == "mouse":
        mark.click()  # type: ignore[attr-defined]
    else:
        mark.focus()  # type: ignore[attr-defined]
        page.keyboard.press("Enter")


def open_sign(page: Page, hand: str) -> FrameLocator:
    press(page, page.get_by_test_id("toolbar-menu"), hand)
    press(page, page.locator("[data-testid^=ext-]:visible").first, hand)
    return page.frame_locator("[data-testid=app-frame]").last


def newest(house: Portal) -> Envelope:
    with house.services.database.reading() as session:
        return board.latest_for(session, house.admin(), limit=1)[0]


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("PARAPH_PICTURES"):
        page.wait_for_timeout(600)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), animations="disabled")


def no_bars(page: Page) -> None:
    """The frame is as large as what it shows."""
    fits = (
        "(() => { const root = document.documentElement;"
        " return root.scrollHeight <= innerHeight + 1 && root.scrollWidth <= innerWidth; })()"
    )
    for _ in range(300):
        if page.frames[-1].evaluate(fits):
            return
        page.evaluate("new Promise(requestAnimationFrame)")
    raise AssertionError("the frame scrolls")


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
@pytest.mark.parametrize("kind", PAGES)
def test_a_document_is_sent_and_the_next_one_by_two_presses(
    visit: Callable[..., Page], house: Portal, kind: str, hand: str
) -> None:
    path = f"/crm/{PAGES[kind]}/details/{record_of(house, kind)}/"
    page = visit(path)
    frame = open_sign(page, hand)
    expect(frame.get_by_test_id("prepare")).to_be_visible()
    no_bars(page)
    if frame.get_by_test_id("contact-name").count():
        frame.get_by_test_id("contact-name").fill("Claire Verdier")
    frame.get_by_test_id("contact-email").fill("claire@example.org")
    press(page, frame.get_by_test_id("prepare"), hand)
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    expect(frame.locator("h1")).to_be_focused()
    make_ready(house.services, newest(house).id)
    expect(frame.get_by_test_id("review")).to_be_visible()
    expect(frame.locator("h1")).to_be_focused()
    press(page, frame.get_by_test_id("send"), hand)
    expect(frame.get_by_test_id("sent-title")).to_be_visible()
    expect(frame.locator("h1")).to_be_focused()
    assert newest(house).status == "sent"

    page.goto(house.emulator.portal_url + path)
    press(page, page.get_by_test_id("toolbar-menu"), hand)
    presses = 0
    press(page, page.locator("[data-testid^=ext-]:visible").first, hand)
    presses += 1
    again = page.frame_locator("[data-testid=app-frame]").last
    if (
        again.get_by_test_id("use-layout")
        .or_(again.get_by_test_id("fill-layout"))
        .first.get_attribute("data-testid")
        == "fill-layout"
    ):
        return  # A card without a contact of its own keeps asking who signs.
    press(page, again.get_by_test_id("use-layout"), hand)
    presses += 1
    expect(again.get_by_test_id("progress-waiting")).to_be_visible()
    made = newest(house)
    make_ready(house.services, made.id)
    assert send.send_prepared(house.services, made.id) == "sent"
    expect(again.get_by_test_id("sent-title")).to_be_visible()
    assert presses == 2


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_main_button_stays_in_view(
    visit: Callable[..., Page], house: Portal, size: dict[str, int]
) -> None:
    page = visit("/crm/deal/details/2/", size=size)
    frame = open_sign(page, "mouse")
    prepare = frame.get_by_test_id("prepare")
    expect(prepare).to_be_in_viewport(ratio=0.9)
    picture(page, f"choose-{size['width']}")
    prepare.click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    picture(page, f"prepare-{size['width']}")
    make_ready(house.services, newest(house).id)
    expect(frame.get_by_test_id("review")).to_be_visible()
    expect(frame.get_by_test_id("send")).to_be_in_viewport(ratio=0.9)
    assert not is_wider_than_frame(page)
    picture(page, f"check-{size['width']}")


def test_a_refused_file_is_not_replaced_by_another_document(
    visit: Callable[..., Page], house: Portal
) -> None:
    page = visit("/crm/deal/details/4/")
    frame = open_sign(page, "mouse")
    bad = {"name": "contract.pdf", "mimeType": "application/pdf", "buffer": b"no PDF"}
    frame.get_by_test_id("upload-file").set_input_files(files=[bad])
    expect(frame.locator('[data-fault="file"]')).to_be_visible()
    before = newest(house).id
    frame.get_by_test_id("prepare").click()
    expect(frame.locator('[data-fault="file"]')).to_contain_text("refusé")
    assert newest(house).id == before
    assert axe(page) == []


def test_what_is_typed_for_a_bare_contact_is_still_there_when_the_portal_was_away(
    visit: Callable[..., Page], house: Portal
) -> None:
    page = visit("/crm/deal/details/5/")
    frame = open_sign(page, "mouse")
    frame.get_by_test_id("contact-email").fill("yann@example.org")
    expect(frame.get_by_text("Garder sur la fiche")).to_be_visible()
    picture(page, "missing-1280")
    house.emulator.engine.faults.add("batch", "ACCESS_DENIED", times=1, members=False)
    frame.get_by_test_id("prepare").click()
    expect(
        frame.locator(".fault.is-shown").or_(frame.get_by_test_id("toast")).first
    ).to_be_visible()
    expect(frame.get_by_test_id("contact-email")).to_have_value("yann@example.org")
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()


def test_what_was_typed_is_there_again_after_the_window_was_closed(
    visit: Callable[..., Page], house: Portal
) -> None:
    page = visit("/crm/deal/details/2/")
    frame = open_sign(page, "mouse")
    frame.get_by_test_id("swap-order").click()
    frame.get_by_test_id("channel-link").check(force=True)
    frame.get_by_test_id("add-message").click()
    frame.get_by_test_id("contact-email").evaluate("input => { input.value = 'new@example.org'; }")
    with page.expect_response("**/placements/begun"):
        frame.get_by_test_id("message").fill("Bonjour, voici le contrat")
    page.goto(house.emulator.portal_url + "/crm/deal/details/2/")
    again = open_sign(page, "mouse")
    expect(again.get_by_test_id("begun")).to_be_visible()
    assert axe(page) == []
    picture(page, "begun-1280")
    again.get_by_test_id("go-on").click()
    expect(again.get_by_test_id("begun")).to_have_count(0)
    expect(again.get_by_test_id("message")).to_have_value("Bonjour, voici le contrat")
    expect(again.get_by_test_id("contact-email")).to_have_value("new@example.org")
    expect(again.get_by_test_id("channel-link")).to_be_checked()
    expect(again.locator("[data-order]")).to_have_attribute("data-first", "client")
    again.get_by_test_id("prepare").click()
    expect(again.get_by_test_id("progress-waiting")).to_be_visible()
    assert newest(house).message == "Bonjour, voici le contrat"


def test_the_deadline_is_moved_and_a_changed_deal_is_sent_anew(
    visit: Callable[..., Page], house: Portal
) -> None:
    envelope_id = sent(house, "3", user=1)
    house.emulator.state.deals[3].opportunity = Decimal("98765")
    page = visit("/crm/deal/details/3/")
    page.get_by_test_id("tab-signatures").click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    line = frame.locator(f'[data-envelope="{envelope_id}"]')
    expect(line.get_by_test_id("changed")).to_contain_text("montant")
    picture(page, "tab-changed-1280")
    line.get_by_test_id("extend").click()
    later = house.services.now() + timedelta(days=60)
    frame.get_by_test_id("extend-until").fill(later.date().isoformat())
    frame.get_by_test_id("extend-confirm").click()
    expect(frame.get_by_test_id("extend-until")).not_to_be_visible()
    with house.services.database.reading() as session:
        deadline = envelopes.get(session, envelope_id).deadline
    assert deadline is not None
    assert deadline.date() == later.date()
    line.get_by_test_id("resend").click()
    expect(line).to_have_attribute("data-status", "voided")
    assert newest(house).auto_send


def test_several_documents_are_signed_from_the_main_page(
    visit: Callable[..., Page], house: Portal
) -> None:
    for deal in ("1", "3"):
        sent(house, deal, user=SELLER)
    page = visit(f"/marketplace/app/{CLIENT_ID}/")
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("home")).to_be_visible()
    picture(page, "home-1280")
    frame.get_by_test_id("open-tray").click()
    rows = frame.get_by_test_id("waiting")
    expect(rows.first).to_be_visible()
    count = rows.count()
    # With a long tray the frame is taller than the screen; the paper lies where one looks all the same.
    frame.locator("#app").evaluate("app => { app.style.minHeight = '3000px'; }")
    for index in range(2):
        rows.nth(index).get_by_test_id("read").click()
        expect(frame.get_by_test_id("paper").locator("img").first).to_be_visible()
        expect(frame.get_by_test_id("take")).to_be_in_viewport(ratio=1)
        if index == 0:
            picture(page, "tray-read-1280")
        frame.get_by_test_id("take").click()
        expect(frame.get_by_test_id("paper")).to_be_hidden()
        expect(rows.nth(index).get_by_test_id("tick")).to_be_checked()
    frame.get_by_test_id("tray-consent").check()
    assert axe(page) == []
    picture(page, "tray-1280")
    frame.get_by_test_id("sign-all").click()
    expect(frame.get_by_test_id("tray-signed")).to_be_visible()
    expect(rows).to_have_count(count - 2)
    frame.get_by_test_id("templates-back").click()
    frame.get_by_test_id("open-ours").click()
    expect(frame.get_by_test_id("pad")).to_be_visible()
    assert axe(page) == []
    picture(page, "ours-1280")
    assert not is_wider_than_frame(page)
