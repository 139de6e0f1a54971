"""Files and templates in a real browser: a file is brought, documents are ticked, a placeholder is copied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect
from sqlalchemy import select

from app.actions import fetch
from app.actions import print as printing
from app.store.tables import Envelope
from tests.doors.placements.test_placements_browser import (  # noqa: F401 - fixtures
    PHONE,
    served,
    visit,
    wizard,
)
from tests.frame_kit import Portal
from tests.tools.documents_kit import pdf, word
from tests.tools.test_documents_uploads import locked

pytestmark = pytest.mark.browser


def templates(page: Page) -> FrameLocator:
    page.get_by_test_id("nav-app-paraph").click()
    frame = page.frame_locator("[data-testid=app-frame]").last
    frame.get_by_test_id("open-templates").click()
    expect(frame.get_by_test_id("templates")).to_be_visible()
    return frame


def centred(place: Locator) -> Locator:
    """Scroll as a hand does: to where the main button's bar covers nothing."""
    place.evaluate("one => one.scrollIntoView({ block: 'center' })")
    return place


def test_a_protected_file_waits_for_its_password_or_is_left_out(
    visit: Callable[..., Page],  # noqa: F811
    tmp_path: Path,
) -> None:
    frame = wizard(visit("/crm/deal/details/1/"))
    mine, other = tmp_path / "NDA.pdf", tmp_path / "Plan.pdf"
    mine.write_bytes(locked("Ouvre-toi"))
    other.write_bytes(locked("Autre"))
    tile = frame.locator('[data-controller="upload"]')
    tile.get_by_test_id("upload-file").set_input_files(str(mine))
    entry, fault = tile.get_by_test_id("unlock-password"), tile.locator('[data-fault="password"]')
    expect(entry).to_be_focused()
    entry.fill("Sésame")
    entry.press("Enter")
    expect(fault).to_contain_text("n’ouvre pas")
    entry.fill("Ouvre-toi")
    tile.get_by_test_id("unlock-open").click()
    expect(tile.get_by_test_id("unlock")).to_be_hidden()
    expect(frame.locator("[data-upload-name]")).to_have_text("NDA")
    expect(frame.get_by_test_id("source-upload")).to_be_checked()
    tile.get_by_test_id("upload-file").set_input_files(str(other))
    expect(entry).to_be_focused()
    expect(entry).to_have_value("")
    tile.locator("[data-unlock-leave]").click()
    expect(tile.locator('[data-fault="file"]')).to_contain_text("mot de passe")
    expect(tile.locator("[data-pick]")).to_have_attribute("aria-busy", "false")


def test_a_file_of_the_senders_own_and_two_more_documents(
    visit: Callable[..., Page],  # noqa: F811
    served: Portal,  # noqa: F811
    tmp_path: Path,
) -> None:
    page = visit("/crm/deal/details/1/")
    frame = wizard(page)
    mine, bad = tmp_path / "NDA_final.pdf", tmp_path / "bad.pdf"
    mine.write_bytes(pdf("Ours", "Theirs"))
    bad.write_bytes(b"%PDF-1.7 rubbish")
    frame.get_by_test_id("upload-file").set_input_files(str(bad))
    expect(frame.locator('[data-fault="file"]')).not_to_be_empty()
    # Who brought a file means that file: nothing else is prepared in its place.
    expect(frame.get_by_test_id("source-upload")).to_be_checked()
    expect(frame.locator("[data-upload-name]")).to_have_text("bad.pdf")
    with page.expect_response("**/placements/wizard/create") as stopped:
        frame.get_by_test_id("prepare").click()
    assert stopped.value.status == 422
    expect(frame.locator('[data-fault="file"]')).to_be_in_viewport()
    with served.services.database.reading() as session:
        assert session.execute(select(Envelope.id)).all() == []
    frame.get_by_test_id("upload-file").set_input_files(str(mine))
    expect(frame.get_by_test_id("source-upload")).to_be_checked()
    frame.get_by_test_id("more-documents").locator("summary").click()
    centred(frame.get_by_test_id("more-template-invoice.fr")).check()
    centred(frame.get_by_test_id("more-template-nda.fr")).check()
    frame.get_by_test_id("prepare").click()
    expect(frame.get_by_test_id("progress-waiting")).to_be_visible()
    with served.services.database.reading() as session:
        source = session.execute(select(Envelope.source)).scalar_one()
    assert source["kind"] == "upload"
    assert [one["slug"] for one in source["more"]] == ["invoice.fr", "nda.fr"]


def test_further_documents_are_listed_once_even_if_chosen_first(
    visit: Callable[..., Page],  # noqa: F811
) -> None:
    frame = wizard(visit("/crm/deal/details/1/"))
    frame.get_by_test_id("more-documents").locator("summary").click()
    centred(frame.get_by_test_id("more-template-invoice.fr")).check()
    frame.get_by_test_id("source-template-invoice.fr").click()
    expect(frame.get_by_test_id("more-template-invoice.fr")).to_be_disabled()
    expect(frame.get_by_test_id("more-template-invoice.fr")).not_to_be_checked()


@pytest.mark.office
def test_a_template_is_checked_read_and_printed_on_a_phone(
    visit: Callable[..., Page],  # noqa: F811
    served: Portal,  # noqa: F811
    tmp_path: Path,
) -> None:
    page = visit("/crm/deal/details/1/", size=PHONE)
    frame = templates(page)
    bad = tmp_path / "Devis.docx"
    bad.write_bytes(word("Pour {{ client.nam }}"))
    frame.get_by_test_id("template-file").set_input_files(str(bad))
    frame.get_by_test_id("template-add").click()
    expect(frame.get_by_test_id("template-problems")).to_contain_text("client.name")
    frame.get_by_test_id("template-services_contract.fr").click()
    frame.get_by_test_id("template-deal").select_option(index=1)
    expect(frame.get_by_test_id("template")).to_contain_text("€")
    frame.get_by_test_id("sample-print").click()
    expect(frame.get_by_test_id("sample-waiting")).to_be_visible()
    with served.services.database.reading() as session:
        sample_id = session.execute(select(Envelope.id)).scalar_one()
    for action in (fetch.fetch_source, printing.fill_document, printing.print_document):
        action(served.services, sample_id)
    served.services.converter.stop()
    expect(frame.get_by_test_id("sample-ready")).to_be_visible()
    expect(frame.locator(".t-page img").first).to_be_visible()
    wide = frame.locator("body").evaluate("body => body.scrollWidth > window.innerWidth")
    assert not wide
