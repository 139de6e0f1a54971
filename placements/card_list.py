"""The list of a card's envelopes, as every act in the tab answers with it."""

from __future__ import annotations

from flask import Response

from app.actions import tab
from app.core.record import RecordKey
from app.http.context import services
from placements import frame
from placements.wizard_view import list_values


def answer(key: RecordKey) -> Response:
    """Return the list as it is now."""
    who = frame.who()
    rows = tab.of_record(services(), who, key)
    values = list_values(rows, who, is_responsible=frame.is_responsible())
    return frame.part("tab/list.html", record=key, **values)
