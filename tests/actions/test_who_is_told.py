"""Who hears of what, in which language, and what the card says of those who have not signed."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.actions import message_texts
from app.actions.card import show_card
from app.actions.expire import expire_due
from app.actions.invite import invite
from app.actions.message import carry
from app.actions.void import void
from app.core.own_words import OwnWords
from app.core.record import PortalUser
from app.services import Services
from app.store import envelopes
from tests.actions.reaching_kit import change, messages_of, sent_envelope
from tests.actions.test_portal_away import Timeline, beside
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation


def mail_of(services: Services, delivery_id: str) -> EmailMessage:
    content = (Path(services.settings.data) / "outbox" / f"{delivery_id}.eml").read_bytes()
    return message_from_bytes(content, EmailMessage, policy=policy.default)


def subject(services: Services, delivery_id: str) -> str:
    return str(mail_of(services, delivery_id)["Subject"])


def envelope_portal(services: Services, envelope_id: str) -> str:
    with services.database.reading() as session:
        return envelopes.get(session, envelope_id).portal_id


@pytest.fixture
def in_french(services: Services) -> str:
    """An English document on a French portal, waiting for one person."""
    portal_id = make_installation(services.database, lang="fr")
    return make_envelope(services.database, portal_id, signers=("client",), lang="en")


def test_a_colleague_is_written_to_in_the_portals_language(
    services: Services, in_french: str
) -> None:
    change(services, in_french, role_key="us", portal_user_id="7", lang="en")
    (made,) = invite(services, in_french)
    carry(services, made)
    assert subject(services, made).startswith("À signer pour")


def test_a_client_is_written_to_in_their_own(services: Services, in_french: str) -> None:
    change(services, in_french, lang="en")
    (made,) = invite(services, in_french)
    carry(services, made)
    assert "asks you to sign" in subject(services, made)


def test_the_sender_is_written_to_in_the_portals_language(
    services: Services, in_french: str, clock: Clock
) -> None:
    invite(services, in_french)
    with services.database.transaction() as session:
        envelopes.lock(session, in_french).deadline = clock.at
    clock.pass_by(days=1)
    expire_due(services)
    to_sender = next(one for one in messages_of(services, in_french) if not one.recipient_id)
    carry(services, to_sender.id)
    assert subject(services, to_sender.id).startswith("Signature close")


def test_who_takes_a_document_back_is_not_told_that_they_did(services: Services) -> None:
    portal_id = make_installation(services.database)
    envelope_id = make_envelope(services.database, portal_id)
    with services.database.transaction() as session:
        for person in envelopes.recipients(session, envelope_id):
            person.state = "invited"
            person.portal_user_id = "7" if person.role_key == "us" else ""
    void(services, envelope_id, actor="portal_user:7", reason="Wrong price")
    assert [one.address for one in messages_of(services, envelope_id)] == ["client@example.org"]


def test_a_voided_card_promises_no_signature(services: Services) -> None:
    timeline = Timeline()
    envelope_id = sent_envelope(services)
    void(services, envelope_id, actor="portal_user:1", reason="")
    show_card(beside(services, timeline, lambda: False), envelope_id, holder="h")
    blocks = str(timeline.cards[1]["layout"]["body"]["blocks"])
    assert "has not signed" in blocks
    assert "signs later" not in blocks


def test_a_portals_own_words_reach_the_people_they_are_for(
    services: Services, in_french: str
) -> None:
    portal_id = envelope_portal(services, in_french)
    who = PortalUser(portal_id, "1", "fr", is_admin=True)
    words = OwnWords(subject="{name}, a word from {company}", body="One.\n\nTwo for {title}.")
    message_texts.keep(services, who, "invitation", "en", words)
    (made,) = invite(services, in_french)
    carry(services, made)
    assert subject(services, made) == "Jean Exemple, a word from Atelier Lumen"
    text = mail_of(services, made).get_body(("plain",)).get_content()
    assert "One.\n\nTwo for Services contract." in text.replace("\r\n", "\n")
    assert "/s/" in text


def test_the_sender_is_led_to_the_record_and_no_one_else(
    services: Services, in_french: str, clock: Clock
) -> None:
    invite(services, in_french)
    with services.database.transaction() as session:
        envelopes.lock(session, in_french).deadline = clock.at
    clock.pass_by(days=1)
    expire_due(services)
    for one in messages_of(services, in_french):
        if one.purpose == "expired":
            carry(services, one.id)
            text = mail_of(services, one.id).get_body(("plain",)).get_content()
            assert ("/crm/deal/details/7/" in text) is not bool(one.recipient_id)
            assert "/s/" not in text
