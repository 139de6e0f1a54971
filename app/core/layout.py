"""Layouts: what is remembered for a document type, and how it goes into JSON and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.core.fields import Anchor, Field, FieldKind


@dataclass(frozen=True, slots=True)
class RolePlan:
    """How one role is reached. Its person is read afresh from the record each time."""

    key: str
    """ "us" or "client"."""
    order: int
    channel: str
    needs_code: bool
    portal_user_id: str = ""
    """The colleague who signs for us; "" for a counterparty."""


@dataclass(frozen=True, slots=True)
class LayoutSpec:
    """Everything "Use this layout" copies. Contacts and data are never in it."""

    roles: tuple[RolePlan, ...]
    fields: tuple[Field, ...]
    """Only fields placed by hand; those of tags come from the document itself."""
    source: Mapping[str, Any]
    """The document source as an envelope keeps it."""
    title: str
    page_count: int = 0
    more_fields: tuple[tuple[Field, ...], ...] = ()
    """The same for the second document, the third..."""

    def fields_of(self, position: int) -> tuple[Field, ...]:
        """Return the fields of the document at `position`, counted from 0."""
        if position == 0:
            return self.fields
        return self.more_fields[position - 1] if position <= len(self.more_fields) else ()


def to_json(spec: LayoutSpec) -> dict[str, Any]:
    """Return `spec` as JSON values."""
    return {
        "roles": [asdict(role) for role in spec.roles],
        "fields": [field_to_json(field) for field in spec.fields],
        "source": dict(spec.source),
        "title": spec.title,
        "page_count": spec.page_count,
        "more_fields": [[field_to_json(field) for field in many] for many in spec.more_fields],
    }


def from_json(values: Mapping[str, Any]) -> LayoutSpec:
    """Return the layout kept as `values`."""
    return LayoutSpec(
        roles=tuple(RolePlan(**role) for role in values["roles"]),
        fields=tuple(field_from_json(field) for field in values["fields"]),
        source=dict(values["source"]),
        title=values["title"],
        page_count=values.get("page_count", 0),
        more_fields=tuple(
            tuple(field_from_json(field) for field in many)
            for many in values.get("more_fields", ())
        ),
    )


def field_to_json(field: Field) -> dict[str, Any]:
    """Return `field` as JSON values."""
    return {**asdict(field), "kind": field.kind.value, "options": list(field.options)}


def field_from_json(values: Mapping[str, Any]) -> Field:
    """Return the field kept as `values`."""
    anchor = values.get("anchor")
    return Field(
        **{
            **values,
            "kind": FieldKind(values["kind"]),
            "anchor": Anchor(**anchor) if anchor else None,
            "options": tuple(values.get("options") or ()),
        }
    )


def role_of(spec: LayoutSpec, key: str) -> RolePlan | None:
    """Return the plan of role `key`, or None when the layout has no such role."""
    return next((role for role in spec.roles if role.key == key), None)


def placed_by_hand(fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields a person placed, which a layout must remember."""
    return tuple(field for field in fields if not field.from_tag)
