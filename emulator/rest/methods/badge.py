"""Methods crm.activity.badge.*: marks on the board's cards."""

from __future__ import annotations

from typing import Any

from emulator.rest.errors import RestError, not_found
from emulator.rest.registry import REST_CONTEXT, Call, method
from emulator.rest.values import empty_map
from emulator.state import Badge

BADGE_TYPES = ("success", "failure", "warning", "primary", "secondary")


def badges(call: Call) -> dict[str, Badge]:
    return call.state.installations[call.caller.client_id].badges


def badge_row(found: Badge) -> dict[str, Any]:
    return {
        "code": found.code,
        "title": empty_map(found.title) if isinstance(found.title, dict) else found.title,
        "value": found.value,
        "type": found.type,
    }


@method("crm.activity.badge.add", scope="crm", admin=True, app=REST_CONTEXT)
def badge_add(call: Call) -> Any:
    given = {name: call.get(name) for name in ("code", "title", "value", "type")}
    for name, value in given.items():
        if not value:
            raise RestError("REQUIRED_ARG_MISSING", f"Required field {name} is not filled")
    if given["type"] not in BADGE_TYPES:
        raise RestError("WRONG_FIELD_VALUE", "Wrong value of the field type")
    if str(given["code"]) in badges(call):
        raise RestError("WRONG_FIELD_VALUE", "A badge with this code exists already")
    badge = Badge(
        str(given["code"]),
        given["title"],
        given["value"],
        str(given["type"]),
        call.caller.client_id,
    )
    badges(call)[badge.code] = badge
    return {"badge": badge_row(badge)}


@method("crm.activity.badge.list", scope="crm", app=REST_CONTEXT)
def badge_list(call: Call) -> Any:
    return {"badges": [badge_row(b) for b in badges(call).values()]}


@method("crm.activity.badge.get", scope="crm", app=REST_CONTEXT)
def badge_get(call: Call) -> Any:
    return {"badge": badge_row(known(call))}


@method("crm.activity.badge.delete", scope="crm", admin=True, app=REST_CONTEXT)
def badge_delete(call: Call) -> Any:
    del badges(call)[known(call).code]
    return True


def known(call: Call) -> Badge:
    found = badges(call).get(str(call.need("code")))
    if found is None:
        raise not_found()
    return found
