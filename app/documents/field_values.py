"""What stands in a field: beforehand from the CRM, and printed in the document's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.core.fields import FieldKind, to_date, to_number
from app.documents.filters import document_filters

_PHONES = frozenset({"phone", "fax", "mobile"})


def from_crm(values: Mapping[str, object], name: str, *, kind: FieldKind, lang: str) -> str:
    """Return what the CRM has for placeholder `name` (core.merge), as a field of `kind` keeps it; else "".

    A date field keeps YYYY-MM-DD, a number field figures with a dot, a text what a document in `lang` would say.
    """
    value = _at(values, name)
    if isinstance(value, date):
        return value.isoformat()[:10] if kind is FieldKind.DATE else _filtered("date", value, lang)
    if isinstance(value, Decimal):
        return f"{value:f}" if kind is FieldKind.NUMBER else _filtered("number", value, lang)
    if isinstance(value, Mapping):
        return str(value.get("line", ""))
    if not isinstance(value, str):
        return ""
    is_phone = name.rpartition(".")[2] in _PHONES
    return _filtered("phone", value, lang).replace("\u00a0", " ") if is_phone else value


def said(kind: FieldKind, value: str, *, lang: str) -> str:
    """Return the kept `value` as it is printed in a document in `lang`."""
    if kind is FieldKind.DATE and (day := to_date(value)) is not None:
        return _filtered("date", day, lang)
    if kind is FieldKind.NUMBER and (number := to_number(value)) is not None:
        return _filtered("number", number, lang)
    return value


def _filtered(name: str, value: object, lang: str) -> str:
    return str(document_filters(lang, "")[name](value))


def _at(values: object, name: str) -> object:
    for part in name.split("."):
        if isinstance(values, list) and part.isdigit():
            values = values[int(part)] if int(part) < len(values) else None
        else:
            values = values.get(part) if isinstance(values, Mapping) else None
    return values
