"""Declining ends the envelope, with a reason, and the sender is told."""

from __future__ import annotations

import pytest

from app.actions.sign import sign
from app.actions.sign_decline import decline
from app.errors import BadInput, NotYourTurn, WrongState
from app.services import Services
from app.store.tables import Delivery
from tests.signing_kit import make_signer, make_signers, with_asked_jobs


def test_a_declined_envelope_is_over_and_its_sender_is_told(services: Services) -> None:
    tools, jobs = with_asked_jobs(services)
    signer = make_signer(tools)
    decline(tools, signer.caller, " The date does not suit us. ")
    assert signer.envelope.status == "declined"
    assert signer.row.state == "declined"
    assert signer.row.reason == signer.envelope.reason == "The date does not suit us."
    assert signer.event("declined")["reason"] == "The date does not suit us."
    assert jobs.flows() == ["message", "card"]
    with tools.database.reading() as session:
        told = session.query(Delivery).one()
    assert (told.purpose, told.address) == ("declined", "claire.lumen@example.com")


def test_declining_twice_is_declining_once(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    for _ in range(2):
        decline(tools, signer.caller, "No.")
    assert signer.events().count("declined") == 1


@pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
def test_a_reason_is_asked_for(services: Services, reason: str) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    with pytest.raises(BadInput):
        decline(tools, signer.caller, reason)
    assert signer.envelope.status == "sent"


def test_who_signed_cannot_decline_any_more(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    us = make_signers(tools)["us"]
    sign(tools, us.caller, us.submission())
    with pytest.raises(WrongState):
        decline(tools, us.caller, "Changed my mind.")


def test_nobody_declines_before_their_turn(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    client = make_signers(tools)["client"]
    with pytest.raises(NotYourTurn):
        decline(tools, client.caller, "No.")
