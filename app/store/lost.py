"""Queries for work that should be over by now: whoever stands still, and the flow that would move it on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core.envelope import FINAL, RecipientState, Status
from app.store.tables import Delivery, Envelope, Recipient, RobotCallRow

LIMIT = 100


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that stands still: `flow` with `argument` would move it on."""

    flow: str
    argument: str

    @property
    def key(self) -> str:
        """How the keys of all flows for it begin."""
        return f"{self.flow}:{self.argument}"


@dataclass(frozen=True, slots=True)
class Span:
    """When it last moved: late enough to be lost, not so long ago that somebody must have seen to it."""

    since: datetime
    before: datetime

    def holds(self, column: InstrumentedAttribute[datetime]) -> ColumnElement[bool]:
        return column.between(self.since, self.before)


def find(session: Session, span: Span) -> list[Standing]:
    """Return what moved last within `span` and is not where it should be, 100 of each kind at most."""
    queries: list[tuple[str, Select[str]]] = [
        ("prepare", _unprepared(span)),
        ("deliver", _uninvited(span)),
        ("message", _uncarried(span)),
        ("finish", _unsealed(span)),
        ("finish", _unreported(span)),
        ("robot", _unheard(span)),
        ("card", _unanswered(span)),
    ]
    return [
        Standing(flow, found)
        for flow, query in queries
        for found in session.execute(query.limit(LIMIT)).scalars()
    ]


def _unprepared(span: Span) -> Select[str]:
    return select(Envelope.id).where(
        Envelope.status == Status.DRAFT,
        Envelope.prepare_state == "waiting",
        span.holds(Envelope.created_at),
    )


def _uninvited(span: Span) -> Select[str]:
    """Sent, somebody has still to sign, and nobody was asked: neither at the start nor after a signature."""
    return select(Envelope.id).where(
        Envelope.status == Status.SENT,
        Envelope.sent_at.between(span.since, span.before),
        _has(Recipient.state == RecipientState.WAITING),
        ~_has(Recipient.state == RecipientState.INVITED),
        ~_has(Recipient.signed_at > span.before),
    )


def _uncarried(span: Span) -> Select[str]:
    return select(Delivery.id).where(Delivery.state == "waiting", span.holds(Delivery.created_at))


def _unsealed(span: Span) -> Select[str]:
    # Asked envelope by envelope: grouped, SQLite would walk all of them in the order of their ids.
    last = (
        select(func.max(Recipient.signed_at))
        .where(Recipient.envelope_id == Envelope.id)
        .correlate(Envelope)
        .scalar_subquery()
    )
    return select(Envelope.id).where(
        Envelope.status == Status.SIGNED, last.between(span.since, span.before)
    )


def _unreported(span: Span) -> Select[str]:
    return select(Envelope.id).where(
        Envelope.status == Status.SEALED,
        Envelope.report_state == "waiting",
        Envelope.finished_at.between(span.since, span.before),
    )


def _unheard(span: Span) -> Select[str]:
    return select(RobotCallRow.id).where(
        RobotCallRow.envelope_id == "",
        RobotCallRow.answered_at.is_(None),
        # One of many at once waits for its turn, maybe because somebody paused it.
        or_(RobotCallRow.run_id == "", RobotCallRow.asked_at.is_not(None)),
        span.holds(RobotCallRow.received_at),
    )


def _unanswered(span: Span) -> Select[str]:
    return (
        select(Envelope.id)
        .join(RobotCallRow, RobotCallRow.envelope_id == Envelope.id)
        .where(
            RobotCallRow.answered_at.is_(None),
            Envelope.status.in_([status.value for status in FINAL]),
            Envelope.finished_at.between(span.since, span.before),
        )
    )


def _has(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Recipient.envelope_id == Envelope.id, condition)
