"""Events of the portal: who hears them, and what the form says.

Tokens belong to the person who acted; an event caused by automation carries none. Nothing is
sent to an app whose installation is not finished.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator import tokens
from emulator.state import EventHandler, Installation

if TYPE_CHECKING:
    from emulator.engine import Engine

WITH_REFRESH = ("ONAPPINSTALL", "ONAPPUPDATE")
KNOWN = frozenset(
    f"ONCRM{kind}{verb}"
    for kind in (
        "LEAD", "DEAL", "CONTACT", "COMPANY", "QUOTE", "ACTIVITY", "TIMELINECOMMENT",
        "DYNAMICITEM", "TYPE", "DOCUMENTGENERATORDOCUMENT", "REQUISITE",
    )
    for verb in ("ADD", "UPDATE", "DELETE")
) | frozenset(
    (
        "ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPPAYMENT", "ONAPPMETHODCONFIRM",
        "ONAPPTEST", "ONUSERADD", "ONCRMTIMELINEITEMACTION", "ONOFFLINEEVENT",
    )
)  # fmt: skip


def emit(
    engine: Engine, event: str, data: dict[str, Any], *, user_id: int = 0, client_id: str = ""
) -> None:
    """Queue an event to every handler bound to it; user_id 0: automation caused it."""
    state = engine.state
    with state.lock:
        for inst in state.installations.values():
            if not inst.finished or (client_id and inst.client_id != client_id):
                continue
            for handler in [h for h in inst.event_handlers if h.event == event and not h.offline]:
                send(engine, inst, handler, data, user_id=user_id)


def send(
    engine: Engine,
    inst: Installation,
    handler: EventHandler,
    data: dict[str, Any],
    *,
    user_id: int,
) -> None:
    """Queue one event to one handler."""
    body = {
        "event": handler.event,
        "event_handler_id": str(handler.id),
        "data": data,
        "ts": str(int(engine.state.now().timestamp())),
        "auth": auth_block(engine, inst, handler, user_id),
    }
    engine.outbox.send("event", handler.event, handler.handler, body)


def auth_block(
    engine: Engine, inst: Installation, handler: EventHandler, user_id: int
) -> dict[str, Any]:
    state = engine.state
    bare = tokens.bare_auth(state, inst.application_token)
    if handler.event == "ONAPPUNINSTALL" or not (handler.user_id or user_id):
        return bare
    if handler.event in ("ONAPPPAYMENT", "ONAPPMETHODCONFIRM"):
        return {k: v for k, v in bare.items() if k != "application_token"}
    token = tokens.issue(state, inst.client_id, handler.user_id or user_id)
    auth = tokens.event_auth(state, token, refresh=handler.event in WITH_REFRESH)
    if handler.event == "ONAPPINSTALL":
        auth["scope"] = auth["scope"].replace(",", " ")
    return auth
