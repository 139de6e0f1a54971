"""The status card in a record's timeline, as the strict layout of a configurable activity.

Every collection is a map with keys of [A-Za-z0-9_-]; a field that is not described is an error there. At most two
tags, two buttons, twenty blocks. Source: api-reference/crm/timeline/activities/configurable/structure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

Style = Literal["success", "warning", "failure", "primary", "secondary"]
MAX_BLOCKS: Final = 20
MAX_BUTTONS: Final = 2
MAX_TEXT: Final = 500
ORIGINATOR: Final = "paraph"
_MARKS: Final = {"success": "✓", "failure": "✕", "warning": "…", "primary": "…", "secondary": "·"}


@dataclass(frozen=True, slots=True)
class CardParty:
    """A person on the card: name, what they did or should do, and how it looks."""

    name: str
    state: str
    style: Style = "secondary"


@dataclass(frozen=True, slots=True)
class CardButton:
    """open: our page in a slider. remind, extend, void: an event to our server (ONCRMTIMELINEITEMACTION)."""

    action: Literal["open", "remind", "extend", "void"]
    title: str


@dataclass(frozen=True, slots=True)
class StatusCard:
    """What the timeline says about an envelope; every text in the reader's language already.

    `number_label`, `waits_label`: the words before number and `waits_for`. `is_done`: the activity is closed.
    `link`: (text, address) of a plain page, because sliders do not open in the mobile app.
    `badge`: code of a mark on the board, registered before; "" for none.
    """

    envelope_id: str
    number: str
    title: str
    state: str
    style: Style = "primary"
    parties: Sequence[CardParty] = ()
    waits_for: str = ""
    buttons: Sequence[CardButton] = ()
    is_done: bool = False
    deadline: datetime | None = None
    responsible_id: str = ""
    number_label: str = "№"
    waits_label: str = "→"
    link: tuple[str, str] | None = None
    badge: str = ""


def fields(card: StatusCard) -> dict[str, object]:
    """Return the activity's own fields; originId is how the card is found again."""
    found: dict[str, object] = {
        "completed": "Y" if card.is_done else "N",
        "isIncomingChannel": "N",
        "originatorId": ORIGINATOR,
        "originId": card.envelope_id,
    }
    if card.badge:
        found["badgeCode"] = card.badge
    if card.deadline:
        found["deadline"] = card.deadline.isoformat(timespec="seconds")
    if card.responsible_id:
        found["responsibleId"] = card.responsible_id
    return found


def layout(card: StatusCard) -> dict[str, Any]:
    """Return the card's layout; long texts are cut, parties beyond the room counted."""
    found: dict[str, Any] = {
        "icon": {"code": "document"},
        "header": {
            "title": _cut(card.title, 120),
            "titleAction": _action(CardButton("open", ""), card),
            "tags": {"state": {"title": _cut(card.state, 60), "type": card.style}},
        },
        "body": {
            "logo": {"code": "document", "action": _action(CardButton("open", ""), card)},
            "blocks": _blocks(card),
        },
    }
    footer = _footer(card)
    return {**found, "footer": footer} if footer else found


def record_layout(
    lines: Sequence[tuple[str, str]], *, link: tuple[str, str] | None = None
) -> dict[str, Any]:
    """Return extra blocks for someone else's timeline record: (label, text) lines and a link (text, address)."""
    blocks = {f"line_{n}": _titled(label, _text(text)) for n, (label, text) in enumerate(lines)}
    blocks = dict(list(blocks.items())[: MAX_BLOCKS - 1])
    if link:
        blocks["link"] = _link(*link)
    return {"blocks": blocks}


def _blocks(card: StatusCard) -> dict[str, Any]:
    blocks = {"number": _titled(card.number_label, _text(card.number, bold=True))}
    room = MAX_BLOCKS - len(blocks) - bool(card.waits_for) - bool(card.link)
    shown = list(card.parties)
    hidden = len(shown) - room + 1 if len(shown) > room else 0
    for n, one in enumerate(shown[: len(shown) - hidden]):
        blocks[f"party_{n}"] = _titled(one.name, _text(f"{_MARKS[one.style]} {one.state}"))
    if hidden:
        blocks["more"] = _text(f"+ {hidden}")
    if card.waits_for:
        blocks["waits"] = _titled(card.waits_label, _text(card.waits_for, bold=True))
    if card.link:
        blocks["link"] = _link(*card.link)
    return blocks


def _footer(card: StatusCard) -> dict[str, Any]:
    """The first two buttons stand below, the others in the menu."""
    buttons = {
        button.action: {
            "title": _cut(button.title, 60),
            "type": "primary" if n == 0 else "secondary",
            "action": _action(button, card),
        }
        for n, button in enumerate(card.buttons[:MAX_BUTTONS])
    }
    items = {
        button.action: {
            "title": _cut(button.title, 60),
            "action": _action(button, card, animation="loader"),
        }
        for button in card.buttons[MAX_BUTTONS:]
    }
    footer: dict[str, Any] = {"buttons": buttons} if buttons else {}
    if items:
        footer["menu"] = {"items": items}
    return footer


def _action(button: CardButton, card: StatusCard, *, animation: str = "disable") -> dict[str, Any]:
    params = {"envelope": card.envelope_id, "action": button.action}
    if button.action == "open":
        slider = {"title": _cut(card.title, 120), "width": 1100}
        return {"type": "openRestApp", "actionParams": params, "sliderParams": slider}
    # The button stays blocked until the card is updated: whoever handles the event must always do so.
    return {
        "type": "restEvent",
        "id": button.action,
        "actionParams": params,
        "animationType": animation,
    }


def _titled(title: str, block: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "withTitle",
        "properties": {"title": _cut(title, 120), "inline": True, "block": block},
    }


def _text(value: str, *, bold: bool = False) -> dict[str, Any]:
    properties: dict[str, Any] = {"value": _cut(value, MAX_TEXT)}
    if bold:
        properties["bold"] = True
    return {"type": "text", "properties": properties}


def _link(text: str, uri: str) -> dict[str, Any]:
    return {
        "type": "link",
        "properties": {"text": _cut(text, 120), "action": {"type": "redirect", "uri": uri}},
    }


def _cut(value: str, limit: int) -> str:
    """An empty required text is refused there, so it becomes a dash."""
    # A title that reads like a batch's reference would be replaced by an answer there.
    line = " ".join(value.split()).replace("$result[", "$result (") or "—"
    return line if len(line) <= limit else line[: limit - 1] + "…"
