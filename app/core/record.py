"""Who asks, and about which CRM record: the two keys every page in a frame starts from.

Placement codes and their options: api-reference/widgets/crm of the Bitrix24 REST documentation.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

ENTITY_TYPES: Mapping[str, int] = {
    "LEAD": 1,
    "DEAL": 2,
    "CONTACT": 3,
    "COMPANY": 4,
    "QUOTE": 7,
    "SMART_INVOICE": 31,
}
_PAGES = {1: "lead", 2: "deal", 3: "contact", 4: "company", 7: "quote"}
_CODE = re.compile(r"CRM_(?:(LEAD|DEAL|CONTACT|COMPANY|QUOTE|SMART_INVOICE)|DYNAMIC_(\d{1,6}))_")


@dataclass(frozen=True, slots=True)
class PortalUser:
    """An employee working in the CRM of a portal, proven by the guard."""

    portal_id: str
    user_id: str
    lang: str = "en"
    is_admin: bool = False

    @property
    def actor(self) -> str:
        """The name of this person in audit events."""
        return f"portal_user:{self.user_id}"


@dataclass(frozen=True, slots=True)
class RecordKey:
    """One CRM record on a portal."""

    entity_type_id: int
    entity_id: str


def type_of_placement(code: str) -> int:
    """Return the entity type that a placement code names, 0 when it names none."""
    found = _CODE.match(code)
    if not found:
        return 0
    return int(found[2]) if found[2] else ENTITY_TYPES[found[1]]


def record_of_placement(code: str, options: Mapping[str, object]) -> RecordKey | None:
    """Return the record a widget was opened on, or None when it says none.

    The type is told by the code alone; the id stands under ID or ENTITY_ID, and in built-in mode both
    stand under entityTypeId and entityId.
    """
    entity_type = type_of_placement(code) or _number(options.get("entityTypeId"))
    entity_id = next(
        (n for name in ("ID", "ENTITY_ID", "entityId") if (n := _number(options.get(name)))), 0
    )
    return RecordKey(entity_type, str(entity_id)) if entity_type and entity_id else None


def record_path(key: RecordKey) -> str:
    """Return where the portal shows the record; newer types stand under /crm/type/."""
    kind = _PAGES.get(key.entity_type_id, f"type/{key.entity_type_id}")
    return f"/crm/{kind}/details/{key.entity_id}/"


def _number(value: object) -> int:
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
