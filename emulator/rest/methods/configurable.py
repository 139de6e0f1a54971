"""Methods crm.activity.configurable.*, .layout.blocks.*: an app's cards in the timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator import events
from emulator.layout import Layout
from emulator.rest import item_rows
from emulator.rest.errors import RestError, missing, not_found
from emulator.rest.registry import REST_CONTEXT, Call, method
from emulator.rest.values import as_int, as_time, is_yes, iso_or_null
from emulator.state import ACTIVITY, Activity

PROVIDER = "CONFIGURABLE_REST_APP"
FIELDS = (
    "typeId", "completed", "deadline", "pingOffsets", "isIncomingChannel", "responsibleId",
    "badgeCode", "originatorId", "originId",
)  # fmt: skip


def layout_of(call: Call) -> dict[str, Any]:
    return Layout(call.state.portal.languages).check(call.get("layout"))


def owner(call: Call, kind: int, ident: int) -> None:
    if item_rows.records(call.state, kind).get(ident) is None:
        raise not_found()


def fields_of(call: Call) -> dict[str, Any]:
    values = call.map("fields")
    strange = [name for name in values if name not in FIELDS]
    if strange:
        raise RestError("WRONG_FIELD_VALUE", f"Unknown field {strange[0]}")
    return values


def apply(call: Call, activity: Activity, values: dict[str, Any]) -> None:
    """Change the given fields. Raises WRONG_FIELD_VALUE and the incoming-deadline error."""
    readers: dict[str, tuple[str, Callable[[Any], Any]]] = {
        "badgeCode": ("badge_code", lambda v: known_badge(call, str(v or ""))),
        "deadline": ("deadline", as_time),
        "isIncomingChannel": ("is_incoming", is_yes),
        "completed": ("completed", is_yes),
        "responsibleId": ("responsible_id", lambda v: responsible(call, v)),
        "originatorId": ("originator_id", lambda v: str(v or "")),
        "originId": ("origin_id", lambda v: str(v or "")),
    }
    changes = {readers[k][0]: readers[k][1](v) for k, v in values.items() if k in readers}
    incoming = changes.get("is_incoming", activity.is_incoming)
    if incoming and changes.get("deadline", activity.deadline):
        text = "Incoming activity can not be with deadline"
        raise RestError("INCOMING_ACTIVITY_CAN_NOT_BE_WITH_DEADLINE", text)
    for name, value in changes.items():
        setattr(activity, name, value)
    activity.config.update({k: values[k] for k in ("typeId", "pingOffsets") if k in values})


def responsible(call: Call, value: Any) -> int:
    ident = as_int(value)
    if ident not in call.state.users:
        raise RestError("WRONG_FIELD_VALUE", "Wrong value of the field responsibleId")
    return ident


def known_badge(call: Call, code: str) -> str:
    found = {b for i in call.state.installations.values() for b in i.badges}
    if code and code not in found:
        raise RestError("WRONG_FIELD_VALUE", "Wrong value of the field badgeCode")
    return code


@method("crm.activity.configurable.add", scope="crm", app=REST_CONTEXT)
def add(call: Call) -> Any:
    kind, ident = as_int(call.need("ownerTypeId")), as_int(call.need("ownerId"))
    owner(call, kind, ident)
    layout, values = layout_of(call), fields_of(call)
    state, user = call.state, call.caller.user
    activity = Activity(
        id=0,
        owner_type_id=kind,
        owner_id=ident,
        type_id=ACTIVITY,
        provider_id=PROVIDER,
        provider_type_id=str(values.get("typeId") or "CONFIGURABLE"),
        subject=title(layout),
        created=state.now(),
        updated=state.now(),
        author_id=user.id,
        responsible_id=user.id,
        layout=layout,
        client_id=call.caller.client_id,
    )
    apply(call, activity, values)
    activity.id = state.next_id("activity")
    state.activities[activity.id] = activity
    state.add_entry("activity", kind, ident, author_id=user.id, activity_id=activity.id)
    told(call, activity, "ADD")
    return {"activity": {"id": activity.id}}


def title(layout: dict[str, Any]) -> str:
    value = layout["header"]["title"]
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)


def told(call: Call, activity: Activity, verb: str) -> None:
    data = {"FIELDS": {"ID": str(activity.id)}}
    events.emit(call.engine, f"ONCRMACTIVITY{verb}", data, user_id=call.caller.user.id)


def configurable(call: Call) -> Activity:
    found = call.state.activities.get(as_int(call.need("id")))
    if found is None or found.provider_id != PROVIDER:
        raise not_found()
    return found


@method("crm.activity.configurable.update", scope="crm", app=REST_CONTEXT)
def update(call: Call) -> Any:
    """Replace the layout, the fields, or both [U]; only by the app that made the activity."""
    activity = configurable(call)
    if activity.client_id != call.caller.client_id:
        text = "The activity can only be updated by the application that created it"
        raise RestError("ERROR_WRONG_APPLICATION", text)
    if not {"layout", "fields"} & set(call.params):
        raise missing("fields")
    layout = layout_of(call) if "layout" in call.params else None
    apply(call, activity, fields_of(call))
    if layout is not None:
        activity.layout, activity.subject = layout, title(layout)
    activity.updated = call.state.now()
    call.state.touch()
    told(call, activity, "UPDATE")
    return {"activity": {"id": activity.id}}


@method("crm.activity.configurable.get", scope="crm", app=REST_CONTEXT)
def get(call: Call) -> Any:
    activity = configurable(call)
    return {
        "activity": {
            "id": activity.id,
            "ownerTypeId": activity.owner_type_id,
            "ownerId": activity.owner_id,
            "fields": {
                "typeId": activity.provider_type_id,
                "completed": activity.completed,
                "deadline": iso_or_null(activity.deadline),
                "pingOffsets": activity.config.get("pingOffsets", []),
                "isIncomingChannel": activity.is_incoming,
                "responsibleId": activity.responsible_id,
                "badgeCode": activity.badge_code,
                "originatorId": activity.originator_id or None,
                "originId": activity.origin_id or None,
            },
            "layout": activity.layout,
        }
    }


# -- blocks added to someone else's activity ----------------------------------------------------


def foreign(call: Call) -> Activity:
    kind, ident = as_int(call.need("entityTypeId")), as_int(call.need("entityId"))
    if item_rows.records(call.state, kind).get(ident) is None:
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")
    found = call.state.activities.get(as_int(call.need("activityId")))
    if found is None or (found.owner_type_id, found.owner_id) != (kind, ident):
        raise not_found()
    return found


@method("crm.activity.layout.blocks.set", scope="crm", app=REST_CONTEXT)
def blocks_set(call: Call) -> Any:
    activity = foreign(call)
    if activity.provider_id == PROVIDER:
        text = "The activity type is not suitable"
        raise RestError("UNSUITABLE_ACTIVITY_TYPE_ERROR", text)
    checked = Layout(call.state.portal.languages).check_blocks(call.get("layout"))
    activity.blocks[call.caller.client_id] = checked
    call.state.touch()
    return {"success": True}


@method("crm.activity.layout.blocks.get", scope="crm", app=REST_CONTEXT)
def blocks_get(call: Call) -> Any:
    return {"layout": foreign(call).blocks.get(call.caller.client_id)}


@method("crm.activity.layout.blocks.delete", scope="crm", app=REST_CONTEXT)
def blocks_delete(call: Call) -> Any:
    foreign(call).blocks.pop(call.caller.client_id, None)
    call.state.touch()
    return {"success": True}
