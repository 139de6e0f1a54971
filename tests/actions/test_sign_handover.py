"""Handing over: proposed by the signer, answered by the sender, and never two people in one seat."""

from __future__ import annotations

import pytest

from app.actions import sign_handover
from app.actions.sign import sign
from app.actions.sign_look import look
from app.core.signing import Stage
from app.errors import BadInput, NotFound, WrongState
from app.services import Services
from app.store import envelopes
from app.store.tables import Delivery, Recipient
from tests.signing_kit import AskedJobs, Signer, make_signer, make_signers, with_asked_jobs

Desk = tuple[Services, AskedJobs, Signer]


@pytest.fixture
def desk(services: Services) -> Desk:
    tools, jobs = with_asked_jobs(services)
    return tools, jobs, make_signer(tools)


def propose(services: Services, signer: Signer, email: str = "ana@example.org") -> str:
    """Propose Ana and return the token of the sender's question."""
    sign_handover.propose(services, signer.caller, name=" Ana  Exemple ", email=email)
    with services.database.reading() as session:
        rows = session.query(Delivery).filter_by(purpose="handover")
        newest = rows.order_by(Delivery.created_at.desc(), Delivery.key.desc()).all()
        asked = [row for row in newest if _is_open(services, row)]
    return services.secrets.decrypt(f"delivery:{asked[0].id}", asked[0].secret_enc)


def _is_open(services: Services, delivery: Delivery) -> bool:
    token = services.secrets.decrypt(f"delivery:{delivery.id}", delivery.secret_enc)
    return sign_handover.question(services, token).is_open


def answer(services: Services, token: str, *, agrees: bool) -> sign_handover.Question:
    return sign_handover.answer(services, token, agrees=agrees, ip="192.0.2.9", browser="Sender")


def people(services: Services, signer: Signer) -> list[Recipient]:
    with services.database.reading() as session:
        return envelopes.recipients(session, signer.envelope_id)


def test_a_proposal_asks_the_sender_and_nobody_signs_meanwhile(desk: Desk) -> None:
    services, jobs, signer = desk
    token = propose(services, signer)
    assert look(services, signer.caller).stage is Stage.HANDING_OVER
    with pytest.raises(WrongState):
        sign(services, signer.caller, signer.submission())
    asked = sign_handover.question(services, token)
    assert (asked.colleague.name, asked.colleague.email) == ("Ana Exemple", "ana@example.org")
    assert [p.name for p in people(services, signer)] == ["Jean Exemple"]
    assert "message" in jobs.flows()
    assert signer.event("handover_asked")["colleague"] == "Ana Exemple"


def test_agreed_the_colleague_takes_the_seat_and_is_invited(desk: Desk) -> None:
    services, jobs, signer = desk
    answer(services, propose(services, signer), agrees=True)
    now = people(services, signer)
    assert [(p.name, p.role, p.state, p.role_key) for p in now] == [
        ("Ana Exemple", "signer", "waiting", "client")
    ]
    assert ("deliver", f"deliver:{signer.envelope_id}:{now[0].id}") in jobs.asked
    assert look(services, signer.caller).stage is Stage.HANDED_OVER
    with pytest.raises(WrongState):
        sign(services, signer.caller, signer.submission())
    assert signer.event("handed_over")["instead_of"] == "Jean Exemple"


def test_refused_the_first_person_goes_on(desk: Desk) -> None:
    services, _, signer = desk
    token = propose(services, signer)
    answer(services, token, agrees=False)
    assert look(services, signer.caller).stage is Stage.READY
    sign(services, signer.caller, signer.submission())
    assert signer.row.state == "signed"
    assert not sign_handover.question(services, token).is_open


def test_an_answer_counts_once(desk: Desk) -> None:
    services, _, signer = desk
    token = propose(services, signer)
    answer(services, token, agrees=False)
    answer(services, token, agrees=True)
    assert [p.name for p in people(services, signer)] == ["Jean Exemple"]
    assert signer.events().count("handover_refused") == 1
    assert "handed_over" not in signer.events()


def test_taken_back_the_sender_is_not_asked_any_more(desk: Desk) -> None:
    services, _, signer = desk
    token = propose(services, signer)
    sign_handover.take_back(services, signer.caller)
    assert look(services, signer.caller).stage is Stage.READY
    answer(services, token, agrees=True)
    assert [p.name for p in people(services, signer)] == ["Jean Exemple"]


def test_a_second_proposal_takes_the_first_ones_place(desk: Desk) -> None:
    services, _, signer = desk
    first = propose(services, signer)
    second = propose(services, signer, email="ben@example.org")
    assert not sign_handover.question(services, first).is_open
    assert sign_handover.question(services, second).colleague.email == "ben@example.org"


@pytest.mark.parametrize(
    ("name", "email"), [("", "a@example.org"), ("Ana", "nowhere"), ("Ana", "")]
)
def test_a_name_and_an_address_are_asked_for(desk: Desk, name: str, email: str) -> None:
    services, _, signer = desk
    with pytest.raises(BadInput):
        sign_handover.propose(services, signer.caller, name=name, email=email)
    assert look(services, signer.caller).stage is Stage.READY


def test_who_signed_cannot_hand_over_any_more(desk: Desk) -> None:
    services, _, signer = desk
    sign(services, signer.caller, signer.submission())
    with pytest.raises(WrongState):
        sign_handover.propose(services, signer.caller, name="Ana", email="ana@example.org")


def test_a_signers_own_token_answers_no_question(desk: Desk) -> None:
    services, _, signer = desk
    propose(services, signer)
    with pytest.raises(NotFound):
        sign_handover.question(services, signer.token)


def test_the_other_signers_are_not_touched(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signers = make_signers(tools)
    sign(tools, signers["us"].caller, signers["us"].submission())
    answer(tools, propose(tools, signers["client"]), agrees=True)
    assert [p.name for p in people(tools, signers["us"])] == ["Claire Lumen", "Ana Exemple"]
    assert signers["us"].row.state == "signed"
