"""Methods crm.type.*: the smart processes of a portal."""

from __future__ import annotations

from typing import Any

from emulator import portal_life
from emulator.rest import filters
from emulator.rest.errors import RestError, not_found
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, iso
from emulator.state import SmartType

SWITCHES = (
    "isCategoriesEnabled", "isStagesEnabled", "isBeginCloseDatesEnabled", "isClientEnabled",
    "isUseInUserfieldEnabled", "isLinkWithProductsEnabled", "isMycompanyEnabled",
    "isDocumentsEnabled", "isSourceEnabled", "isObserversEnabled", "isRecyclebinEnabled",
    "isAutomationEnabled", "isBizProcEnabled", "isSetOpenPermissions", "isPaymentsEnabled",
    "isCountersEnabled",
)  # fmt: skip
ON = ("isStagesEnabled", "isClientEnabled", "isLinkWithProductsEnabled", "isMycompanyEnabled",
      "isDocumentsEnabled", "isAutomationEnabled")  # fmt: skip


def shown(found: SmartType) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.title,
        "code": "",
        "createdBy": 1,
        "entityTypeId": found.entity_type_id,
        "customSectionId": None,
        **{name: "Y" if name in ON else "N" for name in SWITCHES},
        "createdTime": iso(found.created),
        "updatedTime": iso(found.created),
        "updatedBy": 1,
    }


def check_rank(call: Call) -> None:
    if not call.caller.user.is_admin:
        raise RestError("ACCESS_DENIED", "Access denied.", 400)


@method("crm.type.list", scope="crm")
def type_list(call: Call) -> Any:
    check_rank(call)
    rows = [shown(one) for one in call.state.smart_types.values()]
    kept = filters.apply(rows, call.get("filter"), call.get("order"))
    page, total, following = paged(kept, call.get("start", 0))
    return Page({"types": page}, total, following)


@method("crm.type.get", scope="crm")
def type_get(call: Call) -> Any:
    check_rank(call)
    ident = as_int(call.need("id"))
    for one in call.state.smart_types.values():
        if one.id == ident:
            return {"type": shown(one)}
    raise not_found()


@method("crm.type.add", scope="crm")
def type_add(call: Call) -> Any:
    check_rank(call)
    fields = filters.as_map(call.need("fields"))
    title = str(fields.get("title", "")).strip()
    if not title:
        raise RestError("100", "Could not find value for parameter {title}")
    wanted = as_int(fields.get("entityTypeId"))
    made = portal_life.add_type(
        call.engine, title, user_id=call.caller.user.id, entity_type_id=wanted
    )
    return {"type": shown(made)}
