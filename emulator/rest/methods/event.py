"""Methods event.*: who is told what."""

from __future__ import annotations

from typing import Any

from emulator import events
from emulator.rest import urls
from emulator.rest.errors import RestError
from emulator.rest.registry import WRONG_AUTH, Call, method
from emulator.rest.values import as_int, yn
from emulator.state import EventHandler


def event_of(call: Call) -> str:
    name = str(call.any_case("event", "")).upper()
    if not name:
        raise RestError("ERROR_ARGUMENT", "Argument 'EVENT' is null or empty", argument="EVENT")
    if name not in events.KNOWN:
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    return name


def check_rank(call: Call, offline: bool, auth_type: int, verb: str) -> None:
    if call.caller.user.is_admin:
        return
    if offline:
        text = f"Access denied! Offline events {verb} requires administrator access rights"
        raise RestError("ACCESS_DENIED", text, 403)
    if auth_type and auth_type != call.caller.user.id:
        word = verb.capitalize()
        text = f"Access denied! Event {word} with AUTH_TYPE requires administrator access rights"
        raise RestError("ACCESS_DENIED", text, 403)


@method("event.bind", app=WRONG_AUTH)
def bind(call: Call) -> Any:
    name = event_of(call)
    offline = str(call.any_case("event_type", "online")).lower() == "offline"
    auth_type = as_int(call.any_case("auth_type"))
    check_rank(call, offline, auth_type, "binding")
    handler = str(call.any_case("handler", ""))
    if not offline:
        urls.check(call.state, handler)
    inst = call.state.installations[call.caller.client_id]
    same = [h for h in inst.event_handlers if (h.event, h.handler) == (name, handler)]
    if any(h.offline == offline and h.user_id == auth_type for h in same):
        text = "Unable to set event handler: Handler already binded"  # [U]
        raise RestError("ERROR_CORE", text)
    inst.event_handlers.append(
        EventHandler(
            call.state.next_id("event_handler"),
            name,
            handler,
            auth_type,
            offline,
            call.map("options"),
            inst.client_id,
        )
    )
    return True


@method("event.unbind", app=WRONG_AUTH)
def unbind(call: Call) -> Any:
    name = event_of(call)
    handler = str(call.any_case("handler", ""))
    offline = str(call.any_case("event_type", "online")).lower() == "offline"
    check_rank(call, offline, as_int(call.any_case("auth_type")), "unbinding")
    inst = call.state.installations[call.caller.client_id]
    gone = [h for h in inst.event_handlers if h.event == name and handler in ("", h.handler)]
    inst.event_handlers = [h for h in inst.event_handlers if h not in gone]
    return {"count": len(gone)}


@method("event.get", app=WRONG_AUTH)
def get(call: Call) -> Any:
    return [
        {
            "event": h.event,
            "handler": h.handler,
            "auth_type": str(h.user_id),
            "offline": int(h.offline),
            **({"options": h.options} if h.options else {}),
        }
        for h in call.state.installations[call.caller.client_id].event_handlers
    ]


@method("events", app=WRONG_AUTH)
def names(call: Call) -> Any:
    return sorted(events.KNOWN)


@method("event.test", app=WRONG_AUTH)
def test(call: Call) -> Any:
    query = {k: str(v) for k, v in call.params.items() if k.lower() != "auth"}
    data = {"QUERY": query, "LANGUAGE_ID": call.state.portal.lang, "SENT": yn(True)}
    events.emit(
        call.engine,
        "ONAPPTEST",
        data,
        user_id=call.caller.user.id,
        client_id=call.caller.client_id,
    )
    return True
