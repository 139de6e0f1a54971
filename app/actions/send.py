"""Send a prepared envelope: the sender's button, "Use this layout" and automation rules take this one way.

What was sent is remembered as the layout of its document type (story S3) in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.envelope import Act, Status, advance
from app.core.evidence import EventKind
from app.core.fields import FieldKind
from app.core.layout import LayoutSpec, RolePlan, placed_by_hand
from app.core.proposal import THEIRS
from app.errors import BadInput, Refused, WrongState
from app.services import Services
from app.store import audit, envelopes, layouts
from app.store.database import Session
from app.store.tables import Envelope, FieldRow, Recipient

NOT_READY = "The document is still being prepared. Please wait a moment."
ASKS = "Some fields need a look before this can be sent."
NO_PLACE = "{name} has nowhere to sign yet. Add a signature field."


def send(services: Services, envelope_id: str, *, actor: str, now: datetime) -> str:
    """Send the envelope and return its status; sending again changes nothing.

    Raises WrongState when it is not prepared or already over, BadInput when someone has nowhere to sign.
    """
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status in (Status.SENT, Status.SIGNED, Status.SEALED):
            return envelope.status
        people = envelopes.recipients(session, envelope_id)
        fields = envelopes.fields(session, envelope_id)
        _check(envelope, people, fields)
        envelope.status = advance(Status(envelope.status), Act.SEND).value
        envelope.sent_at = now
        envelope.deadline = now + timedelta(
            days=envelope.deadline_days or services.settings.link_days
        )
        _remember(services, session, envelope, people, fields)
        event = audit.record(
            session,
            envelope,
            EventKind.SENT,
            at=now,
            actor=actor,
            data=_evidence(envelope, people, actor),
        )
        services.jobs.enqueue(session, "deliver", f"deliver:{envelope_id}:start", envelope_id)
        card = f"card:{envelope_id}:{event.number}"
        services.jobs.enqueue(session, "card", card, envelope_id)
        return envelope.status


def send_prepared(services: Services, envelope_id: str) -> str:
    """Send what was asked to be sent at once; return "sent", "ready" (a person sends) or "asking".

    What keeps it from being sent becomes a question to the sender instead of a failure.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        wants, actor = envelope.auto_send, _actor(envelope)
    if not wants:
        return "ready"
    try:
        send(services, envelope_id, actor=actor, now=services.now())
    except Refused as error:
        _ask(services, envelope_id, str(error))
        return "asking"
    return "sent"


def _check(envelope: Envelope, people: Sequence[Recipient], fields: Sequence[FieldRow]) -> None:
    if envelope.status != Status.DRAFT:
        raise WrongState
    if envelope.prepare_state == "asking" or any(field.question for field in fields):
        raise BadInput(ASKS, field="fields")
    if envelope.prepare_state != "ready":
        raise WrongState(NOT_READY)
    places = {field.role for field in fields if field.kind == FieldKind.SIGNATURE}
    for person in people:
        if person.role == "signer" and person.role_key not in places:
            raise BadInput(NO_PLACE, field="fields", name=person.name)


def _remember(
    services: Services,
    session: Session,
    envelope: Envelope,
    people: Sequence[Recipient],
    fields: Sequence[FieldRow],
) -> None:
    """Keep what was just sent as the layout of its document type. A rule repeats one; it makes none."""
    if envelope.origin == "rule" or envelope.sent_at is None:
        return
    papers = envelopes.documents(session, envelope.id)
    pages = sum(paper.page_count for paper in papers)
    first, *others = (
        placed_by_hand([envelopes.as_field(row) for row in fields if row.document_id == paper.id])
        for paper in papers
    )
    spec = LayoutSpec(
        roles=tuple(_role(person) for person in people),
        fields=first,
        more_fields=tuple(others),
        source=envelope.source,
        title=envelope.source.get("template_name") or envelope.title,
        page_count=pages,
    )
    layouts.remember(
        session,
        portal_id=envelope.portal_id,
        document_type=envelope.document_type,
        spec=spec,
        used_at=envelope.sent_at,
        used_on=envelope.record_title,
        envelope_id=envelope.id,
        user_id=envelope.created_by,
        client_id=next((p.contact_id for p in people if p.role_key == THEIRS), ""),
        new_id=services.new_id(),
    )


def _role(person: Recipient) -> RolePlan:
    return RolePlan(
        key=person.role_key,
        order=person.order,
        channel=person.channel,
        needs_code=person.needs_code,
        portal_user_id=person.portal_user_id,
    )


def _evidence(envelope: Envelope, people: Sequence[Recipient], actor: str) -> dict[str, str]:
    order = ", ".join(f"{person.order}. {person.name}" for person in people)
    found = {"title": envelope.title, "number": envelope.number, "order": order}
    by_its_maker = actor == f"portal_user:{envelope.created_by}"
    return {**found, "name": envelope.sender_name} if by_its_maker else found


def _actor(envelope: Envelope) -> str:
    return "system" if envelope.origin == "rule" else f"portal_user:{envelope.created_by}"


def _ask(services: Services, envelope_id: str, sentence: str) -> None:
    """Stop at a person: the draft stays, with what is missing."""
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        if envelope.status == Status.DRAFT:
            envelope.prepare_state, envelope.prepare_error = "asking", sentence
            envelope.auto_send = False
