"""Queries on drafts: an envelope before it is sent, and its fields while a person places them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.draft import Chosen, Draft
from app.core.envelope import RecipientState, Role, Status
from app.core.proposal import OURS
from app.core.record import PortalUser, RecordKey
from app.core.sources import document_type
from app.errors import NotFound
from app.store import envelopes, installations
from app.store.tables import Envelope, FieldRow, Recipient


def exists(session: Session, envelope_id: str) -> bool:
    """Whether there is an envelope of this id."""
    return session.get(Envelope, envelope_id) is not None


def insert(session: Session, draft: Draft, new_id: Callable[[], str]) -> Envelope | None:
    """Add the envelope of `draft` and its recipients; None when it is there already."""
    if exists(session, draft.id):
        return None
    envelope = _envelope(draft, _number(session, draft))
    session.add(envelope)
    session.flush()
    session.add_all(_recipient(session, envelope, draft, one, new_id()) for one in draft.people)
    session.flush()
    return envelope


def _number(session: Session, draft: Draft) -> str:
    """Return a number that no other envelope has: that of a draft thrown away, else the next one.

    So previews leave no holes among the numbers of what was really sent.
    """
    year = f"P-{draft.created_at:%Y}-"
    query = (
        select(Envelope)
        .where(
            Envelope.portal_id == draft.portal_id,
            Envelope.status == Status.VOIDED.value,
            Envelope.sent_at.is_(None),
            Envelope.number.startswith(year, autoescape=True),
        )
        .order_by(Envelope.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    free = session.execute(query).scalar_one_or_none()
    if free is None:
        count = envelopes.next_number(session, draft.portal_id, f"envelope:{draft.created_at:%Y}")
        return f"{year}{count:06d}"
    number, free.number = free.number, f"-{free.id[:31]}"
    session.flush()
    return number


def earlier_previews(session: Session, draft: Draft) -> list[Envelope]:
    """Return this person's drafts of the same documents on the same record on which nobody placed a field.

    Left out: what is just being sent at once.
    """
    touched = select(FieldRow.envelope_id).where(
        FieldRow.portal_id == draft.portal_id, FieldRow.from_tag.is_(False)
    )
    query = select(Envelope).where(
        Envelope.portal_id == draft.portal_id,
        Envelope.entity_type_id == draft.record.entity_type_id,
        Envelope.entity_id == draft.record.entity_id,
        Envelope.created_by == draft.created_by,
        Envelope.document_type == document_type(draft.source.values),
        Envelope.status == Status.DRAFT.value,
        Envelope.origin == "person",
        Envelope.auto_send.is_(False),
        Envelope.id != draft.id,
        Envelope.id.not_in(touched),
    )
    return list(session.execute(query.with_for_update()).scalars())


def _envelope(draft: Draft, number: str) -> Envelope:
    return Envelope(
        id=draft.id,
        portal_id=draft.portal_id,
        number=number,
        entity_type_id=draft.record.entity_type_id,
        entity_id=draft.record.entity_id,
        record_title=draft.record_title,
        title=draft.source.title,
        status=Status.DRAFT.value,
        lang=draft.lang,
        message=draft.message,
        document_type=document_type(draft.source.values),
        source=dict(draft.source.values),
        snapshot_digest=draft.snapshot_digest,
        prepare_state="waiting",
        auto_send=draft.at_once,
        layout_id=draft.layout_id,
        origin=draft.origin,
        created_by=draft.created_by,
        sender_name=draft.sender_name,
        sender_email=draft.sender_email,
        company_name=draft.company_name,
        created_at=draft.created_at,
        source_activity_id=draft.activity_id,
        deadline_days=draft.deadline_days,
        reminds=draft.reminds,
    )


def _recipient(
    session: Session, envelope: Envelope, draft: Draft, one: Chosen, recipient_id: str
) -> Recipient:
    person = one.plan.person
    known_id = person.id if person else ""
    is_ours = one.plan.key == OURS
    lang = _language(session, draft, one)
    return Recipient(
        id=recipient_id,
        portal_id=envelope.portal_id,
        envelope_id=envelope.id,
        role_key=one.plan.key,
        role=Role.SIGNER.value,
        order=one.plan.order,
        state=RecipientState.WAITING.value,
        name=one.name,
        company=one.company,
        position=one.position,
        email=one.email,
        phone=one.phone,
        channel=one.plan.channel,
        lang=lang or envelope.lang,
        is_lang_told=bool(lang),
        zone=one.zone,
        portal_user_id=known_id if is_ours else "",
        contact_id="" if is_ours else known_id,
        needs_code=one.plan.needs_code,
    )


def _language(session: Session, draft: Draft, one: Chosen) -> str:
    """Return what a person reads: our side what the portal speaks, theirs what their document is written in."""
    if one.plan.key == OURS:
        return one.lang or installations.get(session, draft.portal_id).lang
    told = one.plan.person.lang if one.plan.person else ""
    return told or draft.source.lang or one.lang


def on_record(
    session: Session, who: PortalUser, record: RecordKey, envelope_id: str, *, lock: bool = False
) -> Envelope:
    """Return an envelope of this portal and this very record; raises NotFound, and looks alike if not."""
    found = envelopes.of_portal(session, envelope_id, who.portal_id)
    if RecordKey(found.entity_type_id, found.entity_id) != record:
        raise NotFound
    return envelopes.lock(session, envelope_id) if lock else found


def replace_fields(session: Session, envelope_id: str, rows: Sequence[FieldRow]) -> None:
    """Make `rows` the fields of the envelope, in place of all it had."""
    session.execute(delete(FieldRow).where(FieldRow.envelope_id == envelope_id))
    session.add_all(rows)
    session.flush()


def shown_on_record(session: Session, portal_id: str, record: RecordKey) -> list[Envelope]:
    """Return the envelopes of a record, newest first, without drafts that were thrown away."""
    found = envelopes.of_record(session, portal_id, record.entity_type_id, record.entity_id)
    return [row for row in found if not (row.status == "voided" and row.sent_at is None)]
