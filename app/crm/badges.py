"""Marks on the board: one word on a record's tile that says how its signature stands.

A badge is registered once on a portal, by an administrator of its CRM, and named by the card that wears it.
Source: api-reference/crm/timeline/activities/configurable/badges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from app.core.envelope import Status
from app.crm.client import BatchAnswer, Command
from app.crm.rows import rows, text

UNKNOWN: Final = "WRONG_FIELD_VALUE"
"""What a portal answers to a card with a badge that it does not know (any more)."""
_LISTED: Final = "badges"
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
    """Return what registers our badges and then asks which there are, in words said by `say`, for one batch.

    A code that is taken, by an earlier installation of ours or a moment ago, cannot be added again.
    """
    made: dict[str, Command] = {
        code: (
            "crm.activity.badge.add",
            {"code": code, "title": say("Signature"), "value": say(word), "type": style},
        )
        for code, word, style in _BADGES
    }
    return {**made, _LISTED: ("crm.activity.badge.list", {})}


def known(answer: BatchAnswer) -> str:
    """Return whether the portal has all our badges after `commands`: yes, no (it would not), "" not known yet."""
    codes = {code for code, _, _ in _BADGES}
    listed = {text(row, "code") for row in rows(answer.get(_LISTED), "badges")}
    if codes <= listed | set(answer.results):
        return "yes"
    return "" if any(error.retryable for error in answer.errors.values()) else "no"
