"""Methods crm.automation.trigger.*: an app's triggers, fired on a deal."""

from __future__ import annotations

import re
from typing import Any

from emulator import automation
from emulator.rest.errors import untitled
from emulator.rest.registry import APP_CONTEXT, Call, method
from emulator.rest.values import as_int
from emulator.state import DEAL, Installation, Trigger

CODE = re.compile(r"^[a-z0-9._-]+$")
OWNERS = (1, 2, 4, 3, 7, 31)


def installation(call: Call) -> Installation:
    return call.state.installations[call.caller.client_id]


def code_of(call: Call) -> str:
    code = str(call.any_case("CODE", ""))
    if not code:
        raise untitled("Empty trigger code!")
    if not CODE.match(code):
        raise untitled("Wrong trigger code!")
    return code


@method("crm.automation.trigger.add", scope="crm", admin=True, app=APP_CONTEXT)
def add(call: Call) -> Any:
    """Register a trigger; the same code again changes its name."""
    code, name = code_of(call), str(call.any_case("NAME", ""))
    if not name:
        raise untitled("Empty trigger name!")
    installation(call).triggers[code] = Trigger(code, name, call.caller.client_id)
    call.state.touch()
    return True


@method("crm.automation.trigger.delete", scope="crm", admin=True, app=APP_CONTEXT)
def delete(call: Call) -> Any:
    installation(call).triggers.pop(code_of(call), None)
    call.state.touch()
    return True


@method("crm.automation.trigger.list", scope="crm", admin=True, app=APP_CONTEXT)
def trigger_list(call: Call) -> Any:
    return [{"NAME": t.name, "CODE": t.code} for t in installation(call).triggers.values()]


@method("crm.automation.trigger.execute", scope="crm", admin=True, app=APP_CONTEXT)
def execute(call: Call) -> Any:
    """Fire a trigger. `true` says nothing about a stage: a person must have placed it."""
    code = code_of(call)
    if code not in installation(call).triggers:
        raise untitled(f"Trigger with code {code} is not registered.")
    owner_type, owner = as_int(call.any_case("OWNER_TYPE_ID")), as_int(call.any_case("OWNER_ID"))
    if owner_type not in OWNERS and owner_type < 128:
        raise untitled("Incorrect parameter OWNER_TYPE_ID.")
    if owner <= 0:
        raise untitled("Incorrect parameter OWNER_ID.")
    if owner_type == DEAL:
        automation.fire_trigger(call.engine, call.caller.client_id, code, owner)
    return True
