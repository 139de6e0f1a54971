"""What a rule that voids, reminds, waits or replaces is about: the unsigned envelopes of its record."""

from __future__ import annotations

from app.core import rule
from app.core.envelope import Status
from app.core.record import RecordKey
from app.crm import robots
from app.errors import NotFound
from app.services import Services
from app.store import envelopes, robot_calls, rule_layouts
from app.store.database import Session
from app.store.tables import Envelope, RobotCallRow

DAY_S = 24 * 3600
WAITS_DAYS = 30
"""How long "Wait for signature" waits when its rule does not say."""


def to_replace(services: Services, call_id: str) -> list[str]:
    """Return the unsigned envelopes that the call's own takes the place of, [] when its rule does not replace."""
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        wishes = rule.read(call.properties)
        layout = rule_layouts.find(session, call.portal_id, wishes.layout)
        if wishes.if_open != "replace" or layout is None or call.envelope_id:
            return []
        return [one.id for one in _unsigned(session, call, layout.document_type)]


def targets(services: Services, call_id: str) -> list[str]:
    """Return the envelopes of the record that the call is about: all that are unsigned, or the newest."""
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        found = _unsigned(session, call)
    if robots.kind(call.code) == rule.REMIND:
        found = [one for one in found if one.status == Status.SENT]
    last_only = rule.one(call.properties, "which") == "last" or robots.kind(call.code) == rule.WAIT
    return [one.id for one in (found[-1:] if last_only else found)]


def attach(services: Services, call_id: str, envelope_id: str) -> None:
    """Make the call wait for an envelope, at most as long as its rule says."""
    with services.database.transaction() as session:
        call = robot_calls.get(session, call_id)
        if call.envelope_id:
            return
        if envelope_id not in {one.id for one in _unsigned(session, call)}:
            raise NotFound(rule.NOTHING_OUT)
        call.envelope_id = envelope_id
        days = rule.number(call.properties, "days") or WAITS_DAYS
        services.jobs.enqueue(
            session, "rule_late", f"rule_late:{call.id}", call.id, delay_s=float(days * DAY_S)
        )


def void_reason(services: Services, call_id: str) -> str:
    """Return the reason that the rule gives for taking documents back."""
    with services.database.reading() as session:
        return rule.one(robot_calls.get(session, call_id).properties, "reason")


def _unsigned(session: Session, call: RobotCallRow, document_type: str = "") -> list[Envelope]:
    record = RecordKey(call.entity_type_id, call.entity_id)
    return envelopes.unsigned(session, call.portal_id, record, document_type=document_type)
