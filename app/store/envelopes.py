"""Queries on envelopes and their parts. Every one names its envelope or portal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.envelope import IN_PLAY, RecipientState, Role, Seat, Status
from app.core.fields import Anchor, Field, FieldKind
from app.core.record import RecordKey
from app.errors import NotFound
from app.store.tables import Counter, Document, Envelope, FieldRow, Recipient


def get(session: Session, envelope_id: str) -> Envelope:
    """Return the envelope; raises NotFound."""
    found = session.get(Envelope, envelope_id)
    if found is None:
        raise NotFound
    return found


def of_portal(session: Session, envelope_id: str, portal_id: str) -> Envelope:
    """Return the envelope if it belongs to `portal_id`; raises NotFound, and looks alike if not."""
    found = session.get(Envelope, envelope_id)
    if found is None or found.portal_id != portal_id:
        raise NotFound
    return found


def lock(session: Session, envelope_id: str) -> Envelope:
    """Return the envelope, read afresh and locked until the transaction ends; raises NotFound."""
    query = select(Envelope).where(Envelope.id == envelope_id).with_for_update()
    found = session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def documents(session: Session, envelope_id: str) -> list[Document]:
    """Return the envelope's documents in their order."""
    query = select(Document).where(Document.envelope_id == envelope_id)
    return list(session.execute(query.order_by(Document.position)).scalars())


def recipients(session: Session, envelope_id: str) -> list[Recipient]:
    """Return the envelope's recipients in signing order: those who take part, no one proposed or replaced."""
    taking_part = Recipient.role.in_([role.value for role in IN_PLAY])
    query = select(Recipient).where(Recipient.envelope_id == envelope_id, taking_part)
    return list(session.execute(query.order_by(Recipient.order, Recipient.id)).scalars())


def fields(session: Session, envelope_id: str) -> list[FieldRow]:
    """Return the envelope's fields in reading order."""
    query = select(FieldRow).where(FieldRow.envelope_id == envelope_id)
    order = (FieldRow.document_id, FieldRow.page, FieldRow.y, FieldRow.x)
    return list(session.execute(query.order_by(*order)).scalars())


def of_record(
    session: Session, portal_id: str, entity_type_id: int, entity_id: str
) -> list[Envelope]:
    """Return the envelopes of one CRM record, newest first."""
    query = select(Envelope).where(
        Envelope.portal_id == portal_id,
        Envelope.entity_type_id == entity_type_id,
        Envelope.entity_id == entity_id,
    )
    return list(session.execute(query.order_by(Envelope.created_at.desc())).scalars())


def unsigned(
    session: Session, portal_id: str, record: RecordKey, *, document_type: str = "", but: str = ""
) -> list[Envelope]:
    """Return what waits on a record to be sent or signed, the oldest first.

    document_type: only of this kind, "" for all. but: an envelope to leave out. Drafts a person made do not count:
    nobody has decided yet that they are sent.
    """
    unattended = and_(
        Envelope.status == Status.DRAFT,
        Envelope.origin == "rule",
        Envelope.prepare_state != "failed",
    )
    query = select(Envelope).where(
        Envelope.portal_id == portal_id,
        Envelope.entity_type_id == record.entity_type_id,
        Envelope.entity_id == record.entity_id,
        Envelope.id != but,
        or_(Envelope.status == Status.SENT, unattended),
    )
    if document_type:
        query = query.where(Envelope.document_type == document_type)
    return list(session.execute(query.order_by(Envelope.created_at)).scalars())


def latest(session: Session, portal_id: str, limit: int = 20) -> list[Envelope]:
    """Return the portal's newest envelopes."""
    query = select(Envelope).where(Envelope.portal_id == portal_id)
    return list(session.execute(query.order_by(Envelope.created_at.desc()).limit(limit)).scalars())


def past_deadline(session: Session, now: datetime, limit: int = 100) -> list[str]:
    """Return ids of sent envelopes whose deadline has passed."""
    query = select(Envelope.id).where(Envelope.status == "sent", Envelope.deadline < now)
    return list(session.execute(query.limit(limit)).scalars())


def seats(people: Iterable[Recipient]) -> list[Seat]:
    """Return what the rules of core.envelope need to know of `people`."""
    return [
        Seat(id=p.id, role=Role(p.role), order=p.order, state=RecipientState(p.state))
        for p in people
    ]


def as_field(row: FieldRow) -> Field:
    """Return the core value of a field row."""
    return Field(
        key=row.key,
        kind=FieldKind(row.kind),
        role=row.role,
        page=row.page,
        x=row.x,
        y=row.y,
        w=row.w,
        h=row.h,
        required=row.required,
        label=row.label,
        from_tag=row.from_tag,
        anchor=Anchor(**row.anchor) if row.anchor else None,
        options=tuple(row.options or ()),
        crm_name=row.crm_name or "",
        help=row.help or "",
        format=row.format or "",
    )


def next_number(session: Session, portal_id: str, name: str) -> int:
    """Return the next value of the portal's counter `name`: 1, 2, 3... without repeats."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(Counter).values(portal_id=portal_id, name=name, value=1)
    raised = statement.on_conflict_do_update(
        index_elements=[Counter.portal_id, Counter.name], set_={"value": Counter.value + 1}
    )
    return int(session.execute(raised.returning(Counter.value)).scalar_one())


def by_activity(session: Session, portal_id: str, activity_id: str) -> Envelope | None:
    """Return the envelope whose status card is this activity of the portal."""
    if not activity_id:
        return None
    query = select(Envelope).where(
        Envelope.portal_id == portal_id, Envelope.activity_id == activity_id
    )
    return session.execute(query).scalars().first()
