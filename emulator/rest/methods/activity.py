"""Methods crm.activity.*: read any record of the timeline, send mail, add a to-do."""

from __future__ import annotations

from typing import Any

from emulator import cards, crm_mail, events
from emulator.rest import filters, item_rows
from emulator.rest.errors import RestError, missing, not_found, untitled
from emulator.rest.methods import item
from emulator.rest.methods.configurable import PROVIDER as CONFIGURABLE
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, as_time, empty_map, is_yes, iso, yn
from emulator.state import ACTIVITY, Activity

TYPES = {1: ("CRM_MEETING", "MEETING"), 2: ("VOXIMPLANT_CALL", "CALL"), 4: ("CRM_EMAIL", "EMAIL")}


@method("crm.activity.get", scope="crm")
def get(call: Call) -> Any:
    return row(call, found(call))


def found(call: Call) -> Activity:
    record = call.state.activities.get(as_int(call.any_case("id")))
    if record is None:
        raise untitled("Activity is not found")
    if not call.caller.user.crm_access:
        raise untitled("Access denied.")
    return record


@method("crm.activity.list", scope="crm")
def activity_list(call: Call) -> Any:
    readable = call.state.activities.values() if call.caller.user.crm_access else []
    rows = filters.apply(
        [row(call, a) for a in readable], call.any_case("filter"), call.any_case("order")
    )
    page, total, following = paged(rows, call.any_case("start", 0))
    chosen = [str(n) for n in filters.as_map(call.any_case("select")).values()]
    result = [shaped(call, r, chosen) for r in page]
    return Page(result, total, following)


def shaped(call: Call, values: dict[str, Any], chosen: list[str]) -> dict[str, Any]:
    """Return the chosen fields; communications and files come only when asked for."""
    record = call.state.activities[int(values["ID"])]
    result = filters.select(values, chosen)
    if "COMMUNICATIONS" in chosen:
        result["COMMUNICATIONS"] = record.communications
    if "FILES" in chosen:
        result["FILES"] = [{"id": i, "url": f"/files/{i}"} for i in record.file_ids]
    return result


def row(call: Call, record: Activity) -> dict[str, Any]:
    return {
        "ID": str(record.id),
        "OWNER_ID": str(record.owner_id),
        "OWNER_TYPE_ID": str(record.owner_type_id),
        "TYPE_ID": str(record.type_id),
        "PROVIDER_ID": record.provider_id,
        "PROVIDER_TYPE_ID": record.provider_type_id,
        "PROVIDER_GROUP_ID": None,
        "ASSOCIATED_ENTITY_ID": str(record.associated_entity_id),
        "SUBJECT": record.subject,
        "CREATED": iso(record.created),
        "LAST_UPDATED": iso(record.updated),
        "START_TIME": iso(record.start or record.created),
        "END_TIME": iso(record.end or record.created),
        "DEADLINE": iso(record.deadline or record.created),
        "COMPLETED": yn(record.completed),
        "STATUS": "2" if record.completed else "1",
        "RESPONSIBLE_ID": str(record.responsible_id),
        "PRIORITY": "2",
        "NOTIFY_TYPE": "0",
        "DESCRIPTION": record.description,
        "DESCRIPTION_TYPE": str(record.description_type),
        "DIRECTION": str(record.direction),
        "LOCATION": "",
        "SETTINGS": empty_map(record.settings),
        "ORIGINATOR_ID": record.originator_id or None,
        "ORIGIN_ID": record.origin_id or None,
        "AUTHOR_ID": str(record.author_id),
        "EDITOR_ID": str(record.author_id),
        "PROVIDER_PARAMS": [],
        "PROVIDER_DATA": None,
        "RESULT_MARK": "0",
        "AUTOCOMPLETE_RULE": "0",
    }


@method("crm.activity.delete", scope="crm")
def delete(call: Call) -> Any:
    record = found(call)
    foreign = record.client_id and record.client_id != call.caller.client_id
    if record.provider_id == CONFIGURABLE and foreign:
        raise untitled("Access denied.")
    remove(call, record)
    return True


def remove(call: Call, record: Activity) -> None:
    state = call.state
    for entry in list(state.timeline.values()):
        if entry.activity_id == record.id:
            cards.delete_entry(call.engine, entry.id, call.caller.user.id)
    state.activities.pop(record.id, None)


@method("crm.activity.add", scope="crm")
def add(call: Call) -> Any:
    """Create an activity; TYPE_ID 4, DIRECTION 2 and COMPLETED Y together send a mail."""
    values = {str(k).upper(): v for k, v in call.map("fields").items()}
    provider = str(values.get("PROVIDER_ID") or "")
    check(call, values, provider)
    kind = as_int(values.get("TYPE_ID")) or (ACTIVITY if provider else 0)
    if kind not in TYPES and not provider:
        text = "The custom activity without provider is not supported in current context"
        raise untitled(text)
    record = build(call, values, kind, provider)
    call.state.activities[record.id] = record
    call.state.add_entry(
        "activity",
        record.owner_type_id,
        record.owner_id,
        author_id=record.author_id,
        activity_id=record.id,
    )
    told(call, record)
    flags = (record.type_id, record.direction, record.completed)
    if flags == (crm_mail.EMAIL_TYPE, crm_mail.OUTGOING, True):
        crm_mail.send(call.state, call.engine.faults, record)
    return record.id


def check(call: Call, values: dict[str, Any], provider: str) -> None:
    if provider == CONFIGURABLE:
        raise untitled("Use crm.activity.configurable.add for this activity provider")
    if provider == "REST_APP" and not call.caller.is_app:
        raise untitled("Application context required")
    if not provider and not as_int(values.get("TYPE_ID")):
        raise untitled("The field TYPE_ID is not defined or invalid")
    if not str(values.get("SUBJECT") or ""):
        raise untitled("The field SUBJECT is not defined or empty")
    if as_int(values.get("RESPONSIBLE_ID")) not in call.state.users:
        raise untitled("The field RESPONSIBLE_ID is not defined or invalid")
    if not provider and not filters.as_map(values.get("COMMUNICATIONS")):
        raise untitled("The field COMMUNICATIONS is not defined or invalid")
    owner = as_int(values.get("OWNER_TYPE_ID")), as_int(values.get("OWNER_ID"))
    if not all(owner) or item_rows.records(call.state, owner[0]).get(owner[1]) is None:
        text = (
            "Could not build binding. "
            "Please ensure that owner info and communications are defined correctly"
        )
        raise untitled(text)


def build(call: Call, values: dict[str, Any], kind: int, provider: str) -> Activity:
    state = call.state
    default, provider_type = TYPES.get(kind, (provider, str(values.get("PROVIDER_TYPE_ID") or "")))
    return Activity(
        id=state.next_id("activity"),
        owner_type_id=as_int(values["OWNER_TYPE_ID"]),
        owner_id=as_int(values["OWNER_ID"]),
        type_id=kind,
        provider_id=provider or default,
        provider_type_id=provider_type,
        subject=str(values["SUBJECT"]),
        created=state.now(),
        updated=state.now(),
        author_id=call.caller.user.id,
        responsible_id=as_int(values["RESPONSIBLE_ID"]),
        description=str(values.get("DESCRIPTION") or ""),
        description_type=as_int(values.get("DESCRIPTION_TYPE"), 1),
        direction=as_int(values.get("DIRECTION")),
        completed=is_yes(values.get("COMPLETED")),
        start=as_time(values.get("START_TIME")),
        end=as_time(values.get("END_TIME")),
        deadline=as_time(values.get("DEADLINE")),
        communications=[
            dict(filters.as_map(c)) for c in filters.as_map(values.get("COMMUNICATIONS")).values()
        ],
        settings=dict(filters.as_map(values.get("SETTINGS"))),
        file_ids=files(call, values.get("FILES")),
        originator_id=str(values.get("ORIGINATOR_ID") or ""),
        origin_id=str(values.get("ORIGIN_ID") or ""),
        client_id=call.caller.client_id,
    )


def files(call: Call, value: Any) -> list[int]:
    """Return ids of new files from [{fileData: [name, base64]}, ...]."""
    pairs: list[Any] = [filters.as_map(f).get("fileData") for f in filters.as_map(value).values()]
    return [item.stored(call, pair) for pair in pairs if item.is_pair(pair)]


def told(call: Call, record: Activity) -> None:
    data = {"FIELDS": {"ID": str(record.id)}}
    events.emit(call.engine, "ONCRMACTIVITYADD", data, user_id=call.caller.user.id)


@method("crm.activity.todo.add", scope="crm")
def todo_add(call: Call) -> Any:
    kind, ident = as_int(call.need("ownerTypeId")), as_int(call.need("ownerId"))
    if item_rows.records(call.state, kind).get(ident) is None:
        raise not_found()
    deadline = as_time(call.need("deadline"))
    if deadline is None:
        raise missing("deadline")
    responsible = as_int(call.get("responsibleId"), call.caller.user.id)
    if responsible not in call.state.users:
        raise RestError("WRONG_FIELD_VALUE", "Wrong value of the field responsibleId")
    state, user = call.state, call.caller.user
    record = Activity(
        id=state.next_id("activity"),
        owner_type_id=kind,
        owner_id=ident,
        type_id=ACTIVITY,
        provider_id="CRM_TODO",
        provider_type_id="TODO",
        subject=str(call.get("title", "")),
        description=str(call.get("description", "")),
        created=state.now(),
        updated=state.now(),
        author_id=user.id,
        responsible_id=responsible,
        deadline=deadline,
        client_id=call.caller.client_id,
    )
    state.activities[record.id] = record
    state.add_entry("activity", kind, ident, author_id=user.id, activity_id=record.id)
    told(call, record)
    return {"id": record.id}
