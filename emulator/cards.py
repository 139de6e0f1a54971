"""Verbs of a card's timeline that people use: comments, buttons of configurable activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator import events
from emulator.state import DEAL, TimelineEntry

if TYPE_CHECKING:
    from emulator.engine import Engine


def add_comment(
    engine: Engine, entity_type_id: int, entity_id: int, text: str, user_id: int
) -> TimelineEntry:
    """Return a new comment of a person on a card."""
    entry = engine.state.add_entry(
        "comment", entity_type_id, entity_id, author_id=user_id, text=text
    )
    emit_comment(engine, entry, user_id)
    return entry


def emit_comment(engine: Engine, entry: TimelineEntry, user_id: int) -> None:
    data = {"FIELDS": {"ID": str(entry.id)}}
    events.emit(engine, "ONCRMTIMELINECOMMENTADD", data, user_id=user_id)


def delete_entry(engine: Engine, entry_id: int, user_id: int) -> None:
    """Remove a line of the timeline, with its activity when it shows one."""
    state = engine.state
    with state.lock:
        entry = state.timeline.pop(entry_id, None)
        if entry and entry.activity_id:
            state.activities.pop(entry.activity_id, None)
            data = {"FIELDS": {"ID": str(entry.activity_id)}}
            events.emit(engine, "ONCRMACTIVITYDELETE", data, user_id=user_id)
        state.touch()


def timeline_action(engine: Engine, activity_id: int, user_id: int, action: dict[str, Any]) -> None:
    """Queue ONCRMTIMELINEITEMACTION for a restEvent button, to the activity's own app.

    The exact envelope is [U]: `data` carries the keys the documents name, plus actionParams.
    Raises KeyError for an unknown activity.
    """
    state = engine.state
    with state.lock:
        activity = state.activities[activity_id]
        data = {
            "id": str(action.get("id", "")),
            "entityTypeId": str(activity.owner_type_id),
            "entityId": str(activity.owner_id),
            "activityId": str(activity_id),
            "userId": str(user_id),
            **{k: str(v) for k, v in dict(action.get("actionParams") or {}).items()},
        }
        events.emit(
            engine,
            "ONCRMTIMELINEITEMACTION",
            data,
            user_id=user_id,
            client_id=activity.client_id,
        )


def delete_deal(engine: Engine, deal_id: int, user_id: int) -> None:
    """Remove a deal from the CRM; its timeline goes with it."""
    state = engine.state
    with state.lock:
        state.deals.pop(deal_id, None)
        for entry in state.card_timeline(DEAL, deal_id):
            state.timeline.pop(entry.id, None)
            state.activities.pop(entry.activity_id, None)
        events.emit(engine, "ONCRMDEALDELETE", {"FIELDS": {"ID": str(deal_id)}}, user_id=user_id)
        state.touch()
