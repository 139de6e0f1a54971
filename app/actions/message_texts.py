"""The words of our messages on a portal: its administrator reads, changes, previews and tries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core.own_words import EDITIONS, OwnWords, checked
from app.core.record import PortalUser
from app.crm.people import employee
from app.crm.rows import Row
from app.delivery.channel import Kind, Message
from app.delivery.gsm import is_gsm7, parts
from app.delivery.messages import RenderedMessage, our_words, render
from app.errors import BadInput, NotAllowed, NotFound, TooMany
from app.services import Services
from app.store import allowances, message_texts
from app.texts import LANGUAGES, translator

SAMPLES_AN_HOUR = 12
"""How many test messages one person may have sent to themselves in an hour."""
SAMPLE_LINK = "https://sign.example.com/s/kT3vQm8yX2LrB7cN5pWz4DfJ6hGs9AeU1oRi0YnVqMt"
"""As long as a real one, so that an SMS is counted as it will be."""


@dataclass(frozen=True, slots=True)
class Edited:
    """One edition in one language: our words, the portal's own ("" where ours stand), its gaps."""

    edition: str
    lang: str
    ours: OwnWords
    own: OwnWords
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A message as its reader will see it, with sample values. `sms_parts`: what a gateway charges."""

    mail: RenderedMessage
    sms: str
    sms_parts: int
    is_plain: bool
    """Whether the SMS needs no alphabet but the telephone's own."""


def worded(services: Services, who: PortalUser) -> frozenset[tuple[str, str]]:
    """Return (edition, language) of what this portal says in its own words. Raises NotAllowed."""
    _require_admin(who)
    with services.database.reading() as session:
        return message_texts.worded(session, who.portal_id)


def one(services: Services, who: PortalUser, edition: str, lang: str) -> Edited:
    """Return what is said in this edition and language. Raises NotAllowed, NotFound."""
    _require_known(who, edition, lang)
    with services.database.reading() as session:
        own = message_texts.find(session, who.portal_id, edition, lang) or OwnWords()
    return Edited(edition, lang, our_words(edition, lang), own, EDITIONS[edition].gaps)


def keep(services: Services, who: PortalUser, edition: str, lang: str, words: OwnWords) -> None:
    """Keep the portal's words; where they are empty or ours, ours stand. Raises BadInput, NotAllowed, NotFound."""
    own = _own(who, edition, lang, words)
    with services.database.transaction() as session:
        message_texts.keep(
            session,
            who.portal_id,
            edition,
            lang,
            words=own,
            user_id=who.user_id,
            now=services.now(),
        )


def preview(
    services: Services, who: PortalUser, edition: str, lang: str, words: OwnWords
) -> Preview:
    """Return the message with sample values. Raises BadInput naming the part to correct, NotAllowed, NotFound."""
    own = _own(who, edition, lang, words)
    message, values = EDITIONS[edition].message, _sample(services, edition, lang)
    mail = render(message, lang, values, own)
    sms = render(message, lang, {**values, "channel": Kind.SMS.value}, own).text
    return Preview(
        mail=mail,
        sms=sms,
        sms_parts=parts(sms),
        is_plain=is_gsm7(sms),
    )


def send_sample(
    services: Services, who: PortalUser, edition: str, lang: str, words: OwnWords
) -> str:
    """Send the message with sample values to the administrator's own address and return that.

    Raises BadInput, NotAllowed, NotFound, TooMany after some in an hour, PortalErrors, DeliveryFailed.
    """
    own = _own(who, edition, lang, words)
    _count_sample(services, who)
    client = services.portals.client(who.portal_id, who.user_id)
    found = client.call("user.current", {})
    me = employee(found if isinstance(found, Mapping) else _NOBODY)
    if not me.emails:
        raise BadInput("Your Bitrix24 profile has no e-mail address.")
    mail = render(EDITIONS[edition].message, lang, _sample(services, edition, lang), own)
    services.channels.send(
        Message(
            to=me.emails[0],
            channel=Kind.EMAIL,
            subject=f"[{translator(who.lang)('Test')}] {mail.subject}",
            text=mail.text,
            html=mail.html,
            message_id=f"test-{services.new_id()}",
            from_name=me.name,
        )
    )
    return me.emails[0]


def _count_sample(services: Services, who: PortalUser) -> None:
    """Raise TooMany when this person was sent enough samples lately."""
    allowed = allowances.allow(
        services.database,
        who.portal_id,
        f"sample:{who.user_id}",
        now=services.now().timestamp(),
        burst=SAMPLES_AN_HOUR,
        per_second=SAMPLES_AN_HOUR / 3600,
    )
    if not allowed:
        raise TooMany("Enough test messages for now. Please wait a few minutes.")


_NOBODY: Row = {}


def _own(who: PortalUser, edition: str, lang: str, words: OwnWords) -> OwnWords:
    """Return the words that differ from ours, checked."""
    _require_known(who, edition, lang)
    ours = checked(edition, our_words(edition, lang))
    typed = checked(edition, words)
    return OwnWords(
        subject="" if typed.subject == ours.subject else typed.subject,
        heading="" if typed.heading == ours.heading else typed.heading,
        body="" if typed.body == ours.body else typed.body,
        sms="" if typed.sms == ours.sms else typed.sms,
    )


def _require_known(who: PortalUser, edition: str, lang: str) -> None:
    _require_admin(who)
    if edition not in EDITIONS or lang not in LANGUAGES:
        raise NotFound


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed("Only an administrator of your Bitrix24 may see this.")


def _sample(services: Services, edition: str, lang: str) -> dict[str, object]:
    """Return sample values: people and a company that do not exist."""
    one, say = EDITIONS[edition], translator(lang)
    is_team = bool(one.role)
    return {
        "channel": Kind.EMAIL.value,
        "recipient_name": "Hélène Marchand" if is_team else "Camille Renard",
        "recipient_role": one.role or "client",
        "sender_name": "Hélène Marchand",
        "sender_email": "helene.marchand@example.com",
        "company_name": "Atelier Lumen",
        "client": "Exemple SAS",
        "title": say("Services contract"),
        "by_name": "Camille Renard",
        "deadline": "24.12.2026",
        "number": "P-2026-000042",
        "link": SAMPLE_LINK if edition not in _WITHOUT_LINK else "",
        "code": "482913" if edition == "code" else "",
        "base_url": services.settings.base_url,
        "signers": (("Hélène Marchand", "24.11.2026"), ("Camille Renard", "25.11.2026")),
    }


_WITHOUT_LINK = frozenset(
    {"code", "declined", "expired", "voided", "declined-sender", "expired-sender"}
    | {"not_meant", "renewal"}
)
