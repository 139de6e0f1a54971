"""Methods crm.timeline.*: comments with files, log lines; and im-free traces on a card."""

from __future__ import annotations

from typing import Any

from emulator import cards
from emulator.rest import filters, item_rows
from emulator.rest.errors import RestError, missing, not_found, untitled
from emulator.rest.methods import item
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, empty_map, iso
from emulator.state import TimelineEntry

TYPE_NAMES = {"lead": 1, "deal": 2, "contact": 3, "company": 4, "quote": 7, "smart_invoice": 31}
NAMES = {number: name for name, number in TYPE_NAMES.items()}


def type_of(value: Any) -> int:
    """Return 2 for "deal", 1046 for "dynamic_1046"."""
    name = str(value or "").lower()
    if name.startswith("dynamic_"):
        return as_int(name.removeprefix("dynamic_"))
    return TYPE_NAMES.get(name, as_int(name))


def name_of(kind: int) -> str:
    return NAMES.get(kind, f"dynamic_{kind}")


def exists(call: Call, kind: int, ident: int) -> bool:
    try:
        return item_rows.records(call.state, kind).get(ident) is not None
    except RestError:
        return False


@method("crm.timeline.comment.add", scope="crm")
def comment_add(call: Call) -> Any:
    """Add a comment; FILES is always a list of [name, base64] pairs."""
    given = call.get("fields")
    if not isinstance(given, dict):
        raise missing("fields")
    if not given.get("ENTITY_TYPE") or not given.get("ENTITY_ID"):
        raise RestError("100", "Required fields are not provided")
    kind, ident = type_of(given["ENTITY_TYPE"]), as_int(given["ENTITY_ID"])
    if not exists(call, kind, ident):
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")
    text = str(given.get("COMMENT") or "")
    if not text.strip():
        raise RestError("INVALID_ARG_VALUE", "Empty comment message")
    entry = call.state.add_entry(
        "comment",
        kind,
        ident,
        author_id=as_int(given.get("AUTHOR_ID"), call.caller.user.id),
        text=text,
        file_ids=comment_files(call, given.get("FILES")),
        client_id=call.caller.client_id,
    )
    cards.emit_comment(call.engine, entry, call.caller.user.id)
    return entry.id


def comment_files(call: Call, value: Any) -> list[int]:
    """Return ids of the comment's files; what is not a pair is silently left out [U]."""
    return [item.stored(call, p) for p in filters.as_map(value).values() if item.is_pair(p)]


@method("crm.timeline.comment.get", scope="crm")
def comment_get(call: Call) -> Any:
    entry = call.state.timeline.get(as_int(call.any_case("id")))
    if entry is None or entry.kind != "comment":
        raise not_found()
    return comment(call, entry)


@method("crm.timeline.comment.list", scope="crm")
def comment_list(call: Call) -> Any:
    conditions = filters.as_map(call.any_case("filter"))
    plain = {filters.split(k)[1]: v for k, v in conditions.items()}
    if not plain.get("ENTITY_ID") or not plain.get("ENTITY_TYPE"):
        raise untitled("Access denied.")
    rows = [comment(call, e) for e in call.state.timeline.values() if e.kind == "comment"]
    found = filters.apply(rows, conditions, call.any_case("order"))
    page, total, following = paged(found, call.any_case("start", 0))
    chosen = call.any_case("select")
    return Page([filters.select(r, chosen, always=("ID",)) for r in page], total, following)


@method("crm.timeline.comment.delete", scope="crm")
def comment_delete(call: Call) -> Any:
    entry = call.state.timeline.get(as_int(call.any_case("id")))
    if entry is None or entry.kind != "comment":
        raise not_found()
    cards.delete_entry(call.engine, entry.id, call.caller.user.id)
    return True


def comment(call: Call, entry: TimelineEntry) -> dict[str, Any]:
    return {
        "ID": str(entry.id),
        "ENTITY_ID": str(entry.entity_id),
        "ENTITY_TYPE": name_of(entry.entity_type_id),
        "CREATED": iso(entry.created),
        "COMMENT": entry.text,
        "AUTHOR_ID": str(entry.author_id),
        "FILES": empty_map({str(i): file_row(call, entry, i) for i in entry.file_ids}),
    }


def file_row(call: Call, entry: TimelineEntry, file_id: int) -> dict[str, Any]:
    stored = call.state.files[file_id]
    author = call.state.users.get(entry.author_id)
    address = f"{call.state.portal.url}/disk/downloadFile/{file_id}/?&ncc=1&filename={stored.name}"
    return {
        "id": file_id,
        "date": iso(entry.created),
        "type": "image" if stored.mime.startswith("image/") else "file",
        "name": stored.name,
        "size": len(stored.content),
        "authorId": entry.author_id,
        "authorName": author.full_name if author else "",
        "urlShow": address.replace("downloadFile", "showFile"),
        "urlDownload": address,
    }


@method("crm.timeline.logmessage.add", scope="crm")
def log_add(call: Call) -> Any:
    given = call.get("fields")
    if not isinstance(given, dict):
        raise missing("fields")
    for name in ("entityTypeId", "entityId", "title", "text", "iconCode"):
        if not given.get(name):
            raise missing(name)
    kind, ident = as_int(given["entityTypeId"]), as_int(given["entityId"])
    if not exists(call, kind, ident):
        raise RestError("OWNER_NOT_FOUND", "Owner was not found")
    entry = call.state.add_entry(
        "log",
        kind,
        ident,
        author_id=call.caller.user.id,
        title=str(given["title"]),
        text=str(given["text"]),
        icon_code=str(given["iconCode"]),
        client_id=call.caller.client_id,
    )
    return {"logMessage": log(entry)}


@method("crm.timeline.logmessage.list", scope="crm")
def log_list(call: Call) -> Any:
    kind, ident = as_int(call.need("entityTypeId")), as_int(call.need("entityId"))
    rows = [log(e) for e in call.state.card_timeline(kind, ident) if e.kind == "log"]
    page, total, following = paged(rows, call.get("start", 0))
    return Page(page, total, following)


def log(entry: TimelineEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "created": iso(entry.created),
        "authorId": entry.author_id,
        "title": entry.title,
        "text": entry.text,
        "iconCode": entry.icon_code,
    }
