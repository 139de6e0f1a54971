"""How a rule names a layout: "3. Services contract", for people and for us alike.

A rule's settings are shown to managers in the portal, so no internal id stands in them; the number is the portal's
own, and its words may change without harm.
"""

from __future__ import annotations

import re

from app.store import installations, layouts
from app.store.database import Session
from app.store.tables import Layout

NUMBERS = "rule_layouts"
"""The preference that keeps number -> layout id."""
_NAMED = re.compile(r"(\d{1,6})\. ")


def name(session: Session, portal_id: str, row: Layout) -> str:
    """Return how rules of this portal name the layout, numbering it at the first time."""
    portal = installations.lock(session, portal_id)
    known: dict[str, str] = dict(portal.preferences.get(NUMBERS, {}))
    number = next((key for key, value in known.items() if value == row.id), "")
    if not number:
        number = str(len(known) + 1)
        portal.preferences = {**portal.preferences, NUMBERS: {**known, number: row.id}}
    return f"{number}. {row.name}"[:200]


def find(session: Session, portal_id: str, named: str) -> Layout | None:
    """Return the layout a rule names, by number or (in rules of older versions) by id; None when it is gone."""
    match = _NAMED.match(named)
    if match is None:
        return layouts.find(session, portal_id, named)
    known = installations.get(session, portal_id).preferences.get(NUMBERS, {})
    return layouts.find(session, portal_id, str(known.get(match[1], "")))
