"""Queries on sendings of many at once and on their rows, which are calls like those of a rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.store.tables import Envelope, ManyRun, RobotCallRow


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    total: int
    asked: int
    over: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record of a run. state: waiting, under_way, or what a rule would be told: sent, failed, already_out..."""

    entity_type_id: int
    entity_id: str
    title: str
    state: str
    reason: str
    number: str
    status: str
    """Of the envelope now; "" when there is none."""


def get(session: Session, portal_id: str, run_id: str, *, lock: bool = False) -> ManyRun:
    """Return the run if it belongs to the portal; raises NotFound."""
    query = select(ManyRun).where(ManyRun.id == run_id, ManyRun.portal_id == portal_id)
    found = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def of_user(session: Session, portal_id: str, user_id: str, limit: int = 5) -> list[ManyRun]:
    """Return the newest runs of a person."""
    query = select(ManyRun).where(ManyRun.portal_id == portal_id, ManyRun.user_id == user_id)
    return list(session.execute(query.order_by(ManyRun.created_at.desc()).limit(limit)).scalars())


def progress(session: Session, run_id: str) -> Progress:
    """Return how many records the run has, how many were asked for, and how many are over."""
    query = select(
        func.count(), func.count(RobotCallRow.asked_at), func.count(RobotCallRow.answered_at)
    ).where(RobotCallRow.run_id == run_id)
    total, asked, over = session.execute(query).one()
    return Progress(total, asked, over)


def waiting(session: Session, run_id: str, limit: int) -> list[RobotCallRow]:
    """Return rows whose turn has not come, in their order."""
    query = select(RobotCallRow).where(
        RobotCallRow.run_id == run_id,
        RobotCallRow.asked_at.is_(None),
        RobotCallRow.answered_at.is_(None),
    )
    return list(session.execute(query.order_by(RobotCallRow.event_token).limit(limit)).scalars())


def outcomes(session: Session, run_id: str) -> Sequence[Outcome]:
    """Return every record of the run with what became of it, in their order."""
    query = (
        select(RobotCallRow, Envelope)
        .join(Envelope, Envelope.id == RobotCallRow.envelope_id, isouter=True)
        .where(RobotCallRow.run_id == run_id)
        .order_by(RobotCallRow.event_token)
    )
    return [_outcome(call, envelope) for call, envelope in session.execute(query)]


def _outcome(call: RobotCallRow, envelope: Envelope | None) -> Outcome:
    told: dict[str, Any] = call.answer or {}
    state = "under_way" if call.asked_at else "waiting"
    return Outcome(
        entity_type_id=call.entity_type_id,
        entity_id=call.entity_id,
        title=call.title,
        state=str(told.get("status", state)) if call.answered_at else state,
        reason=str(told.get("reason", "")),
        number=envelope.number if envelope else "",
        status=envelope.status if envelope else "",
    )
