"""The tab "Signatures", the main page, the installer and the rule's settings, as frames see them."""

from __future__ import annotations

import io
import zipfile
from uuid import uuid4

import pytest

from app.core.evidence import EventKind
from app.store import audit, deliveries, envelopes, installations
from app.store.tables import SigningLink
from emulator import lifecycle
from emulator.demo_data import CLIENT_ID
from tests.factories import make_envelope, make_installation
from tests.frame_kit import DIRECTOR, SELLER, Frame, Portal, error_of

TAB = "CRM_DEAL_DETAIL_TAB"


def tab(portal: Portal, deal: str = "1", user: int = DIRECTOR) -> Frame:
    frame = portal.open(TAB, {"ID": deal}, user)
    frame.page = frame.load()
    assert frame.page.status_code == 200, frame.html
    return frame


def sent(portal: Portal, deal: str = "1", **changes: object) -> str:
    """Store a sent envelope on a deal, waiting for our signer, who is the director."""
    database = portal.services.database
    envelope_id = make_envelope(
        database, portal.who().portal_id, entity_id=deal, record_title="Lighting", **changes
    )
    with database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            if person.role_key == "us":
                person.portal_user_id = "1"
    return envelope_id


def recipient(portal: Portal, envelope_id: str, role: str) -> str:
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_id)
    return next(person.id for person in people if person.role_key == role)


def kinds(portal: Portal, envelope_id: str) -> list[EventKind]:
    with portal.services.database.reading() as session:
        return [event.kind for event in audit.events(session, envelope_id)]


def test_the_tab_lists_the_envelopes_of_its_card_and_no_others(portal: Portal) -> None:
    here, there = sent(portal), sent(portal, deal="2")
    html = tab(portal).html
    assert here in html
    assert there not in html
    assert 'data-status="sent"' in html


def test_an_empty_tab_says_how_to_begin(portal: Portal) -> None:
    html = tab(portal).html
    assert 'data-testid="no-envelopes"' in html
    assert 'data-testid="new"' in html


def test_the_list_shows_what_happened_meanwhile(portal: Portal) -> None:
    envelope_id = sent(portal)
    frame = tab(portal)
    with portal.services.database.transaction() as session:
        envelopes.lock(session, envelope_id).status = "sealed"
    assert 'data-status="sealed"' in frame.get("/placements/tab/list").text


def test_only_the_signer_whose_turn_it_is_is_offered_to_sign(portal: Portal) -> None:
    sent(portal)
    assert 'data-testid="sign-now"' in tab(portal).html
    assert 'data-testid="sign-now"' not in tab(portal, user=SELLER).html


def test_signing_as_a_colleague_opens_a_page_of_their_own(portal: Portal) -> None:
    envelope_id = sent(portal)
    address = tab(portal).post(f"/placements/tab/{envelope_id}/sign").json["address"]
    opened = portal.app.test_client().get(address.removeprefix("http://localhost:8610"))
    assert opened.status_code == 303
    with portal.services.database.reading() as session:
        (link,) = session.query(SigningLink).all()
    assert link.purpose == "portal"
    assert link.recipient_id == recipient(portal, envelope_id, "us")


def test_a_colleague_who_is_not_the_signer_gets_no_signing_page(portal: Portal) -> None:
    envelope_id = sent(portal)
    refused = tab(portal, user=SELLER).post(f"/placements/tab/{envelope_id}/sign")
    assert refused.status_code == 403


def test_a_copied_link_is_recorded_and_replaces_the_one_before(portal: Portal) -> None:
    envelope_id = sent(portal)
    frame, person = tab(portal), recipient(portal, envelope_id, "us")
    url = f"/placements/tab/{envelope_id}/link/{person}"
    first, second = frame.post(url).json["address"], frame.post(url).json["address"]
    assert first != second
    assert kinds(portal, envelope_id).count(EventKind.LINK_COPIED) == 2
    with portal.services.database.reading() as session:
        links = session.query(SigningLink).filter_by(purpose="copied").all()
    assert [bool(link.revoked_at) for link in links].count(False) == 1


def test_no_link_is_shown_for_somebody_whose_turn_it_is_not(portal: Portal) -> None:
    envelope_id = sent(portal)
    person = recipient(portal, envelope_id, "client")
    refused = tab(portal).post(f"/placements/tab/{envelope_id}/link/{person}")
    assert refused.status_code == 409
    assert EventKind.LINK_COPIED not in kinds(portal, envelope_id)


def test_one_press_of_remind_writes_one_message(portal: Portal) -> None:
    envelope_id = sent(portal)
    frame, key = tab(portal), uuid4().hex
    for _ in range(2):
        assert frame.post(f"/placements/tab/{envelope_id}/remind", key=key).status_code == 200
    with portal.services.database.reading() as session:
        assert [d.purpose for d in deliveries.of_envelope(session, envelope_id)] == ["reminder"]


def test_nobody_is_reminded_of_a_link_handed_over_by_hand(portal: Portal) -> None:
    envelope_id = sent(portal, channel="link")
    refused = tab(portal).post(f"/placements/tab/{envelope_id}/remind", key=uuid4().hex)
    assert refused.status_code == 409


def test_voiding_needs_a_reason_and_happens_once(portal: Portal) -> None:
    envelope_id = sent(portal)
    frame, url = tab(portal), f"/placements/tab/{envelope_id}/void"
    assert error_of(frame.post(url, reason="  "))["field"] == "reason"
    assert frame.post(url, reason="The price changed").status_code == 200
    assert frame.post(url, reason="Again").status_code == 200
    assert kinds(portal, envelope_id).count(EventKind.VOIDED) == 1
    with portal.services.database.reading() as session:
        assert envelopes.get(session, envelope_id).reason == "The price changed"


def test_what_everyone_has_signed_can_no_longer_be_voided(portal: Portal) -> None:
    envelope_id = sent(portal, status="signed")
    refused = tab(portal).post(f"/placements/tab/{envelope_id}/void", reason="Too late")
    assert refused.status_code == 409


def test_a_draft_is_thrown_away_without_a_reason_and_leaves_the_list(portal: Portal) -> None:
    envelope_id = sent(portal, status="draft", sent_at=None)
    frame, url = tab(portal), f"/placements/tab/{envelope_id}/throw-away"
    assert envelope_id not in frame.post(url).text
    assert frame.post(url).status_code == 200


def test_what_was_sent_is_not_thrown_away(portal: Portal) -> None:
    envelope_id = sent(portal)
    assert tab(portal).post(f"/placements/tab/{envelope_id}/throw-away").status_code == 409


def test_the_sealed_file_is_given_to_those_who_may_see_the_card(portal: Portal) -> None:
    envelope_id = sent(portal, status="sealed")
    frame = tab(portal)
    assert frame.get(f"/placements/tab/{envelope_id}/sealed.pdf").status_code == 404
    digest = portal.services.files.put(b"%PDF-sealed")
    with portal.services.database.transaction() as session:
        envelopes.documents(session, envelope_id)[0].sealed_digest = digest
    given = frame.get(f"/placements/tab/{envelope_id}/sealed.pdf")
    assert given.data == b"%PDF-sealed"
    assert "attachment" in given.headers["Content-Disposition"]


def test_the_evidence_is_given_to_those_who_may_see_the_card_and_to_no_others(
    portal: Portal,
) -> None:
    envelope_id = sent(portal, status="sealed")
    digest = portal.services.files.put(b"%PDF-sealed")
    with portal.services.database.transaction() as session:
        envelopes.documents(session, envelope_id)[0].sealed_digest = digest
    frame, address = tab(portal), f"/placements/tab/{envelope_id}/evidence.zip"
    assert f'data-url="{address}"' in frame.html
    given = frame.get(address)
    assert given.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(given.data)) as archive:
        assert {"trail.json", "README.txt", "paraph-verify.py"} <= set(archive.namelist())
        assert archive.read("sealed/1 Services contract.pdf") == b"%PDF-sealed"
    assert tab(portal, deal="2").get(address).status_code == 404
    without_pass = tab(portal)
    without_pass.record_pass = ""
    assert without_pass.get(address).status_code == 403


def test_who_is_not_shown_the_record_any_more_gets_no_evidence(portal: Portal) -> None:
    envelope_id = sent(portal, status="sealed")
    old_pass = tab(portal).record_pass
    portal.services.now.pass_by(minutes=11)  # type: ignore[attr-defined]
    frame = tab(portal)
    frame.record_pass = old_pass
    del portal.emulator.state.deals[1]
    assert frame.get(f"/placements/tab/{envelope_id}/evidence.zip").status_code == 422


@pytest.mark.parametrize("act", ["remind", "void", "throw-away", "sign"])
def test_another_cards_tab_reaches_nothing_here(portal: Portal, act: str) -> None:
    envelope_id = sent(portal)
    other = tab(portal, deal="2")
    refused = other.post(f"/placements/tab/{envelope_id}/{act}", key=uuid4().hex, reason="x")
    assert refused.status_code == 404


def test_another_portals_envelope_is_not_found(portal: Portal) -> None:
    stranger = make_installation(portal.services.database)
    envelope_id = make_envelope(portal.services.database, stranger, entity_id="1")
    refused = tab(portal).post(f"/placements/tab/{envelope_id}/void", reason="x")
    assert refused.status_code == 404


def test_names_from_the_crm_never_become_markup(portal: Portal) -> None:
    portal.emulator.state.deals[1].title = "<img src=x onerror=alert(1)>"
    sent(portal, title='"><script>alert(1)</script>')
    html = tab(portal).html
    assert "<img src=x" not in html
    assert "<script>alert(1)" not in html


def test_the_main_page_lists_ones_own_and_the_administrator_sees_all(portal: Portal) -> None:
    mine, theirs = sent(portal, created_by="1"), sent(portal, deal="2", created_by="3")
    for user, sees in ((DIRECTOR, True), (SELLER, False)):
        frame = portal.open("DEFAULT", {}, user)
        html = frame.load().text
        assert (mine in html) is sees
        assert (theirs in html) is sees
        assert 'data-testid="self-check"' in html


def test_open_on_a_status_card_leads_to_the_records_tab(portal: Portal) -> None:
    envelope_id = sent(portal, deal="2")
    frame = portal.open("DEFAULT", {"envelope": envelope_id, "action": "open"})
    assert "type=2&id=2" in frame.load_path
    assert envelope_id in frame.load().text


def test_an_address_given_to_a_rule_leads_to_the_record_on_its_portal(portal: Portal) -> None:
    envelope_id = sent(portal, deal="2")
    led = portal.app.test_client().get(f"/placements/open/{envelope_id}")
    assert led.status_code == 302
    assert led.headers["Location"] == f"{portal.emulator.portal_url}/crm/deal/details/2/"
    assert portal.app.test_client().get("/placements/open/unknown").status_code == 404


def test_the_installer_sets_everything_up_step_by_step(bare_portal: Portal) -> None:
    frame = bare_portal.install()
    assert 'data-testid="installer"' in frame.html
    assert frame.get("/placements/install/plan").json == {"labels": []}
    who = bare_portal.who()
    with bare_portal.services.database.reading() as session:
        assert installations.get(session, who.portal_id).admin_user_id == "1"
    bound = bare_portal.services.portals.client(who.portal_id).call("placement.get")
    assert {one["placement"] for one in bound} >= {TAB, "CRM_DEAL_DOCUMENTGENERATOR_BUTTON"}


def test_a_forged_installer_is_refused(bare_portal: Portal) -> None:
    forged = {"AUTH_ID": "0" * 40, "member_id": "f" * 32, "AUTH_EXPIRES": "3600"}
    frame = bare_portal.post("http://localhost:8610/placements/install?LANG=en", forged)
    assert frame.page.status_code == 403


def test_a_frame_speaks_the_language_of_its_person(portal: Portal) -> None:
    portal.emulator.state.users[1].lang = "fr"
    assert '<html lang="fr"' in portal.open(TAB, {"ID": "1"}).html


def test_a_frame_may_only_be_shown_by_its_own_portal(portal: Portal) -> None:
    policy = portal.open(TAB, {"ID": "1"}).page.headers["Content-Security-Policy"]
    assert f"frame-ancestors {portal.emulator.portal_url}" in policy
    assert "unsafe" not in policy


def test_no_page_of_a_frame_sets_a_cookie(portal: Portal) -> None:
    sent(portal)
    frame = tab(portal)
    assert "Set-Cookie" not in frame.page.headers
    assert "Set-Cookie" not in frame.get("/placements/tab/list").headers


def test_an_ended_document_promises_nothing_and_can_be_sent_again(portal: Portal) -> None:
    envelope_id = sent(portal, status="declined")
    html = tab(portal).html
    ours = html[html.index(f'id="envelope-{envelope_id}"') :].split("</li>\n</ol>")[0]
    line = html[html.index(f'id="envelope-{envelope_id}"') :]
    assert "igns later" not in ours
    assert "is-turn" not in ours
    assert 'data-testid="send-again"' in line


def test_a_draft_says_who_signs_first(portal: Portal) -> None:
    portal.emulator.state.users[1].lang = "en"
    envelope_id = sent(portal, status="draft")
    html = tab(portal).html
    line = html[html.index(f'id="envelope-{envelope_id}"') :]
    assert line.index("Signs first") < line.index("Signs later")


def test_the_installer_says_where_each_widget_will_be_found(bare_portal: Portal) -> None:
    lifecycle.start_install(bare_portal.emulator.engine, CLIENT_ID, 1)
    frame = bare_portal.open("DEFAULT", {})
    labels = frame.get("/placements/install/plan").json["labels"]
    widgets = [one for one in labels if one.startswith(("Signer", "Signatures"))]
    assert all(" · " in one for one in widgets)
    assert "Signer · Affaires, menu Document" in labels
    made = frame.call("POST", "/placements/install/step").json["done"]
    assert [one["label"] for one in made] == labels[: len(made)]
