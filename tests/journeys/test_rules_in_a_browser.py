"""The four rules set up by hand in the portal’s automation, in a real browser, and what its page says of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.kit import Scene

pytestmark = [pytest.mark.journey, pytest.mark.browser]
DEAL_OF_INES = 3


@pytest.fixture
def page(stage: Scene, chromium: Browser) -> Iterator[Page]:
    """The portal's automation of deals."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{stage.portal.portal_url}/crm/deal/automation/")
    yield page
    context.close()


def place(page: Page, stage_id: str, code: str, **values: str) -> None:
    """Add a rule to a stage and fill the portal's own form."""
    pick(page, stage_id, code)
    for name, value in values.items():
        page.get_by_test_id(f"prop-{name}").fill(value)
    save(page)


def pick(page: Page, stage_id: str, code: str) -> None:
    page.get_by_test_id(f"rule-add-{stage_id}").click()
    page.get_by_test_id(f"pick-{code}").click()


def save(page: Page) -> None:
    page.get_by_test_id("save-rule").click()
    expect(page.get_by_test_id("rule-form")).to_have_count(0)


def test_rules_are_set_up_run_and_seen_in_the_portals_automation(
    stage: Scene, layout: str, page: Page
) -> None:
    pick(page, "EXECUTING", "paraph_send")
    frame = page.frame_locator("[data-testid=app-frame]").last
    frame.get_by_test_id("rule-client").select_option("position")
    frame.get_by_test_id("rule-position").fill("directrice")
    frame.get_by_test_id("rule-apply").click()
    expect(frame.get_by_test_id("rule-saved")).not_to_be_empty()
    save(page)
    place(page, "FINAL_INVOICE", "paraph_remind")
    place(page, "WON", "paraph_wait", days="5")
    place(page, "LOSE", "paraph_void", reason="Trop tard")
    stage.worker.start()
    assert "directrice" in card(page, "EXECUTING").inner_text()
    assert not re.search(r"[0-9a-f]{32}", card(page, "EXECUTING").inner_text())
    expect(moved(stage, page, "EXECUTING")).to_have_attribute("data-status", "completed")
    expect(run(page, "EXECUTING")).to_contain_text("sent")
    expect(moved(stage, page, "FINAL_INVOICE")).to_contain_text("reminded")
    expect(moved(stage, page, "WON")).to_contain_text("Hélène Marchand")
    expect(run(page, "WON")).to_have_attribute("data-status", "waiting")
    expect(moved(stage, page, "LOSE")).to_contain_text("voided")
    expect(run(page, "WON")).to_have_attribute("data-status", "completed")
    expect(run(page, "WON")).to_contain_text("Trop tard")


def card(page: Page, stage_id: str) -> Locator:
    return page.get_by_test_id(f"rules-{stage_id}").locator("article.rule")


def run(page: Page, stage_id: str) -> Locator:
    return card(page, stage_id).locator(".run").first


def moved(stage: Scene, page: Page, stage_id: str) -> Locator:
    """Move the deal as a colleague does; return the run that this starts, as the page shows it."""
    stage.portal.engine.move_deal(DEAL_OF_INES, stage_id, 1)
    return run(page, stage_id)
