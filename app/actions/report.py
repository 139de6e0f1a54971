"""The CRM report at the end: the sealed PDF on the record, and a copy to everyone.

The legal fact stands already; a portal that is away only delays this. Look before write: our number is in the
comment, so a report interrupted after its effect finds itself.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.envelope import Status
from app.core.file_names import pdf_name
from app.crm import timeline
from app.errors import PortalRefused
from app.services import Services
from app.store import deliveries, envelopes, installations
from app.store.database import Session
from app.store.tables import Delivery, Envelope, SigningLink
from app.texts import best_language, translator


def write_comment(services: Services, envelope_id: str) -> str:
    """Put the sealed PDF into a comment of the record, once; return the comment's id, "" when refused."""
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
        people = envelopes.recipients(session, envelope_id)
        lang = best_language(installations.get(session, envelope.portal_id).lang)
    if envelope.comment_id or envelope.status != Status.SEALED:
        return envelope.comment_id
    names = ", ".join(person.name for person in people if person.signed_at)
    say = translator(lang)
    text = say("“{title}” is signed by {names} and sealed. Number: {number}").format(
        title=envelope.title, names=names, number=envelope.number
    )
    files = [
        (pdf_name(p.name, envelope.number), services.files.get(p.sealed_digest)) for p in papers
    ]
    if not envelope.comment_tried:
        with services.database.transaction() as session:
            envelopes.lock(session, envelope_id).comment_tried = True
    try:
        comment_id = timeline.add_comment(
            services.portals.client(envelope.portal_id),
            entity_type_id=envelope.entity_type_id,
            entity_id=envelope.entity_id,
            envelope_id=envelope.id,
            text=text,
            files=files,
            marker=envelope.number,
            look=envelope.comment_tried,
        )
    except PortalRefused as error:
        return _keep(services, envelope_id, "", "refused", error.code)
    return _keep(services, envelope_id, comment_id, "done", "")


def send_copies(services: Services, envelope_id: str) -> int:
    """Ask for a copy to every party and the sender, once each; return how many are new."""
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        made = 0
        for person in envelopes.recipients(session, envelope_id):
            address = person.email or person.phone
            if address and person.email.lower() != envelope.sender_email.lower():
                channel = "email" if person.email else "sms"
                made += _copy(services, session, envelope, person.id, channel, address)
        if envelope.sender_email:
            made += _copy(services, session, envelope, "", "email", envelope.sender_email)
        return made


def _copy(
    services: Services,
    session: Session,
    envelope: Envelope,
    recipient_id: str,
    channel: str,
    address: str,
) -> int:
    key = f"copy:{envelope.id}:{recipient_id or 'sender'}"
    if deliveries.by_key(session, key) is not None:
        return 0
    delivery_id, secret = services.new_id(), ""
    if channel == "sms":
        secret = _link(services, session, envelope, recipient_id, delivery_id)
    delivery = Delivery(
        id=delivery_id,
        key=key,
        secret_enc=secret,
        portal_id=envelope.portal_id,
        envelope_id=envelope.id,
        recipient_id=recipient_id,
        purpose="copy",
        channel=channel,
        address=address,
        created_at=services.now(),
    )
    session.add(delivery)
    services.jobs.enqueue(session, "message", f"message:{delivery.id}", delivery.id)
    return 1


def _link(
    services: Services, session: Session, envelope: Envelope, recipient_id: str, delivery_id: str
) -> str:
    """Make the link under which a person without e-mail fetches the copy; return it encrypted."""
    now, token = services.now(), services.secrets.token()
    session.add(
        SigningLink(
            id=services.new_id(),
            portal_id=envelope.portal_id,
            recipient_id=recipient_id,
            purpose="copy",
            token_hash=services.secrets.keyed_hash("signing_link", token),
            created_at=now,
            expires_at=now + timedelta(days=services.settings.link_days),
        )
    )
    return services.secrets.encrypt(f"delivery:{delivery_id}", token)


def _keep(services: Services, envelope_id: str, comment_id: str, state: str, error: str) -> str:
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope_id)
        row.comment_id, row.report_state, row.report_error = comment_id, state, error
    return comment_id
