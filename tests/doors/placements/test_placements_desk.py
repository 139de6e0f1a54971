"""What a sender answers in the tab, and signing in person: another device's screen shows no more than it must."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.actions import sign, sign_handover
from app.core import snapshot
from app.core.evidence import EventKind
from app.core.snapshot import CrmSnapshot, Party, Person, Record
from app.store import audit, envelopes
from app.store.tables import Correction, Delivery
from tests.doors.placements.test_placements_tab import kinds, recipient, sent, tab
from tests.frame_kit import BASE, DIRECTOR, OTHER, SELLER, Frame, Portal, error_of
from tests.signing_kit import Signer, add_link, one_page

TRAIL = "/placements/tab"
OF_WHO_ANSWERS = ("sign-here", "copy-link-theirs", "correct-theirs", "handover-yes")


def signer_of(portal: Portal, envelope_id: str) -> Signer:
    """A client with a real page to sign and a link."""
    digest = portal.services.files.put(one_page())
    with portal.services.database.transaction() as session:
        for paper in envelopes.documents(session, envelope_id):
            paper.printed_digest = digest
        for person in envelopes.recipients(session, envelope_id):
            person.state, person.needs_code = "invited", False
    return add_link(portal.services, envelope_id, recipient(portal, envelope_id, "client"))


def client_first(portal: Portal) -> str:
    return sent(portal, signers=("client",))


def open_here(portal: Portal, envelope_id: str) -> FlaskClient:
    """The browser of the device on the desk, at the signing page."""
    person = recipient(portal, envelope_id, "client")
    answer = tab(portal).post(f"{TRAIL}/{envelope_id}/here/{person}")
    browser = portal.app.test_client()
    browser.get(answer.json["address"].removeprefix(BASE))
    return browser


def test_in_person_the_certificate_will_name_who_was_present(portal: Portal) -> None:
    envelope_id = client_first(portal)
    signer = signer_of(portal, envelope_id)
    browser = open_here(portal, envelope_id)
    page = browser.get(f"/s/r/{signer.short}")
    assert 'data-testid="witness"' in page.text
    form = signer.here_form()
    assert browser.post(f"/s/r/{signer.short}/sign", data=form).status_code == 303
    assert signer.row.identified_by == "in_person"
    witness = portal.emulator.state.users[1]
    assert signer.row.witness == f"{witness.name} {witness.last_name}"
    with portal.services.database.reading() as session:
        started = [e for e in audit.events(session, envelope_id) if e.kind is EventKind.IN_PERSON]
    assert started[0].actor == "portal_user:1"
    assert signer.event("signed")["witness"] == signer.row.witness


def test_once_signed_in_person_the_screen_is_locked(portal: Portal) -> None:
    envelope_id = client_first(portal)
    signer = signer_of(portal, envelope_id)
    browser = open_here(portal, envelope_id)
    home = f"/s/r/{signer.short}"
    assert browser.get(f"{home}/original/0.pdf").status_code == 200
    browser.post(f"{home}/sign", data=signer.here_form())
    assert 'data-testid="locked"' in browser.get(home).text
    for path in ("/original/0.pdf", "/final/0.pdf", "/text", "/words/0/0.json"):
        assert browser.get(home + path).status_code == 404, path


def asked_for_a_code(portal: Portal) -> tuple[str, Signer]:
    """A client who was asked for a one-time code."""
    envelope_id = client_first(portal)
    signer = signer_of(portal, envelope_id)
    signer.change(lambda _, me: setattr(me, "needs_code", True))
    return envelope_id, signer


def lift_code(portal: Portal, signer: Signer, because: str, **reached: str) -> TestResponse:
    """The sender lifts the code in the dialog "Correct", with the address as it is unless `reached` says else."""
    me = signer.row
    address = {"channel": me.channel, "email": me.email, "phone": me.phone, **reached}
    url = f"{TRAIL}/{signer.envelope_id}/correct/{me.id}"
    return tab(portal).post(url, lifts_code="yes", because=because, key="0123456789", **address)


def test_in_person_the_code_that_was_asked_for_is_asked_for(portal: Portal) -> None:
    envelope_id, signer = asked_for_a_code(portal)
    browser = open_here(portal, envelope_id)
    home = f"/s/r/{signer.short}"
    form = signer.here_form()
    browser.post(f"{home}/sign", data=form)
    assert signer.row.state == "invited"
    browser.post(f"{home}/code", data={"form_key": form["form_key"]})
    with portal.services.database.reading() as session:
        (sent_code,) = session.query(Delivery).filter_by(purpose="code").all()
    assert sent_code.address == signer.row.email
    browser.post(f"{home}/sign", data={**form, "code": signer.code()})
    assert (signer.row.state, signer.row.identified_by) == ("signed", "in_person")
    assert "code_accepted" in signer.events()


def test_the_code_is_lifted_by_a_sender_who_says_why(portal: Portal) -> None:
    envelope_id, signer = asked_for_a_code(portal)
    browser = open_here(portal, envelope_id)
    form = signer.here_form()
    assert error_of(lift_code(portal, signer, " "))["field"] == "because"
    assert signer.row.needs_code
    assert lift_code(portal, signer, "The client shows a passport").status_code == 200
    lifted = signer.event("code_lifted")
    witness = portal.emulator.state.users[1]
    assert lifted["reason"] == "The client shows a passport"
    assert lifted["witness"] == f"{witness.name} {witness.last_name}"
    assert "corrected" not in signer.events()
    browser.post(f"/s/r/{signer.short}/sign", data=form)
    assert signer.row.state == "signed"


def test_an_address_taken_away_does_not_lift_the_code_unsaid(portal: Portal) -> None:
    envelope_id, signer = asked_for_a_code(portal)
    url = f"{TRAIL}/{envelope_id}/correct/{signer.recipient_id}"
    refused = tab(portal).post(url, channel="link", email="", phone="", key="0123456789")
    assert error_of(refused)["field"] == "email"
    assert signer.row.needs_code
    assert (
        lift_code(portal, signer, "No address", channel="link", email="", phone="").status_code
        == 200
    )
    assert (signer.row.needs_code, signer.row.email) == (False, "")


@pytest.mark.parametrize("act", ["here/{id}", "link/{id}", "correct/{id}", "handover"])
def test_who_merely_reads_the_record_touches_nobodys_way_to_sign(portal: Portal, act: str) -> None:
    envelope_id, signer = proposed(portal)
    url = f"{TRAIL}/{envelope_id}/{act.format(id=signer.recipient_id)}"
    form = {"channel": "email", "email": "mine@example.org", "answer": "yes", "key": "0123456789"}
    before = signer.events()
    reader = tab(portal, user=OTHER)
    assert reader.post(url, **form).status_code == 403
    assert signer.events() == before
    assert not [b for b in OF_WHO_ANSWERS if f'data-testid="{b}"' in reader.html]


@pytest.mark.parametrize("user", [DIRECTOR, SELLER])
def test_sender_and_responsible_let_the_client_sign_here(portal: Portal, user: int) -> None:
    envelope_id = client_first(portal)
    signer = signer_of(portal, envelope_id)
    signer.change(lambda envelope, _: setattr(envelope, "created_by", "1"))
    portal.emulator.state.users[DIRECTOR].is_admin = False
    portal.emulator.state.deals[1].assigned_by_id = SELLER
    frame = tab(portal, user=user)
    assert 'data-testid="sign-here"' in frame.html
    assert 'data-testid="sign-here"' in frame.get(f"{TRAIL}/list").text
    person = recipient(portal, envelope_id, "client")
    assert frame.post(f"{TRAIL}/{envelope_id}/here/{person}").status_code == 200


def test_nobody_is_their_own_witness(portal: Portal) -> None:
    envelope_id = sent(portal)
    ours = recipient(portal, envelope_id, "us")
    assert tab(portal).post(f"{TRAIL}/{envelope_id}/here/{ours}").status_code == 403
    assert EventKind.IN_PERSON not in kinds(portal, envelope_id)


def proposed(portal: Portal) -> tuple[str, Signer]:
    envelope_id = client_first(portal)
    signer = signer_of(portal, envelope_id)
    signer.change(lambda envelope, _: setattr(envelope, "sender_email", "sender@example.org"))
    sign_handover.propose(
        portal.services, signer.caller, name="Lina Exemple", email="lina@example.org"
    )
    return envelope_id, signer


def answer(frame: Frame, envelope_id: str, what: str) -> None:
    reply = frame.post(f"{TRAIL}/{envelope_id}/handover", answer=what)
    assert reply.status_code == 200
    assert "asked-handover" not in reply.text


def test_a_handover_is_agreed_to_in_the_tab(portal: Portal) -> None:
    envelope_id, _ = proposed(portal)
    frame = tab(portal)
    assert "Lina Exemple" in frame.html
    contacts = len(portal.emulator.state.contacts)
    answer(frame, envelope_id, "yes")
    with portal.services.database.reading() as session:
        (person,) = envelopes.recipients(session, envelope_id)
    assert (person.name, person.contact_id) == ("Lina Exemple", "")
    assert len(portal.emulator.state.contacts) == contacts
    answer(frame, envelope_id, "yes")
    assert kinds(portal, envelope_id).count(EventKind.HANDED_OVER) == 1


def test_whoever_signs_instead_can_become_a_contact(portal: Portal) -> None:
    envelope_id, _ = proposed(portal)
    answer(tab(portal), envelope_id, "contact")
    with portal.services.database.reading() as session:
        (person,) = envelopes.recipients(session, envelope_id)
    added = portal.emulator.state.contacts[int(person.contact_id)]
    assert (added.full_name, added.first("EMAIL")) == ("Lina Exemple", "lina@example.org")


def test_the_signer_is_kept_when_the_sender_says_no(portal: Portal) -> None:
    envelope_id, signer = proposed(portal)
    answer(tab(portal), envelope_id, "no")
    assert signer.row.role == "signer"


def corrected(portal: Portal, name: str = "contact.phone", value: str = "+33 1 99 00 77 77") -> str:
    """The client signed and put another value in place of the CRM's; return the envelope's id."""
    envelope_id = client_first(portal)
    signer = signer_of(portal, envelope_id)
    known = portal.emulator.state.contacts[1]
    taken = CrmSnapshot(
        taken_at=portal.services.now(),
        record=Record(2, "1", "Lighting"),
        us=Party(),
        client=Party(),
        contacts=(Person("1", known.full_name, phones=(known.first("PHONE"),)),),
    )
    digest = portal.services.files.put(snapshot.to_json(taken).encode())
    signer.change(lambda envelope, me: (setattr(envelope, "snapshot_digest", digest),
                                        setattr(me, "contact_id", "1")))  # fmt: skip
    field_id = signer.add_field(
        "text", label="Phone", crm_name=name, value=known.first("PHONE") or "unknown"
    )
    sign.sign(portal.services, signer.caller, signer.submission(values={field_id: value}))
    return envelope_id


def correction(portal: Portal) -> Correction:
    with portal.services.database.reading() as session:
        (row,) = session.query(Correction).all()
    return row


def test_what_a_signer_corrected_is_taken_over_with_one_click(portal: Portal) -> None:
    envelope_id = corrected(portal)
    frame = tab(portal)
    assert 'data-testid="asked-correction"' in frame.html
    url = f"{TRAIL}/{envelope_id}/corrections/{correction(portal).id}"
    before = len(portal.emulator.state.contacts[1].fm)
    for _ in range(2):
        reply = frame.post(url, answer="yes")
        assert reply.status_code == 200
        assert "asked-correction" not in reply.text
    contact = portal.emulator.state.contacts[1]
    assert "+33 1 99 00 77 77" in [one.value for one in contact.fm]
    assert len(contact.fm) == before
    assert (correction(portal).state, correction(portal).decided_by) == ("accepted", "1")


def test_a_correction_may_be_left_and_the_crm_stays_as_it_is(portal: Portal) -> None:
    envelope_id = corrected(portal)
    frame = tab(portal)
    frame.post(f"{TRAIL}/{envelope_id}/corrections/{correction(portal).id}", answer="no")
    assert "+33 1 99 00 77 77" not in [v.value for v in portal.emulator.state.contacts[1].fm]
    assert correction(portal).state == "refused"


def test_what_cannot_be_changed_from_here_is_said_and_stays_open(portal: Portal) -> None:
    envelope_id = corrected(portal, name="client.vat_id")
    reply = tab(portal).post(
        f"{TRAIL}/{envelope_id}/corrections/{correction(portal).id}", answer="yes"
    )
    assert reply.status_code == 409
    assert correction(portal).state == "open"


def test_the_same_value_in_other_spaces_is_no_correction(portal: Portal) -> None:
    phone = portal.emulator.state.contacts[1].first("PHONE")
    corrected(portal, value=f"  {phone} ")
    with portal.services.database.reading() as session:
        assert session.query(Correction).all() == []
