"""Carry one message: render it, hand it to its channel, keep the receipt.

"Sent" is only said after a provider accepted. A message interrupted between the provider's yes and our commit is
sent again under the same Message-ID (mail) or found by its reference (SMS). An SMS gateway that cannot find a
message by our reference gets it once: what happened to an interrupted one stays unknown, and is said so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date

from app.core.envelope import RecipientState
from app.core.evidence import EventKind
from app.core.file_names import pdf_name
from app.core.own_words import OwnWords, edition_of
from app.core.record import RecordKey, record_path
from app.crm.mail import CrmMail, send_mail
from app.delivery.channel import Attachment, Kind, Message, Receipt
from app.delivery.messages import render
from app.errors import DeliveryFailed, PortalRefused
from app.services import Services
from app.store import audit, deliveries, envelopes, installations, message_texts
from app.store.database import Session
from app.store.tables import Delivery, Envelope, Recipient
from app.texts import locale_name, signer_language

ACCEPTED_AS = {
    "invitation": EventKind.INVITED,
    "reminder": EventKind.REMINDED,
    "deadline": EventKind.REMINDED,
    "code": EventKind.CODE_SENT,
    "copy": EventKind.COPY_SENT,
}
UNSHOWN = frozenset({EventKind.CODE_SENT, EventKind.COPY_SENT})
"""What changes nothing on the card."""
CALLS = frozenset({"invitation", "reminder", "deadline"})
"""What asks a person to sign."""
WITHOUT_LINK = frozenset({"copy", "declined", "expired", "voided"})
"""What may stand on the CRM's timeline."""
TO_SENDER = frozenset({"declined", "expired", "not_meant", "renewal"})
"""What tells the sender that something is to be done on the record."""
UNSURE = "We cannot tell whether this SMS went out, so it is not sent a second time."


@dataclass(frozen=True, slots=True)
class Job:
    """What a message needs, read before any network call."""

    delivery: Delivery
    envelope: Envelope
    recipient: Recipient | None
    people: tuple[Recipient, ...]
    sealed: tuple[tuple[str, str], ...]
    """(file name, SHA-256) of what to attach."""
    lang: str
    record_address: str
    """Where the sender opens the record, in their portal."""
    own: OwnWords | None
    """What the portal says in place of our words."""


def carry(services: Services, delivery_id: str) -> str:
    """Send the message of a delivery once; return its state: "accepted", "failed" or "dropped".

    Raises DeliveryFailed when waiting helps.
    """
    with services.database.reading() as session:
        job = _read(session, delivery_id)
    if job.delivery.state != "waiting":
        return job.delivery.state
    if _is_pointless(job):
        return _close(services, job, state="failed", error="No longer needed.")
    blind = services.channels.sends_blindly(Kind(job.delivery.channel))
    if blind and not _begin(services, delivery_id):
        return _close(services, job, state="failed", error=UNSURE)
    try:
        receipt = _by_crm(services, job) or services.channels.send(_message(services, job))
    except DeliveryFailed as error:
        if not error.permanent:
            if blind:
                _take_back(services, delivery_id)
            raise
        return _close(services, job, state="failed", error=error.message_key)
    return _close(services, job, state="accepted", receipt=receipt)


def _read(session: Session, delivery_id: str) -> Job:
    delivery = deliveries.get(session, delivery_id)
    envelope = envelopes.get(session, delivery.envelope_id)
    people = envelopes.recipients(session, envelope.id)
    person = next((p for p in people if p.id == delivery.recipient_id), None)
    papers = envelopes.documents(session, envelope.id) if delivery.purpose == "copy" else []
    sealed = tuple(
        (pdf_name(p.name, envelope.number), p.sealed_digest) for p in papers if p.sealed_digest
    )
    portal = installations.get(session, envelope.portal_id)
    lang = _language(person, portal.lang)
    record = record_path(RecordKey(envelope.entity_type_id, envelope.entity_id))
    address = portal.client_endpoint.rstrip("/").removesuffix("/rest") + record
    edition = edition_of(delivery.purpose, person.role_key if person else "sender")
    own = message_texts.find(session, envelope.portal_id, edition, lang)
    return Job(delivery, envelope, person, tuple(people), sealed, lang, address, own)


def _by_crm(services: Services, job: Job) -> Receipt | None:
    """Send through the portal where the operator wants it, nothing when SMTP is the way.

    Only what carries neither link nor code: every colleague may read the timeline. A mailbox that the portal
    refuses to use is no reason to wait.
    """
    person, sender = job.recipient, services.settings.crm_mail_from
    if not sender or person is None or not person.contact_id or job.delivery.secret_enc:
        return None
    if job.delivery.channel != Kind.EMAIL or job.delivery.purpose not in WITHOUT_LINK:
        return None
    message = _message(services, job)
    mail = CrmMail(
        entity_type_id=job.envelope.entity_type_id,
        entity_id=job.envelope.entity_id,
        contact_id=person.contact_id,
        to=message.to,
        sender=sender,
        responsible_id=job.envelope.created_by,
        subject=message.subject,
        html=message.html,
        origin_id=job.delivery.id,
        at=services.now(),
        files=[(one.name, one.content) for one in message.attachments],
    )
    try:
        sent = send_mail(services.portals.client(job.envelope.portal_id), mail)
    except PortalRefused:
        return None
    return Receipt("crm", sent, services.now())


def _is_pointless(job: Job) -> bool:
    """A call to sign, or a code, that nobody waits for any more."""
    purpose, person = job.delivery.purpose, job.recipient
    if purpose not in CALLS and purpose not in ("code", "ending"):
        return False
    has_signed = person is not None and person.state == RecipientState.SIGNED
    return job.envelope.status != "sent" or has_signed


def _begin(services: Services, delivery_id: str) -> bool:
    """Note that the message is about to leave; return whether no earlier life of ours noted it before."""
    with services.database.transaction() as session:
        delivery = deliveries.get(session, delivery_id)
        if delivery.tried_at is not None:
            return False
        delivery.tried_at = services.now()
    return True


def _take_back(services: Services, delivery_id: str) -> None:
    """The message has surely not left: it may be tried again."""
    with services.database.transaction() as session:
        deliveries.get(session, delivery_id).tried_at = None


def _message(services: Services, job: Job) -> Message:
    delivery, envelope = job.delivery, job.envelope
    rendered = render(delivery.purpose, job.lang, _values(services, job, job.lang), job.own)
    by_mail = delivery.channel == Kind.EMAIL
    files = [
        Attachment(name, "application/pdf", services.files.get(digest))
        for name, digest in (job.sealed if by_mail else ())
    ]
    return Message(
        to=delivery.address,
        channel=Kind(delivery.channel),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        message_id=delivery.id,
        reply_to=envelope.sender_email,
        from_name=f"{envelope.sender_name} ({envelope.company_name})".removesuffix(" ()"),
        attachments=tuple(files),
    )


def _language(person: Recipient | None, portal_lang: str) -> str:
    """Return the portal's language for colleagues, whatever the document speaks; else the person's own."""
    if person is None or person.portal_user_id:
        return signer_language(portal_lang)
    return signer_language(person.lang)


def _values(services: Services, job: Job, lang: str) -> dict[str, object]:
    delivery, envelope, person = job.delivery, job.envelope, job.recipient
    base = services.settings.base_url
    secret = ""
    if delivery.secret_enc:
        secret = services.secrets.decrypt(f"delivery:{delivery.id}", delivery.secret_enc)
    is_code = delivery.purpose == "code"
    return {
        "channel": delivery.channel,
        "recipient_name": person.name if person else envelope.sender_name,
        "recipient_role": person.role_key if person else "sender",
        "client": ", ".join(p.company or p.name for p in job.people if p.role_key != "us"),
        "client_waits": any(_comes_after(one, person) for one in job.people),
        "is_sender": person is not None and _is_sender(person, envelope),
        "signers": [(p.name, _day(p.signed_at, lang)) for p in job.people if p.signed_at],
        "by_name": _who_ended(job),
        "sender_name": envelope.sender_name,
        "sender_email": envelope.sender_email,
        "company_name": envelope.company_name,
        "title": envelope.title,
        "number": envelope.number,
        "record_title": envelope.record_title,
        "message": "" if person and person.role_key == "us" else envelope.message,
        "waiting": ", ".join(p.name for p in job.people if _may_still_sign(p)),
        "link": _link(base, job, secret) if secret and not is_code else _record_link(job),
        "code": secret if is_code else "",
        "deadline": _day(envelope.deadline, lang),
        "reason": envelope.reason,
        "base_url": base,
    }


def _link(base: str, job: Job, secret: str) -> str:
    """Return where the message's button leads: the sender's to a page beside the signing."""
    return f"{base}/s/later/{secret}" if job.delivery.purpose == "ending" else f"{base}/s/{secret}"


def _may_still_sign(person: Recipient) -> bool:
    open_states = (RecipientState.WAITING, RecipientState.INVITED)
    return person.role == "signer" and person.state in open_states


def _record_link(job: Job) -> str:
    """Return where the sender can act on what they are told; nobody else is led into the portal."""
    is_news = job.recipient is None and job.delivery.purpose in TO_SENDER
    return job.record_address if is_news else ""


def _day(at: datetime | None, lang: str) -> str:
    return str(format_date(at, format="long", locale=locale_name(lang))) if at else ""


def _is_sender(person: Recipient, envelope: Envelope) -> bool:
    return bool(person.email) and person.email.lower() == envelope.sender_email.lower()


def _comes_after(other: Recipient, person: Recipient | None) -> bool:
    """Whether `other` is a signer who can act only when `person` has signed."""
    return person is not None and other.role == "signer" and other.order > person.order


def _who_ended(job: Job) -> str:
    """Who declined; for a voided envelope the sender."""
    declined = [p.name for p in job.people if p.state == RecipientState.DECLINED]
    return declined[0] if declined else job.envelope.sender_name


def _close(
    services: Services, job: Job, *, state: str, receipt: Receipt | None = None, error: str = ""
) -> str:
    """Keep the outcome, with its audit event, and have the card show it when it shows such."""
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, job.envelope.id)
        delivery = deliveries.get(session, job.delivery.id)
        if delivery.state != "waiting":
            return delivery.state
        delivery.state, delivery.error, delivery.secret_enc = state, error, ""
        if receipt:
            delivery.provider, delivery.provider_id = receipt.provider, receipt.provider_id
            delivery.accepted_at = receipt.accepted_at
        _tell(services, session, envelope, delivery)
    return state


def _tell(services: Services, session: Session, envelope: Envelope, delivery: Delivery) -> None:
    now = services.now()
    accepted = delivery.state == "accepted"
    kind = ACCEPTED_AS.get(delivery.purpose) if accepted else EventKind.DELIVERY_FAILED
    if kind is None:
        return
    if accepted and delivery.purpose == "invitation":
        for person in envelopes.recipients(session, envelope.id):
            if person.id == delivery.recipient_id:
                person.invited_at = now
    data = {"channel": delivery.channel, "purpose": delivery.purpose, "to": delivery.address}
    if delivery.error:
        data["error"] = delivery.error
    actor = f"recipient:{delivery.recipient_id}" if delivery.recipient_id else "system"
    event = audit.record(session, envelope, kind, at=now, actor=actor, data=data)
    if kind not in UNSHOWN:
        services.jobs.enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)
