"""A colleague's tray and the main page's board: what waits, what is found, who sees what."""

from __future__ import annotations

import re

from app.core.consent import current
from app.core.evidence import EventKind
from app.store import audit, envelopes
from app.store.tables import FieldRow
from tests.conftest import Clock
from tests.doors.placements.test_placements_wizard import CREATE, choices
from tests.frame_kit import (
    DIRECTOR,
    OTHER,
    SELLER,
    Frame,
    Portal,
    envelope_of,
    make_ready,
    send_now,
)

AGREED = current("fr").hash


def sent(portal: Portal, deal: str = "1", *, user: int = SELLER, **changes: str) -> str:
    """Send a document that waits for the director first; return its id."""
    frame = portal.wizard(deal, user=user)
    form = choices(frame, **{"contact": deal, **changes})
    envelope_id = envelope_of(frame.post(CREATE, **form))
    make_ready(portal.services, envelope_id)
    send_now(portal.services, envelope_id)
    return envelope_id


def home(portal: Portal, user: int = DIRECTOR) -> Frame:
    frame = portal.open("DEFAULT", {}, user)
    frame.page = frame.load()
    assert frame.page.status_code == 200
    return frame


def opened(frame: Frame, envelope_id: str) -> str:
    """Open a document in the tray; return what its tick box then says."""
    page = frame.post(f"/placements/tray/{envelope_id}/read")
    found = re.search(r'data-seen="(\w+)"', page.text)
    assert found, page.text[:300]
    return f"{envelope_id}:{found[1]}"


def status(portal: Portal, envelope_id: str) -> str:
    with portal.services.database.reading() as session:
        return envelopes.get(session, envelope_id).status


def test_several_documents_are_signed_with_one_confirmation(portal: Portal) -> None:
    ids = [sent(portal, "1"), sent(portal, "3")]
    frame = home(portal)
    assert 'data-testid="open-tray"' in frame.html
    assert frame.get("/placements/tray/start").text.count('data-testid="waiting"') == 2
    ticked = [opened(frame, one) for one in ids]
    done = frame.post("/placements/tray/sign", signed=ticked, consent=AGREED)
    assert 'data-testid="tray-signed"' in done.text
    assert 'data-testid="tray-empty"' in done.text
    for one in ids:
        with portal.services.database.reading() as session:
            (mine,) = [p for p in envelopes.recipients(session, one) if p.role_key == "us"]
            kinds = [event.kind for event in audit.events(session, one)]
        assert (mine.state, mine.identified_by) == ("signed", "portal")
        assert kinds.index(EventKind.VIEWED) < kinds.index(EventKind.SIGNED)


def test_who_was_proven_a_while_ago_is_proven_again_before_signing(
    portal: Portal, clock: Clock
) -> None:
    envelope_id = sent(portal)
    frame = home(portal)
    ticked = opened(frame, envelope_id)
    for _ in range(2):
        clock.pass_by(minutes=6)
        frame.get("/placements/ticket")
    refused = frame.post("/placements/tray/sign", signed=[ticked], consent=AGREED)
    assert (refused.status_code, status(portal, envelope_id)) == (403, "sent")
    assert frame.post(f"/placements/tray/{envelope_id}/alone").status_code == 403
    again = home(portal)
    assert again.post(f"/placements/tray/{envelope_id}/alone").status_code == 200
    ticked = opened(again, envelope_id)
    done = again.post("/placements/tray/sign", signed=[ticked], consent=AGREED)
    assert 'data-testid="tray-signed"' in done.text


def test_what_was_not_opened_or_not_agreed_to_is_not_signed(portal: Portal) -> None:
    envelope_id = sent(portal)
    frame = home(portal)
    no_look = frame.post("/placements/tray/sign", signed=f"{envelope_id}:", consent=AGREED)
    assert 'data-testid="tray-faults"' in no_look.text
    ticked = opened(frame, envelope_id)
    assert frame.post("/placements/tray/sign", signed=ticked).status_code == 422
    assert frame.post("/placements/tray/sign", consent=AGREED).status_code == 422
    assert status(portal, envelope_id) == "sent"


def test_one_document_that_ended_meanwhile_keeps_no_other_from_being_signed(portal: Portal) -> None:
    first, second = sent(portal, "1"), sent(portal, "3")
    frame = home(portal)
    ticked = [opened(frame, one) for one in (first, second)]
    with portal.services.database.transaction() as session:
        envelopes.lock(session, first).status = "voided"
    done = frame.post("/placements/tray/sign", signed=ticked, consent=AGREED)
    assert 'data-testid="tray-faults"' in done.text
    assert 'data-testid="tray-signed"' in done.text


def test_nobody_opens_or_signs_what_waits_for_somebody_else(portal: Portal) -> None:
    envelope_id = sent(portal)
    mine, other = home(portal), home(portal, OTHER)
    ticked = opened(mine, envelope_id)
    assert other.post(f"/placements/tray/{envelope_id}/read").status_code == 404
    assert other.get(f"/placements/tray/{envelope_id}/pages/0/0").status_code == 404
    assert other.post(f"/placements/tray/{envelope_id}/alone").status_code == 404
    other.post("/placements/tray/sign", signed=ticked, consent=AGREED)
    assert status(portal, envelope_id) == "sent"
    assert mine.get(f"/placements/tray/{envelope_id}/pages/0/0").mimetype == "image/webp"
    assert mine.get(f"/placements/tray/{envelope_id}/pages/0/9").status_code == 404


def test_a_document_with_questions_is_signed_on_its_own_page(portal: Portal) -> None:
    envelope_id = sent(portal)
    with portal.services.database.transaction() as session:
        document_id = envelopes.fields(session, envelope_id)[0].document_id
        session.add(_text(portal, envelope_id, document_id))
    frame = home(portal)
    assert 'data-testid="alone"' in frame.get("/placements/tray/start").text
    ticked = opened(frame, envelope_id)
    refused = frame.post("/placements/tray/sign", signed=ticked, consent=AGREED)
    assert 'data-testid="tray-faults"' in refused.text
    address = frame.post(f"/placements/tray/{envelope_id}/alone").json["address"]
    assert "/s/" in address


def _text(portal: Portal, envelope_id: str, document_id: str) -> FieldRow:
    return FieldRow(
        id=portal.services.new_id(),
        portal_id=portal.who().portal_id,
        envelope_id=envelope_id,
        document_id=document_id,
        key="us-text-1",
        kind="text",
        role="us",
        page=0,
        x=0.1,
        y=0.1,
        w=0.2,
        h=0.03,
    )


def found(frame: Frame, **query: str) -> int:
    answer = frame.call("GET", "/placements/home/list", query_string=query)
    assert answer.status_code == 200
    return answer.text.count('data-testid="envelope"')


def test_the_board_finds_by_words_and_by_state(portal: Portal) -> None:
    sent(portal, "1")
    draft = portal.wizard("3")
    draft.post(CREATE, **choices(draft, contact="3"))
    frame = home(portal)
    assert found(frame) == 2
    assert found(frame, group="draft") == 1
    assert found(frame, group="sent") == 1
    assert found(frame, group="done") == 0
    assert found(frame, words="verdier") == 1
    assert found(frame, words="P-2026-000002") == 1
    assert found(frame, words="%") == 0
    assert found(frame, words="contrat verdier", group="draft") == 0


def test_a_colleague_finds_and_counts_only_what_they_sent_or_sign(portal: Portal) -> None:
    sent(portal)
    seller, other = home(portal, SELLER), home(portal, OTHER)
    assert found(other, words="verdier") == 0
    assert found(seller, words="verdier") == 1
    assert re.search(r'group-sent"><span>[^<]*<b>1</b>', seller.html)
    assert re.search(r'group-sent"><span>[^<]*<b>0</b>', other.html)
