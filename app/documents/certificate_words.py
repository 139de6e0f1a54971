"""The certificate's sentences, in the envelope's language."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime

from app.core.evidence import AuditEvent, EventKind
from app.core.fields import SignatureWay
from app.documents.certificate_data import PersonEvidence
from app.texts import locale_name, signer_language, translator


def _(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated when used."""
    return text


_EVENTS = {
    EventKind.CREATED: _("Envelope created"),
    EventKind.PREPARED: _("Document prepared"),
    EventKind.SENT: _("Sent for signature"),
    EventKind.INVITED: _("{name} invited {how}"),
    EventKind.DELIVERY_FAILED: _("A message to {name} could not be delivered {how}"),
    EventKind.LINK_COPIED: _("The signing link of {name} was copied by the sender"),
    EventKind.OPENED: _("{name} opened the signing link"),
    EventKind.VIEWED: _("{name} viewed the document"),
    EventKind.CODE_SENT: _("One-time code sent to {name} {how}"),
    EventKind.CODE_ACCEPTED: _("{name} entered the right one-time code"),
    EventKind.CODE_REFUSED: _("A wrong one-time code was entered for {name}"),
    EventKind.CONSENTED: _("{name} agreed to sign electronically"),
    EventKind.SIGNED: _("{name} signed"),
    EventKind.DECLINED: _("{name} declined to sign"),
    EventKind.REMINDED: _("{name} reminded {how}"),
    EventKind.VOIDED: _("The envelope was withdrawn"),
    EventKind.EXPIRED: _("The envelope expired"),
    EventKind.COMPLETED: _("Everyone has signed"),
    EventKind.SEALED: _("The document was sealed"),
    EventKind.COPY_SENT: _("Copy sent to {name} {how}"),
    EventKind.HANDOVER_ASKED: _("{name} suggested a colleague to sign instead"),
    EventKind.HANDOVER_REFUSED: _("The sender kept the signer {name}"),
    EventKind.HANDOVER_TAKEN_BACK: _("{name} decided to sign after all"),
    EventKind.HANDED_OVER: _("The sender agreed: {name} signs instead"),
    EventKind.NOT_MEANT: _("{name} said that the document is not meant for them"),
    EventKind.RENEWAL_ASKED: _("{name} asked for a new link"),
    EventKind.CORRECTED: _("The sender corrected how {name} is reached"),
    EventKind.CODE_LIFTED: _("{witness} lifted the one-time code of {name}"),
    EventKind.IN_PERSON: _("{witness} handed {name} a device to sign in person"),
    EventKind.HELD: _("A legal hold keeps the document"),
    EventKind.RELEASED: _("The legal hold was lifted"),
    EventKind.RETENTION_ENDED: _("The retention has ended: files and names were deleted"),
    EventKind.EXTENDED: _("The sender extended the deadline"),
}
_HOW = {
    "email": _("by e-mail to {to}"),
    "sms": _("by text message to {to}"),
    "link": _("by a link handed over in person"),
    "portal": _("inside the Bitrix24 portal"),
}
_IDENTIFIED = {
    "portal": _("Signed in to the company’s Bitrix24 portal."),
    "in_person": _("Signed in person, on a device of the company’s, in the presence of {witness}."),
    "code_other": _("Personal link, and a one-time code sent over another channel."),
    "code_same": _("Personal link sent to the address below, and a one-time code sent to it."),
    "link": _("Personal link sent to the address below. No further check."),
    "handed": _("Personal link handed over by the sender. No further check."),
}
_WAYS = {
    SignatureWay.TYPED: _("Name typed and confirmed"),
    SignatureWay.DRAWN: _("Drawn by hand on the screen"),
    SignatureWay.PICTURE: _("Picture of a signature"),
}
_BROWSERS = (
    (r"Edg(?:e|A|iOS)?/(\d+)", "Edge"),
    (r"(?:OPR|Opera)/(\d+)", "Opera"),
    (r"SamsungBrowser/(\d+)", "Samsung Internet"),
    (r"YaBrowser/(\d+)", "Yandex"),
    (r"(?:Firefox|FxiOS)/(\d+)", "Firefox"),
    (r"(?:HeadlessChrome|Chrome|CriOS)/(\d+)", "Chrome"),
    (r"Version/(\d+)[\d.]* (?:Mobile/\w+ )?Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


class Words:
    """Sentences and dates in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = signer_language(lang)
        self._locale = locale_name(self.lang)
        self.say = translator(lang)

    def moment(self, at: datetime | None) -> str:
        """Return date and time in UTC, to the second."""
        if at is None:
            return "–"
        text = format_datetime(at, "d MMMM y, HH:mm:ss", tzinfo=UTC, locale=self._locale)
        return f"{text} UTC"

    def day(self, at: date) -> str:
        """Return the date in words."""
        return format_date(at, "d MMMM y", locale=self._locale)

    def identified(self, person: PersonEvidence) -> str:
        """Return how a person was identified, as a sentence."""
        is_handed = person.identified_by == "link" and person.channel == "link"
        sentence = _IDENTIFIED.get("handed" if is_handed else person.identified_by)
        return self.say(sentence).replace("{witness}", person.witness) if sentence else ""

    def way(self, person: PersonEvidence) -> str:
        """Return how the signature was made."""
        return self.say(_WAYS[person.signature.way]) if person.signature else ""

    def event(self, event: AuditEvent, people: Mapping[str, PersonEvidence]) -> str:
        """Return what happened, as a sentence."""
        person = people.get(event.actor)
        name = person.name if person else event.data.get("name", "")
        sentence = self.say(_EVENTS[event.kind])
        said = sentence.replace("{name}", name).replace("{how}", self._how(event))
        said = said.replace("{witness}", event.data.get("witness", ""))
        return " ".join(said.split())

    def _how(self, event: AuditEvent) -> str:
        how = _HOW.get(event.data.get("channel", ""))
        return self.say(how).replace("{to}", event.data.get("to", "")) if how else ""

    def event_details(self, event: AuditEvent, people: Mapping[str, PersonEvidence]) -> list[str]:
        """Return what more is known of an event: who did it when the sentence does not say, from where, why."""
        found = []
        if event.actor.startswith("portal_user:") and "witness" not in event.data:
            found.append(
                event.data.get("name")
                or self.say(_("Portal user {id}")).replace("{id}", event.actor[12:])
            )
        if reason := event.data.get("reason") or event.data.get("error"):
            found.append(f"“{reason}”")
        if event.ip:
            found.append(f"IP {event.ip}")
        if event.browser:
            found.append(browser_name(event.browser))
        return found


def browser_name(agent: str) -> str:
    """Return browser and system in short ("Chrome 126, Android"); an unknown one as it named itself, cut."""
    names = [f"{name} {found[1]}" for form, name in _BROWSERS if (found := re.search(form, agent))]
    systems = [name for mark, name in _SYSTEMS if mark in agent]
    return ", ".join(names[:1] + systems[:1]) if names else agent[:60]


def by_actor(people: Sequence[PersonEvidence]) -> dict[str, PersonEvidence]:
    """Return the people by the actor name that audit events use."""
    return {f"recipient:{person.id}": person for person in people}
