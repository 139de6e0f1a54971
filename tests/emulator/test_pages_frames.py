"""The frame host against the official b24jssdk, unchanged, in a real browser.

The portal is at 127.0.0.1, the application at localhost: two sites, as in life.
"""

from __future__ import annotations

from collections.abc import Iterator

import pages_kit
import pytest
from pages_kit import SmallApp
from playwright.sync_api import Browser, Frame, Page, expect

from emulator.server import Emulator
from emulator.state import Notification

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(chromium: Browser) -> Browser:
    return chromium


@pytest.fixture
def small() -> Iterator[SmallApp]:
    with pages_kit.small_app() as app:
        yield app


@pytest.fixture
def portal(small: SmallApp) -> Iterator[Emulator]:
    with pages_kit.portal(small.url) as emulator:
        emulator.state.users[1].lang = "en"
        yield emulator


@pytest.fixture
def page(browser: Browser, portal: Emulator) -> Iterator[Page]:
    context = browser.new_context(
        base_url=portal.portal_url, viewport={"width": 1280, "height": 800}
    )
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


@pytest.fixture
def installed(portal: Emulator, small: SmallApp) -> Emulator:
    pages_kit.install(portal, small.url)
    return portal


def app_frame(page: Page, path: str) -> Frame:
    """Return the application's frame at that path once its SDK is ready."""
    page.wait_for_function(
        "path => [...document.querySelectorAll('iframe')].length > 0", arg=path, timeout=10000
    )
    for _ in range(200):
        found = [f for f in page.frames if f.url.split("?")[0].endswith(path)]
        if found and not found[-1].is_detached():
            expect(found[-1].locator("#state")).to_have_text("ready", timeout=10000)
            return found[-1]
        page.wait_for_timeout(50)
    raise AssertionError(f"no frame at {path}: {[f.url for f in page.frames]}")


def open_deal(page: Page, portal: Emulator) -> int:
    ident = pages_kit.deal_id(portal)
    page.goto(f"/crm/deal/details/{ident}/")
    return ident


def open_sign(page: Page) -> Frame:
    page.get_by_test_id("document-menu").click()
    page.get_by_test_id("extensions-menu").click()
    page.get_by_test_id("ext-sign").click()
    return app_frame(page, "/widget-1")


def test_the_installer_finishes_and_the_frame_becomes_the_application(
    page: Page, portal: Emulator, small: SmallApp
) -> None:
    page.goto("/market/")
    page.get_by_test_id("install-app").click()
    frame = app_frame(page, "/install")
    posted = small.wait(small.frames, "PLACEMENT", "DEFAULT")
    assert posted["member_id"] == portal.state.portal.member_id
    assert posted["DOMAIN"] == portal.state.portal.domain
    assert posted["PROTOCOL"] == "0"
    assert len(posted["AUTH_ID"]) > 20
    assert frame.evaluate("b24.isInstallMode") is True
    frame.evaluate("void b24.installFinish()")
    main = app_frame(page, "/main")
    assert main.evaluate("b24.isInstallMode") is False
    assert small.wait(small.events, "event", "ONAPPINSTALL")
    page.get_by_test_id("slider-close").click()
    expect(page.get_by_test_id("app-state")).to_have_attribute("data-status", "finished")
    page.get_by_test_id("nav-app-paraph").click()
    app_frame(page, "/main")


def test_a_widget_of_the_document_menu_learns_its_deal(
    page: Page, installed: Emulator, small: SmallApp
) -> None:
    ident = open_deal(page, installed)
    frame = open_sign(page)
    assert frame.evaluate("b24.placement.placement") == "CRM_DEAL_DOCUMENTGENERATOR_BUTTON"
    options = frame.evaluate("b24.placement.options")
    assert options["ENTITY_ID"] == str(ident)
    assert options["URI"] == f"/crm/deal/details/{ident}/"
    assert frame.evaluate("b24.auth.isAdmin") is True
    assert frame.evaluate("b24.getLang()") == "en"
    assert frame.evaluate("b24.getTargetOrigin()") == installed.portal_url


def test_the_frame_calls_rest_across_origins(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    answer = frame.evaluate(
        "b24.actions.v2.call.make({method: 'user.current', params: {}}).then(r => r.getData())"
    )
    assert answer["result"]["ID"] in (1, "1")


def test_refreshing_gives_the_frame_another_token(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    before = frame.evaluate("b24.auth.getAuthData().access_token")
    after = frame.evaluate("b24.auth.refreshAuth().then(a => a.access_token)")
    assert after != before
    assert after in installed.state.tokens


def test_titles_sizes_and_scroll_obey_the_frame(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    frame.evaluate("b24.parent.setTitle('Contract: 2026/014')")
    expect(page.get_by_test_id("slider-title")).to_have_text("Contract: 2026/014")
    answer = frame.evaluate("b24.parent.resizeWindow(600, 1900)")
    assert answer["height"] == 1900
    assert page.get_by_test_id("app-frame").bounding_box()["height"] == 1900  # type: ignore[index]


def test_options_of_the_application_and_of_the_person_are_kept(
    page: Page, installed: Emulator
) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    frame.evaluate("b24.options.appSet('theme', 'a:b{\"c\":1}')")
    frame.evaluate("b24.options.userSet('seen', 'yes')")
    inst = next(iter(installed.state.installations.values()))
    assert inst.app_options["theme"] == 'a:b{"c":1}'
    assert inst.user_options[1]["seen"] == "yes"


def test_an_application_opens_itself_in_a_second_slider_and_closes_it(
    page: Page, installed: Emulator
) -> None:
    open_deal(page, installed)
    first = open_sign(page)
    first.evaluate(
        "void (window.gone = b24.slider.openSliderAppPage("
        "{bx24_title: 'Second', bx24_width: 600, envelope: 'e1'}).then(() => 'closed'))"
    )
    second = app_frame(page, "/main")
    expect(page.get_by_test_id("slider-title").last).to_have_text("Second")
    assert second.evaluate("b24.placement.options.envelope") == "e1"
    second.evaluate("void b24.slider.closeSliderAppPage()")
    assert first.evaluate("window.gone") == "closed"
    expect(page.get_by_test_id("slider")).to_have_count(1)


def test_a_path_of_the_portal_opens_beside_and_a_wrong_one_says_so(
    page: Page, installed: Emulator
) -> None:
    ident = open_deal(page, installed)
    frame = open_sign(page)
    frame.evaluate(
        "id => void (window.way = b24.slider.openPath("
        "b24.slider.getUrl(`/crm/deal/details/${id}/`), 950).then(r => r.isClose))",
        ident,
    )
    inner = page.frame_locator("iframe.path")
    expect(inner.get_by_test_id("deal-title")).to_be_visible()
    expect(inner.get_by_test_id("nav-deals")).to_have_count(0)
    page.get_by_test_id("slider-close").last.click()
    assert frame.evaluate("window.way") is True
    wrong = "b24.slider.openPath(b24.slider.getUrl('/nowhere/')).catch(e => e.message)"
    assert frame.evaluate(wrong) == "PATH_NOT_AVAILABLE"


def test_a_colleague_is_chosen_in_the_portals_own_dialog(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    frame.evaluate("void (window.who = b24.dialog.selectUser())")
    page.get_by_test_id("pick-2").click()
    assert frame.evaluate("window.who")["name"] == installed.state.users[2].full_name


def test_a_contact_is_chosen_from_the_crm(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    contact = min(installed.state.contacts)
    frame.evaluate(
        "void (window.what = b24.dialog.selectCRM({entityType: ['contact'], multiple: false}))"
    )
    page.get_by_test_id(f"pick-contact_{contact}").click()
    chosen = frame.evaluate("window.what")
    assert chosen["contact"][0]["id"] == f"C_{contact}"


def test_the_tab_can_refresh_its_card_and_unknown_commands_are_ignored(
    page: Page, installed: Emulator
) -> None:
    ident = open_deal(page, installed)
    page.get_by_test_id("tab-signatures").click()
    frame = app_frame(page, "/widget-3")
    assert frame.evaluate("b24.placement.getInterface()") == {
        "command": ["reloadData"],
        "event": [],
    }
    with installed.state.lock:
        installed.state.add_entry("comment", 2, ident, text="Written by the application")
    assert frame.evaluate("b24.placement.call('reloadData')") is True
    page.get_by_test_id("tab-general").click()
    expect(page.get_by_test_id("timeline")).to_contain_text("Written by the application")
    assert frame.evaluate("b24.placement.call('noSuchThing')") == {"isSafely": True}


def test_a_record_of_the_timeline_offers_the_widget_with_its_activity(
    page: Page, installed: Emulator
) -> None:
    ident = pages_kit.deal_id(installed)
    installed.engine.create_document_from_template(ident, min(installed.state.templates), 1)
    entry = installed.state.deal_timeline(ident)[0]
    open_deal(page, installed)
    page.get_by_test_id(f"record-menu-{entry.id}").click()
    page.get_by_test_id(f"record-extensions-{entry.id}").click()
    page.get_by_test_id(f"record-{entry.id}").get_by_test_id("ext-sign-this").click()
    options = app_frame(page, "/widget-4").evaluate("b24.placement.options")
    assert options["ASSOCIATED_ENTITY_ID"] == str(entry.activity_id)
    assert options["ASSOCIATED_ENTITY_TYPE_ID"] == "6"


def test_another_window_cannot_speak_for_a_frame(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    frame = open_sign(page)
    sid = frame.evaluate("b24.getAppSid()")
    page.evaluate('sid => postMessage(`setTitle:{"title":"forged"}:k1:${sid}`, \'*\')', sid)
    frame.evaluate("b24.parent.setTitle('mine')")
    expect(page.get_by_test_id("slider-title")).to_have_text("mine")
    page.evaluate("sid => postMessage(`getInitData:k2:${sid}`, '*')", sid)
    told: list[str] = page.evaluate(
        "new Promise(r => { const seen = []; addEventListener('message', e => seen.push(String(e.data)));"
        " setTimeout(() => r(seen), 300) })"
    )
    assert not [m for m in told if "AUTH_ID" in m]


def test_a_rule_is_filled_by_the_applications_page_and_saved_by_the_person(
    page: Page, installed: Emulator, small: SmallApp
) -> None:
    page.goto("/crm/deal/automation/")
    page.get_by_test_id("rule-add-EXECUTING").click()
    page.get_by_test_id("pick-send").click()
    frame = app_frame(page, "/rule-settings")
    options = frame.evaluate("b24.placement.options")
    assert options["code"] == "send"
    assert options["properties"]["template"]["Required"] is True
    assert options["document_type"] == ["crm", "CCrmDocumentDeal", "DEAL"]
    assert frame.evaluate("b24.placement.getInterface()")["command"] == ["setPropertyValue"]
    frame.evaluate("b24.placement.call('setPropertyValue', {template: 'tpl:7', other: 'no'})")
    page.get_by_test_id("rule-values").click()
    expect(page.get_by_test_id("prop-template")).to_have_value("tpl:7")
    page.get_by_test_id("prop-signer").fill("user_2")
    page.get_by_test_id("save-rule").click()
    expect(page.get_by_test_id("rules-EXECUTING")).to_contain_text("tpl:7")
    rule = next(iter(installed.state.rules.values()))
    assert rule.properties == {"template": "tpl:7", "signer": "user_2"}
    installed.engine.move_deal(pages_kit.deal_id(installed), "EXECUTING", 1)
    assert small.wait(small.robots, "code", "send")["properties[template]"] == "tpl:7"


def test_a_deal_is_dragged_to_another_stage(page: Page, installed: Emulator) -> None:
    ident = pages_kit.deal_id(installed)
    page.goto("/crm/deal/kanban/")
    page.get_by_test_id(f"deal-card-{ident}").locator(".amount").hover()
    page.mouse.down()
    target = page.get_by_test_id("stage-EXECUTING").bounding_box()
    assert target
    page.mouse.move(target["x"] + 60, target["y"] + 150, steps=8)
    page.mouse.up()
    moved = page.get_by_test_id("stage-EXECUTING").get_by_test_id(f"deal-card-{ident}")
    expect(moved).to_be_visible()
    expect(page.get_by_test_id("toasts")).to_contain_text(installed.state.stages["EXECUTING"].name)
    assert installed.state.deals[ident].stage_id == "EXECUTING"


def test_everything_from_menu_to_frame_works_by_keyboard(page: Page, installed: Emulator) -> None:
    open_deal(page, installed)
    page.get_by_test_id("document-menu").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("ext-sign")).to_be_focused()
    page.keyboard.press("Enter")
    app_frame(page, "/widget-1")
    page.get_by_test_id("slider-close").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("slider")).to_have_count(0)


def test_a_deal_is_moved_by_keyboard(page: Page, installed: Emulator) -> None:
    ident = pages_kit.deal_id(installed)
    page.goto("/crm/deal/kanban/")
    page.get_by_test_id(f"move-{ident}").press("ArrowDown")
    page.get_by_test_id(f"move-{ident}-FINAL_INVOICE").press("Enter")
    column = page.get_by_test_id("stage-FINAL_INVOICE")
    expect(column.get_by_test_id(f"deal-card-{ident}")).to_be_visible()


def test_a_blocked_card_is_free_again_once_the_application_answers(
    page: Page, installed: Emulator
) -> None:
    activity = pages_kit.add_card(installed)
    open_deal(page, installed)
    record = page.locator(f"[data-activity-id='{activity.id}']")
    record.get_by_test_id("card-button-remind").click()
    expect(record).to_have_class("record busy")
    with installed.state.lock:
        activity.updated = installed.state.now()
        installed.state.touch()
    expect(record).not_to_have_class("record busy", timeout=8000)


def test_a_card_opens_its_application_with_the_activity(page: Page, installed: Emulator) -> None:
    activity = pages_kit.add_card(installed)
    open_deal(page, installed)
    page.locator(f"[data-activity-id='{activity.id}']").get_by_test_id("card-button-show").click()
    options = app_frame(page, "/main").evaluate("b24.placement.options")
    assert options["activityId"] == str(activity.id)
    assert options["envelope"] == "e1"


def test_uninstalling_takes_every_button_away(page: Page, installed: Emulator) -> None:
    page.goto("/market/")
    page.get_by_test_id("uninstall-app").click()
    page.get_by_test_id("uninstall-clean").check()
    page.get_by_test_id("uninstall-confirm").click()
    expect(page.get_by_test_id("app-state")).to_have_attribute("data-status", "absent")
    open_deal(page, installed)
    page.get_by_test_id("document-menu").click()
    page.get_by_test_id("extensions-menu").click()
    expect(page.get_by_test_id("ext-sign")).to_have_count(0)


def test_a_mails_link_opens_in_a_new_tab(page: Page, installed: Emulator, small: SmallApp) -> None:
    pages_kit.add_mail(installed, f"<p><a href='{small.url}/s/1'>Read and sign</a></p>")
    page.goto("/inbox/")
    page.get_by_test_id("mail-1").click()
    with page.context.expect_page() as opened:
        page.frame_locator("[data-testid=mail-frame]").get_by_text("Read and sign").click()
    opened.value.wait_for_load_state()
    assert opened.value.url == f"{small.url}/s/1"


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_an_accessibility_fault(
    browser: Browser, installed: Emulator, width: int
) -> None:
    pages_kit.add_card(installed)
    pages_kit.add_mail(installed)
    paths = ["kanban/", "list/", f"details/{pages_kit.deal_id(installed)}/", "automation/"]
    addresses = [f"/crm/deal/{p}" for p in paths] + ["/inbox/?m=1", "/phone/", "/market/"]
    context = browser.new_context(
        base_url=installed.portal_url, viewport={"width": width, "height": 800}, bypass_csp=True
    )
    page = context.new_page()
    faults: dict[str, list[str]] = {}
    for address in addresses:
        page.goto(address)
        page.evaluate(pages_kit.AXE.read_text())
        found = page.evaluate("axe.run(document, {iframes: false})")
        faults[address] = [v["id"] for v in found["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    context.close()
    assert not any(faults.values()), faults


def test_the_bell_tells_a_person_their_notifications(page: Page, installed: Emulator) -> None:
    state = installed.state
    text = "Signed: [URL=https://sign.example.org/e/1]the contract[/URL] [B]now[/B]"
    page.goto("/crm/deal/kanban/")
    with state.lock:
        state.notifications.append(Notification(1, 1, text, state.now()))
        state.notifications.append(Notification(2, 2, "not for me", state.now()))
    bell = page.get_by_test_id("notifications")
    expect(bell).to_contain_text("1", timeout=8000)
    bell.click()
    expect(page.get_by_test_id("notification-1")).to_contain_text("Signed: the contract now")
    expect(page.get_by_test_id("notification-2")).to_have_count(0)
    link = page.get_by_role("link", name="the contract")
    expect(link).to_have_attribute("href", "https://sign.example.org/e/1")
