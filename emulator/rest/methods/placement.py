"""Methods placement.*: which of our pages the portal shows where."""

from __future__ import annotations

from typing import Any

from emulator.rest import urls
from emulator.rest.errors import RestError
from emulator.rest.registry import WRONG_AUTH, Call, method
from emulator.rest.values import as_int
from emulator.state import Installation, PlacementBinding, State

TYPES = ("LEAD", "DEAL", "CONTACT", "COMPANY", "QUOTE", "SMART_INVOICE")
SUFFIXES = (
    "DETAIL_TAB", "DETAIL_TOOLBAR", "DETAIL_ACTIVITY", "DOCUMENTGENERATOR_BUTTON", "LIST_MENU",
    "LIST_TOOLBAR", "ACTIVITY_TIMELINE_MENU",
)  # fmt: skip
NO_TIMELINE_MENU = ("CONTACT", "COMPANY")
AUTOMATED = ("LEAD", "DEAL", "SMART_INVOICE")
SINGLE = ("REST_APP_URI", "PAGE_BACKGROUND_WORKER")
PER_USER = ("PAGE_BACKGROUND_WORKER", "IM_NAVIGATION", "CRM_DEAL_DETAIL_TAB")
KEEPS_OPTIONS = ("DETAIL_ACTIVITY", "PAGE_BACKGROUND_WORKER", "IM_CONTEXT_MENU")


def catalogue(state: State) -> list[str]:
    """Return every place this portal has; crm ones need the scope `crm`. Each smart process has its own."""
    dynamic = [f"DYNAMIC_{kind}" for kind in state.smart_types]
    codes = [
        f"CRM_{kind}_{suffix}"
        for kind in (*TYPES, *dynamic)
        for suffix in SUFFIXES
        if not (suffix == "ACTIVITY_TIMELINE_MENU" and kind in NO_TIMELINE_MENU)
    ]
    codes += [f"CRM_{kind}_ROBOT_DESIGNER_TOOLBAR" for kind in (*AUTOMATED, *dynamic)]
    return [*codes, "CRM_ACTIVITY_LIST_MENU", "REST_APP_URI", "PAGE_BACKGROUND_WORKER",
            "IMMOBILE_CONTEXT_MENU", "IM_CONTEXT_MENU", "LEFT_MENU", "USER_PROFILE_MENU"]  # fmt: skip


def installation(call: Call) -> Installation:
    return call.state.installations[call.caller.client_id]


def code_of(call: Call) -> str:
    value = call.any_case("PLACEMENT")
    if value in (None, ""):
        raise RestError(
            "ERROR_ARGUMENT", "Argument 'PLACEMENT' is null or empty", argument="PLACEMENT"
        )
    if not isinstance(value, str):
        raise RestError(
            "ERROR_ARGUMENT",
            "The value of an argument 'PLACEMENT' must be of type string",
            argument="PLACEMENT",
        )
    return value.upper()


@method("placement.bind", scope="placement", admin=True, app=WRONG_AUTH)
def bind(call: Call) -> Any:
    code = code_of(call)
    handler = str(call.any_case("HANDLER", ""))
    if not handler:
        raise RestError(
            "ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty", 200, argument="HANDLER"
        )
    check_code(call, code)
    urls.check(call.state, handler)
    inst = installation(call)
    if code in SINGLE and any(p.placement == code for p in inst.placements):
        raise RestError("ERROR_PLACEMENT_MAX_COUNT", "Placement max count", 200)
    user_id = as_int(call.any_case("USER_ID"))
    if user_id and code not in PER_USER:
        raise RestError("ERROR_PLACEMENT_USER_MODE", "User mode is not available", 200)
    keeps = any(word in code for word in KEEPS_OPTIONS)
    inst.placements.append(
        PlacementBinding(
            id=call.state.next_id("placement"),
            placement=code,
            handler=handler,
            title=str(call.any_case("TITLE", "")),
            description=str(call.any_case("DESCRIPTION", "")),
            group_name=str(call.any_case("GROUP_NAME", "")),
            lang_all=languages(call),
            options=call.map("OPTIONS") if keeps else {},
            user_id=user_id,
            client_id=inst.client_id,
        )
    )
    call.state.touch()
    return True


def check_code(call: Call, code: str) -> None:
    crm = "crm" in call.caller.scopes
    if code not in catalogue(call.state) or (code.startswith("CRM_") and not crm):
        raise RestError("ERROR_PLACEMENT_NOT_FOUND", "Placement not found")


def languages(call: Call) -> dict[str, dict[str, str]]:
    return {
        str(lang).lower(): {
            name: str(texts.get(name, "")) for name in ("TITLE", "DESCRIPTION", "GROUP_NAME")
        }
        for lang, texts in call.map("LANG_ALL").items()
        if isinstance(texts, dict)
    }


@method("placement.get", scope="placement", app=WRONG_AUTH, admin=True)
def get(call: Call) -> Any:
    return [
        {
            "placement": p.placement,
            "userId": p.user_id,
            "handler": p.handler,
            "options": p.options or [],
            "title": p.title,
            "description": p.description,
            "langAll": p.lang_all or [],
        }
        for p in installation(call).placements
    ]


@method("placement.list", scope="placement", app=WRONG_AUTH)
def placement_list(call: Call) -> Any:
    if "crm" in call.caller.scopes:
        return catalogue(call.state)
    return [code for code in catalogue(call.state) if not code.startswith("CRM_")]


@method("placement.unbind", scope="placement", admin=True, app=WRONG_AUTH)
def unbind(call: Call) -> Any:
    """Remove bindings; the count is of those found plus those deleted: two for each."""
    code = code_of(call)
    handler, inst = str(call.any_case("HANDLER", "")), installation(call)
    gone = [p for p in inst.placements if p.placement == code and handler in ("", p.handler)]
    inst.placements = [p for p in inst.placements if p not in gone]
    call.state.touch()
    return {"count": 2 * len(gone)}
