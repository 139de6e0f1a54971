"""File fields of CRM records: which a portal has, and a file put into one.

What an update does not name leaves a field that holds several, so the files that stood there are named by id.
Sources: crm.item.fields, crm.item.get, crm.item.update; api-reference/files/how-to-update-files.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.crm.client import BATCH_LIMIT, CrmClient
from app.crm.rows import Row, ident, is_yes, item, rows, text

NAMES: Final[Mapping[int, str]] = {
    2: "Deals",
    1: "Leads",
    3: "Contacts",
    4: "Companies",
    7: "Quotes",
    31: "Invoices",
}
"""The kinds of record every portal has, as people call them (msgid)."""


@dataclass(frozen=True, slots=True)
class FileField:
    """A field that takes files. `name` as crm.item.* calls it."""

    entity_type_id: int
    name: str
    title: str
    is_multiple: bool


@dataclass(frozen=True, slots=True)
class RecordKind:
    """A kind of record with the file fields it has. `title`: of a smart process as the portal calls it."""

    entity_type_id: int
    title: str
    fields: tuple[FileField, ...]


def kinds(client: CrmClient) -> list[RecordKind]:
    """Return every kind of record that has file fields of the portal's own. Two calls; raises PortalErrors."""
    found = {**NAMES, **_smart_processes(client)}
    asked = list(found)[:BATCH_LIMIT]
    answer = client.batch({f"t{one}": ("crm.item.fields", {"entityTypeId": one}) for one in asked})
    answer.raise_temporary()
    made = (RecordKind(one, found[one], _file_fields(one, answer.get(f"t{one}"))) for one in asked)
    return [kind for kind in made if kind.fields]


def files_in(client: CrmClient, record: tuple[int, str], field: str) -> tuple[str, ...]:
    """Return the ids of the files in a field of the record (type, id)."""
    answer = item(client.call("crm.item.get", {"entityTypeId": record[0], "id": int(record[1])}))
    value = answer.get(field)
    held = [value] if isinstance(value, Mapping) and "id" in value else rows(value)
    return tuple(filter(None, (ident(one, "id") for one in held)))


def put_files(
    client: CrmClient,
    record: tuple[int, str],
    field: FileField,
    files: Sequence[tuple[str, bytes]],
    *,
    keep: Sequence[str],
) -> None:
    """Put `files` (name, content) into the field, beside those in `keep`; a field for one file holds the first."""
    pairs: list[object] = [[name, base64.b64encode(body).decode()] for name, body in files]
    value = [*({"id": int(one)} for one in keep), *pairs] if field.is_multiple else pairs[0]
    params = {"entityTypeId": record[0], "id": int(record[1]), "fields": {field.name: value}}
    client.call("crm.item.update", params)


def _smart_processes(client: CrmClient) -> dict[int, str]:
    listed = client.batch({"types": ("crm.type.list", {"order": {"id": "ASC"}})}).get("types")
    found = {ident(row, "entityTypeId"): text(row, "title") for row in rows(listed, "types")}
    return {int(one): title for one, title in found.items() if one}


def _file_fields(entity_type_id: int, answer: object) -> tuple[FileField, ...]:
    described = answer.get("fields") if isinstance(answer, Mapping) else None
    found: Mapping[str, Row] = described if isinstance(described, Mapping) else {}
    return tuple(
        FileField(entity_type_id, name, text(row, "title") or name, is_yes(row, "isMultiple"))
        for name, row in found.items()
        if isinstance(row, Mapping) and _is_ours_to_fill(row)
    )


def _is_ours_to_fill(row: Row) -> bool:
    is_custom = is_yes(row, "isDynamic") and not is_yes(row, "isReadOnly")
    return text(row, "type") == "file" and is_custom
