"""Automation in a real browser: a rule set up in the automation page, many at once from the main page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.actions import prepare
from app.core.draft import DraftForm
from app.store import templates
from emulator.demo_data import CLIENT_ID
from tests.doors.placements.test_placements_browser import (  # noqa: F401
    axe,
    is_wider_than_frame,
    served,
    visit,
)
from tests.frame_kit import DEAL, Portal, make_ready, send_now

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PICTURES = os.environ.get("PARAPH_PICTURES", "")
PHONE = {"width": 390, "height": 844}


def remember(portal: Portal) -> None:
    """Send one document by hand: it leaves a layout."""
    with portal.services.database.reading() as session:
        chosen = templates.current(session, portal.who().portal_id)[0]
    form = DraftForm(
        key="key-of-the-page",
        source_kind="template",
        source_id=chosen.id,
        our_user="1",
        contact="1",
        channel="email",
    )
    made = prepare.create(portal.services, portal.who(), DEAL, form)
    make_ready(portal.services, made)
    send_now(portal.services, made)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


def test_a_rule_is_set_up_tried_and_saved(visit: Visit, served: Portal) -> None:  # noqa: F811
    remember(served)
    page = visit("/crm/deal/automation/")
    page.get_by_test_id("rule-add-EXECUTING").click()
    page.get_by_test_id("pick-paraph_send").click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("layout-1")).to_be_visible()
    frame.get_by_test_id("rule-by").select_option("responsible")
    frame.get_by_test_id("rule-days").fill("14")
    frame.get_by_test_id("rule-wait-finished").check(force=True)
    frame.get_by_test_id("try").click()
    expect(frame.locator("[data-testid^=tried-]")).to_be_visible()
    frame.get_by_test_id("rule-apply").click()
    expect(frame.get_by_test_id("rule-saved")).not_to_be_empty()
    assert axe(page) == []
    picture(page, "automation-rule-1280")
    page.get_by_test_id("save-rule").click()
    expect(page.get_by_test_id("rule-form")).to_have_count(0)
    (rule,) = served.emulator.state.rules.values()
    assert rule.properties["layout"].startswith("1. ")
    assert rule.properties["our_signer_by"] == "responsible"
    assert rule.properties["deadline_days"] == "14"
    assert rule.properties["wait"] == "finished"
    picture(page, "automation-stage-1280")


def test_a_rule_without_layouts_leads_to_making_one(visit: Visit, served: Portal) -> None:  # noqa: F811
    page = visit("/crm/deal/automation/")
    page.get_by_test_id("rule-add-EXECUTING").click()
    page.get_by_test_id("pick-paraph_send").click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    expect(frame.get_by_test_id("make-one")).to_be_visible()
    remember(served)
    frame.get_by_test_id("look-again").click()
    expect(frame.get_by_test_id("layout-1")).to_be_visible()


def test_many_are_looked_at_sent_paused_and_taken_along(visit: Visit, served: Portal) -> None:  # noqa: F811
    remember(served)
    page = visit(f"/marketplace/app/{CLIENT_ID}/")
    frame = page.frame_locator("[data-testid=app-frame]").last
    frame.get_by_test_id("open-many").click()
    frame.get_by_test_id("many-stage").select_option("")
    frame.get_by_test_id("many-look").click()
    expect(frame.get_by_test_id("many-found")).to_be_visible()
    expect(frame.get_by_test_id("deal-5")).to_be_disabled()
    assert axe(page) == []
    picture(page, "many-look-1280")
    frame.get_by_test_id("many-send").click()
    expect(frame.get_by_test_id("many-progress")).to_be_visible()
    frame.get_by_test_id("many-pause").click()
    expect(frame.get_by_test_id("many-resume")).to_be_visible()
    with page.expect_download() as taken:
        frame.get_by_test_id("many-csv").click()
    assert taken.value.suggested_filename == "paraph.csv"
    frame.get_by_test_id("many-resume").click()
    expect(frame.get_by_test_id("many-pause")).to_be_visible()
    picture(page, "many-run-1280")
