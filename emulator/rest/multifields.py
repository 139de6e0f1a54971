"""Phones and e-mails of a record as REST changes them: added, changed, removed by their key.

Sources: crm.item.update (`fm`), crm.contact.update and crm.company.update (`PHONE`, `EMAIL`...),
crm_multifield. A bare list always adds [U: the page shows maps only].
"""

from __future__ import annotations

from typing import Any

from emulator.rest import filters
from emulator.rest.errors import RestError
from emulator.rest.values import as_int, is_yes
from emulator.state import Multifield, State

KINDS = ("PHONE", "EMAIL", "WEB", "IM", "LINK")


def change(state: State, kept: list[Multifield], given: Any) -> None:
    """Apply `fm` of a universal method to a record's values, in place.

    A key with a known id changes that value, with an empty `value` removes it; every other key
    (`n0`, an id the record does not have) adds one.
    """
    listed = isinstance(given, list)
    for key, value in filters.as_map(given).items():
        ident = 0 if listed else as_int(key)
        put(state, kept, ident, lowered(value))


def change_classic(state: State, kept: list[Multifield], type_id: str, given: Any) -> None:
    """Apply `PHONE` or `EMAIL` of a classic method: rows of ID, VALUE, VALUE_TYPE, DELETE.

    A row with an id and without a value removes it, as DELETE=Y does.
    """
    for row in filters.as_map(given).values():
        one = {"value": ""} | lowered(row) | {"typeid": type_id}
        if is_yes(one.get("delete", "")):
            one["value"] = ""
        put(state, kept, as_int(one.get("id")), one)


def put(state: State, kept: list[Multifield], ident: int, one: dict[str, Any]) -> None:
    """Add, change or remove one value. Raises when its kind is none of the five."""
    known = next((m for m in kept if m.id == ident), None)
    text = str(one.get("value") or "").strip()
    if known is None:
        if text:
            kept.append(Multifield(state.next_id("fm"), kind_of(one), text, sort_of(one)))
    elif "value" in one and not text:
        kept.remove(known)
    else:
        known.value = text or known.value
        known.value_type = str(one.get("valuetype") or known.value_type)


def kind_of(one: dict[str, Any]) -> str:
    kind = str(one.get("typeid") or "").upper()
    if kind not in KINDS:
        raise RestError("CRM_FIELD_ERROR_VALUE_NOT_VALID", 'Invalid value for field "fm"')
    return kind


def sort_of(one: dict[str, Any]) -> str:
    return str(one.get("valuetype") or "WORK").upper()


def lowered(value: Any) -> dict[str, Any]:
    """Return a row with comparable keys: valueType and VALUE_TYPE are one."""
    if not isinstance(value, dict):
        return {}
    return {str(k).replace("_", "").lower(): v for k, v in value.items()}
