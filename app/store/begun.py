"""Queries on begun forms: one a person and record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, inspect, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.core.record import PortalUser, RecordKey
from app.store.tables import BegunForm


def purpose(who: PortalUser, record: RecordKey) -> str:
    """Return what the values of this person's form on this record are encrypted for."""
    return f"begun_forms:{who.portal_id}:{who.user_id}:{record.entity_type_id}:{record.entity_id}"


def purpose_of(row: BegunForm) -> str:
    """Return the same for a kept row."""
    who = PortalUser(row.portal_id, row.user_id)
    return purpose(who, RecordKey(row.entity_type_id, row.entity_id))


def find(session: Session, who: PortalUser, record: RecordKey) -> BegunForm | None:
    """Return this person's form on this record."""
    key = (who.portal_id, who.user_id, record.entity_type_id, record.entity_id)
    return session.get(BegunForm, key)


def keep(
    session: Session, who: PortalUser, record: RecordKey, values_enc: str, at: datetime
) -> None:
    """Keep the form in place of an earlier one."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    statement = (
        (sqlite if is_sqlite else postgresql)
        .insert(BegunForm)
        .values(
            portal_id=who.portal_id,
            user_id=who.user_id,
            entity_type_id=record.entity_type_id,
            entity_id=record.entity_id,
            values_enc=values_enc,
            kept_at=at,
        )
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[column.name for column in inspect(BegunForm).primary_key],
            set_={"values_enc": values_enc, "kept_at": at},
        )
    )


def drop(session: Session, who: PortalUser, record: RecordKey) -> None:
    """Let go of this person's form on this record."""
    session.execute(
        delete(BegunForm).where(
            BegunForm.portal_id == who.portal_id,
            BegunForm.user_id == who.user_id,
            BegunForm.entity_type_id == record.entity_type_id,
            BegunForm.entity_id == record.entity_id,
        )
    )


def drop_before(session: Session, moment: datetime) -> int:
    """Let go of every form kept before `moment`; return how many those were."""
    gone = session.execute(delete(BegunForm).where(BegunForm.kept_at < moment))
    return int(getattr(gone, "rowcount", 0))


def everybodys(session: Session) -> Sequence[BegunForm]:
    """Return all of them, of all portals: a day's forms at most."""
    return session.execute(select(BegunForm)).scalars().all()
