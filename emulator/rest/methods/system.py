"""Methods about the portal and the app: app.info, scope, method.get, server.time and kin."""

from __future__ import annotations

from typing import Any

from emulator.rest.errors import RestError
from emulator.rest.registry import APP_CONTEXT, REGISTRY, Call, find, method
from emulator.rest.values import iso, yn

FEATURES = {
    "rest_offline_extended": False,
    "rest_auth_connector": False,
    "crm_automation": True,
    "bizproc": True,
}


@method("app.info", app=APP_CONTEXT)
def app_info(call: Call) -> Any:
    inst = call.state.installations[call.caller.client_id]
    app = call.state.apps[call.caller.client_id]
    plan = call.state.portal.plan
    return {
        "ID": 1,
        "CODE": app.code or app.client_id,
        "VERSION": inst.version,
        "STATUS": inst.status_code,
        "INSTALLED": inst.finished,
        "PAYMENT_EXPIRED": yn(inst.payment_expired),
        "DAYS": None,
        "LANGUAGE_ID": call.state.portal.lang,
        "LICENSE": f"{call.state.portal.lang}_{plan}",
        "LICENSE_TYPE": plan,
        "LICENSE_FAMILY": plan,
    }


@method("app.option.get", app=APP_CONTEXT)
def app_option_get(call: Call) -> Any:
    options = call.state.installations[call.caller.client_id].app_options
    name = call.get("option")
    return options.get(name, "") if name else options or []


@method("app.option.set", app=APP_CONTEXT, admin=True)
def app_option_set(call: Call) -> Any:
    call.state.installations[call.caller.client_id].app_options.update(call.map("options"))
    return True


@method("user.option.get", app=APP_CONTEXT)
def user_option_get(call: Call) -> Any:
    inst = call.state.installations[call.caller.client_id]
    options = inst.user_options.get(call.caller.user.id, {})
    name = call.get("option")
    return options.get(name, "") if name else options or []


@method("user.option.set", app=APP_CONTEXT)
def user_option_set(call: Call) -> Any:
    inst = call.state.installations[call.caller.client_id]
    inst.user_options.setdefault(call.caller.user.id, {}).update(call.map("options"))
    return True


@method("scope")
def scope(call: Call) -> Any:
    """Scopes of the caller; `full` lists all the portal knows."""
    if str(call.any_case("full", "")).lower() in ("1", "true", "y"):
        return sorted({s for m in REGISTRY.values() for s in m.scope.split("|") if s})
    return list(call.caller.scopes)


@method("method.get")
def method_get(call: Call) -> Any:
    name = str(call.any_case("name", ""))
    try:
        found = find(name)
    except RestError:
        return {"isExisting": False, "isAvailable": False}
    wanted = {s for s in found.scope.split("|") if s}
    return {
        "isExisting": True,
        "isAvailable": not wanted or bool(wanted & set(call.caller.scopes)),
    }


@method("methods")
def methods(call: Call) -> Any:
    return sorted(m.name for m in REGISTRY.values())


@method("feature.get")
def feature_get(call: Call) -> Any:
    return {"value": yn(FEATURES.get(str(call.any_case("code", "")), False))}


@method("server.time")
def server_time(call: Call) -> Any:
    return iso(call.state.now())
