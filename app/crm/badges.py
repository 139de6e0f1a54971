"""Marks on the board: one word on a record's tile that says how its signature stands.

A badge is registered once on a portal, by an administrator of its CRM, and named by the card that wears it.
Source: api-reference/crm/timeline/activities/configurable/badges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.core.envelope import Status
from app.crm.client import Command

UNKNOWN: Final = "WRONG_FIELD_VALUE"
"""What a portal answers to a card with a badge that it does not know (any more)."""
_BADGES: Final = (
    ("paraph_waiting", "Waiting", "primary"),
    ("paraph_signed", "Signed", "success"),
    ("paraph_stopped", "Not signed", "failure"),
)
BADGE_OF: Mapping[Status, str] = MappingProxyType(
    {
        Status.SENT: "paraph_waiting",
        Status.SIGNED: "paraph_signed",
        Status.SEALED: "paraph_signed",
        Status.DECLINED: "paraph_stopped",
        Status.EXPIRED: "paraph_stopped",
        Status.VOIDED: "paraph_stopped",
    }
)
"""The badge of each status."""


def commands(say: Callable[[str], str]) -> dict[str, Command]:
    """Return what registers our badges, with their words said by `say`, for one batch."""
    return {
        code: (
            "crm.activity.badge.add",
            {"code": code, "title": say("Signature"), "value": say(word), "type": style},
        )
        for code, word, style in _BADGES
    }
