"""When a rule could not send: a task for the responsible and a line in the record's timeline."""

from __future__ import annotations

from datetime import timedelta

from app.crm.records import responsible_of
from app.crm.timeline import add_log
from app.crm.todo import Todo, put_todo
from app.errors import PortalRefused
from app.services import Services
from app.store import installations, robot_calls
from app.texts import best_language, translator

WITHIN = timedelta(days=1)
TROUBLE = ("failed", "asking")


def trouble_with(services: Services, envelope_id: str) -> str:
    """Return the call of the rule that made this envelope, "" when a person made it."""
    with services.database.reading() as session:
        call = robot_calls.of_envelope(session, envelope_id)
        return call.id if call else ""


def ask_for_help(services: Services, call_id: str) -> str:
    """Put a task on the record for its responsible, once; return its id, "" when it cannot or need not be.

    One of many at once has no task: its table says what is missing.
    """
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        lang = best_language(installations.get(session, call.portal_id).lang)
    told = call.answer or {}
    if call.run_id or told.get("status") not in TROUBLE:
        return ""
    client = services.portals.client(call.portal_id)
    say = translator(lang)
    try:
        person = responsible_of(client, call.entity_type_id, call.entity_id)
        todo = Todo(
            entity_type_id=call.entity_type_id,
            entity_id=call.entity_id,
            responsible_id=person or call.user_id,
            title=say("Automation sent nothing for signature"),
            description=str(told.get("reason", "")),
            deadline=services.now() + WITHIN,
            mark=f"Paraph {call.id[:8]}",
        )
        return put_todo(client, todo)
    except PortalRefused:
        return ""


def say_so(services: Services, call_id: str) -> str:
    """Write a line into the record's timeline; return its id, "" when the portal refuses."""
    with services.database.reading() as session:
        call = robot_calls.get(session, call_id)
        lang = best_language(installations.get(session, call.portal_id).lang)
    told = call.answer or {}
    if call.run_id or told.get("status") not in TROUBLE:
        return ""
    try:
        return add_log(
            services.portals.client(call.portal_id),
            entity_type_id=call.entity_type_id,
            entity_id=call.entity_id,
            title=translator(lang)("Automation sent nothing for signature"),
            text=str(told.get("reason", "")),
        )
    except PortalRefused:
        return ""
