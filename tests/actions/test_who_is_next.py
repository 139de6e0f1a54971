"""Who is next among five: in turn, side by side, viewers at the end, a link by hand; and who hears of the end."""

from __future__ import annotations

import pytest

from app.actions.invite import invite, remind_due
from app.actions.report import send_copies
from app.actions.sign_decline import decline
from app.services import Services
from app.store import deliveries, envelopes
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation
from tests.signing_kit import make_signers, with_asked_jobs

ORDERS = {"us": 1, "anna": 2, "ben": 2, "viewer": 1, "last": 3}


@pytest.fixture
def five(services: Services) -> str:
    """One of ours, then two side by side, then one more; and a viewer."""
    portal_id = make_installation(services.database)
    envelope_id = make_envelope(services.database, portal_id, signers=tuple(ORDERS))
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            person.order = ORDERS[person.role_key]
            person.role = "viewer" if person.role_key == "viewer" else "signer"
    return envelope_id


def sign(services: Services, envelope_id: str, *who: str) -> None:
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            if person.role_key in who:
                person.state, person.signed_at = "signed", services.now()


def written_to(services: Services, envelope_id: str, purpose: str) -> list[str]:
    """Return who was written to, sorted; "sender" for them."""
    with services.database.reading() as session:
        names = {one.id: one.role_key for one in envelopes.recipients(session, envelope_id)}
        sent = [d for d in deliveries.of_envelope(session, envelope_id) if d.purpose == purpose]
    return sorted(names.get(one.recipient_id, "sender") for one in sent)


def test_each_is_invited_when_it_is_their_turn_and_once(services: Services, five: str) -> None:
    turns = []
    for done in ((), ("us",), ("anna",), ("ben",)):
        sign(services, five, *done)
        invite(services, five)
        invite(services, five)
        turns.append(written_to(services, five, "invitation"))
    assert turns == [
        ["us"],
        ["anna", "ben", "us"],
        ["anna", "ben", "us"],
        ["anna", "ben", "last", "us"],
    ]


def test_only_those_whose_turn_it_is_are_reminded(
    services: Services, clock: Clock, five: str
) -> None:
    invite(services, five)
    sign(services, five, "us")
    invite(services, five)
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, five):
            person.invited_at = clock.at if person.state == "invited" else None
    clock.pass_by(days=2, hours=3)
    remind_due(services)
    assert written_to(services, five, "reminder") == ["anna", "ben"]


def test_the_whole_is_told_at_the_end_viewers_too(services: Services, five: str) -> None:
    sign(services, five, "us", "anna", "ben", "last")
    with services.database.transaction() as session:
        envelopes.lock(session, five).status = "sealed"
    for _ in range(2):
        send_copies(services, five)
    assert written_to(services, five, "copy") == [
        "anna",
        "ben",
        "last",
        "sender",
        "us",
        "viewer",
    ]


def test_at_a_decline_the_sender_hears_and_everyone_who_had_been_asked(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signers = make_signers(tools, parties=("us", "anna", "ben", "viewer", "last"))
    states = {"us": "signed", "anna": "invited", "ben": "invited", "last": "waiting"}
    envelope_id = signers["anna"].caller.envelope_id
    with tools.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            person.order = ORDERS[person.role_key]
            person.role = "viewer" if person.role_key == "viewer" else "signer"
            person.state = states.get(person.role_key, "waiting")
    decline(tools, signers["anna"].caller, "Not this year.")
    assert written_to(tools, envelope_id, "declined") == ["ben", "sender", "us"]


def test_a_link_by_hand_is_written_to_nobody(services: Services) -> None:
    portal_id = make_installation(services.database)
    made = make_envelope(services.database, portal_id, signers=("client",), channel="link")
    assert invite(services, made) == []
    with services.database.reading() as session:
        (person,) = envelopes.recipients(session, made)
    assert (person.state, person.invited_at) == ("invited", services.now())
