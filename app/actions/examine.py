"""Is the trail what it was? Walks every chain, every daily root and every sealed file; changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from app.core import examined
from app.core.audit_days import Day, Head, day_of, heads_by_day, span
from app.core.evidence import AuditEvent
from app.core.examined import Fault
from app.errors import NotFound
from app.sealing.container import Malformed
from app.sealing.timestamps import read_token
from app.sealing.verify import as_der, verify
from app.services import Services
from app.store import audit, audit_days, envelopes, keeping
from app.store.database import Session

UNREADABLE = (ValueError, TypeError, AttributeError, KeyError)
LATEST = timedelta(days=2)
"""After this much time a day without a root is a fault."""


@dataclass(slots=True)
class Examination:
    """Everything that was looked at, and every fault found."""

    chains: int = 0
    events: int = 0
    days: int = 0
    files: int = 0
    erased: int = 0
    """Events whose details were erased; their links hold."""
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    heads: dict[str, dict[str, Head]] = field(default_factory=dict)
    """By day and envelope, as they are now."""


def examine(services: Services, *, files: bool = True) -> Examination:
    """Return what became of every trail; `files`: hold it against the sealed files too (slower)."""
    seen = Examination()
    with services.database.reading() as session:
        for envelope_id in audit.chain_ids(session):
            chain = _read(seen, session, envelope_id)
            _take(seen, envelope_id, chain)
            if files:
                seen.faults += _against_files(services, session, seen, envelope_id, chain)
        seen.faults += [
            Fault(envelope_id, f"event {number}: details without an event")
            for envelope_id, number in audit.loose_details(session)
        ]
        seen.faults += [Fault(one, "has no events at all") for one in audit.without_chain(session)]
        days = _read_days(seen, session)
        waiting = audit_days.next_day(session, before=span(day_of(services.now()))[0])
    _judge_days(services, seen, days)
    _judge_waiting(services, seen, waiting)
    return seen


def _read(seen: Examination, session: Session, envelope_id: str) -> list[AuditEvent]:
    """Return a chain; one that holds values which we never write is a fault, and counts as empty."""
    try:
        return audit.events(session, envelope_id)
    except UNREADABLE:
        seen.faults.append(Fault(envelope_id, "an event cannot be read"))
        return []


def _read_days(seen: Examination, session: Session) -> list[Day]:
    try:
        return audit_days.kept(session)
    except UNREADABLE:
        seen.faults.append(Fault("days", "a daily root cannot be read"))
        return []


def _take(seen: Examination, envelope_id: str, chain: list[AuditEvent]) -> None:
    seen.chains += 1
    seen.events += len(chain)
    seen.erased += sum(event.is_erased for event in chain)
    seen.faults += examined.chain_faults(envelope_id, chain)
    for day, head in heads_by_day(chain).items():
        seen.heads.setdefault(day, {})[envelope_id] = head


def _against_files(
    services: Services,
    session: Session,
    seen: Examination,
    envelope_id: str,
    chain: Sequence[AuditEvent],
) -> Iterator[Fault]:
    kept = keeping.find(session, envelope_id)
    if kept and kept.deleted_at:
        return
    for paper in envelopes.documents(session, envelope_id):
        if not paper.sealed_digest:
            continue
        seen.files += 1
        try:
            pdf = services.files.get(paper.sealed_digest)
        except NotFound:
            yield Fault(envelope_id, f"the sealed file {paper.sealed_digest} is missing or damaged")
            continue
        report = verify(pdf, trusted_roots=services.seal_roots, tsa_roots=services.tsa_roots)
        if not report.is_valid:
            codes = ", ".join(one.code for one in report.reasons)
            yield Fault(envelope_id, f"the sealed file is not valid: {codes}")
        yield from examined.trail_faults(envelope_id, chain, _events(report.trail))


def _events(trail: Mapping[str, object] | None) -> Sequence[Mapping[str, object]]:
    events = (trail or {}).get("events")
    return events if isinstance(events, list) else []


def _judge_days(services: Services, seen: Examination, days: Sequence[Day]) -> None:
    seen.days = len(days)
    seen.faults += examined.root_faults(days)
    for day in days:
        seen.faults += examined.head_faults(day, seen.heads.get(day.day, {}))
        place, end = f"day {day.day}", span(day.day)[1]
        try:
            stamp = read_token(day.token, bytes.fromhex(day.root), roots=as_der(services.tsa_roots))
        except (Malformed, ValueError):
            seen.faults.append(Fault(place, "the time stamp does not belong to this root"))
            continue
        if not stamp.trusted:
            seen.faults.append(Fault(place, "the time stamp comes from an unknown authority"))
        if stamp.at < end:
            seen.faults.append(Fault(place, "was stamped before it ended"))
        if stamp.at > end + LATEST:
            seen.notes.append(f"{place}: stamped late, at {stamp.at:%Y-%m-%d %H:%M} UTC")


def _judge_waiting(services: Services, seen: Examination, waiting: str) -> None:
    if not waiting:
        return
    if not services.settings.tsa_urls:
        seen.notes.append("No time-stamp authority is set: days have no root.")
    elif services.now() > span(waiting)[1] + LATEST:
        seen.faults.append(Fault(f"day {waiting}", "has no time-stamped root"))
    else:
        seen.notes.append(f"day {waiting}: its root is not stamped yet")
