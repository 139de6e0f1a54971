"""A deal's timeline: entries of the state as records a template prints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from flask import render_template

from emulator.pages import layouts, texts
from emulator.pages.shell import lang, say, state, user, with_rev
from emulator.state import DEAL, Activity, Document, PlacementBinding, StoredFile, TimelineEntry

MENU_PLACE = "CRM_DEAL_ACTIVITY_TIMELINE_MENU"
OTHER_TYPES = {"comment": "7", "log": "19", "stage": "3", "created": "1"}
ICONS = {
    "CRM_EMAIL": ("mail", "mail"),
    "CRM_TODO": ("check", "comment"),
    "CRM_DOCUMENT": ("file", "document"),
    "CONFIGURABLE_REST_APP": ("pen", "app"),
    "REST_APP": ("puzzle", "app"),
}
LOG_ICONS = {
    "check": ("check", "good"),
    "call-completed": ("check", "good"),
    "attention": ("alert", "bad"),
    "document": ("file", "document"),
    "mail": ("mail", "mail"),
    "sms": ("phone", "mail"),
}


@dataclass(slots=True)
class Record:
    """One line of the timeline. look: colour of the dot; slim: a log line without a card."""

    entry: TimelineEntry
    author: str
    title: str
    icon: str
    look: str
    text: str = ""
    slim: bool = False
    activity: Activity | None = None
    document: Document | None = None
    template: str = ""
    card: layouts.Card | None = None
    added: list[layouts.Block] = field(default_factory=list)
    files: list[StoredFile] = field(default_factory=list)
    extensions: list[PlacementBinding] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    can_delete: bool = False


def draw(deal_id: int) -> str:
    """Return the timeline's HTML, newest first, with a line for every day."""
    html, shown_day = [], ""
    for entry in state().deal_timeline(deal_id):
        found = record(entry)
        day = texts.day(entry.created, lang())
        if day != shown_day:
            shown_day = day
            key = entry.created.astimezone(texts.ZONE).date().isoformat()
            html.append(
                f'<div class="tl-day" data-key="day-{key}" data-rev="{lang()}"><span>{day}</span></div>'
            )
        salt = found.activity.updated.isoformat() if found.activity else ""
        html.append(with_rev(render_template("parts/record.html", r=found), salt))
    return "".join(html)


def record(entry: TimelineEntry) -> Record:
    """Return one entry with everything its card shows."""
    makers = {"activity": of_activity, "comment": of_comment, "log": of_log, "stage": of_stage}
    found = makers.get(entry.kind, of_created)(entry)
    found.extensions = state().bindings(MENU_PLACE, user().id)
    found.options = options(entry)
    found.files = [state().files[i] for i in file_ids(found) if i in state().files]
    return found


def options(entry: TimelineEntry) -> dict[str, str]:
    """Return what a widget of the record's menu is told (contract 4.2)."""
    if entry.kind == "activity":
        return {
            "ENTITY_ID": str(entry.entity_id),
            "ASSOCIATED_ENTITY_ID": str(entry.activity_id),
            "ASSOCIATED_ENTITY_TYPE_ID": "6",
        }
    return {
        "ENTITY_ID": str(entry.entity_id),
        "TYPE_ID": OTHER_TYPES.get(entry.kind, "0"),
        "TYPE_CATEGORY_ID": "0",
        "TIMELINE_ITEM_ID": str(entry.id),
    }


def file_ids(found: Record) -> list[int]:
    if found.activity:
        return list(found.activity.file_ids)
    return list(found.entry.file_ids)


def author(entry: TimelineEntry) -> str:
    who = state().users.get(entry.author_id)
    return who.full_name if who else say("Automation")


def of_activity(entry: TimelineEntry) -> Record:
    a = state().activities.get(entry.activity_id)
    if a is None:
        return Record(entry, author(entry), say("Deleted record"), "info", "", slim=True)
    icon, look = ICONS.get(a.provider_id, ("info", "mail"))
    found = Record(entry, author(entry), a.subject, icon, look, activity=a, can_delete=True)
    found.added = [
        b for layout in a.blocks.values() for b in layouts.blocks(layout.get("blocks"), lang())
    ]
    if a.layout:
        found.card = layouts.read(a.layout, lang())
        found.title, found.can_delete = found.card.title, found.card.can_delete
        found.look = card_look(found.card)
    elif a.provider_id == "CRM_DOCUMENT":
        describe_document(found, a)
    else:
        found.text = plain(a.description, a.description_type)
    return found


def card_look(card: layouts.Card) -> str:
    looks = {t.look for t in card.tags}
    return "good" if "success" in looks else "bad" if "failure" in looks else "app"


def describe_document(found: Record, activity: Activity) -> None:
    found.document = state().documents.get(activity.associated_entity_id)
    if found.document:
        template = state().templates.get(found.document.template_id)
        found.template = template.name if template else ""


def of_comment(entry: TimelineEntry) -> Record:
    title = say("Comment")
    return Record(entry, author(entry), title, "chat", "comment", entry.text, can_delete=True)


def of_log(entry: TimelineEntry) -> Record:
    icon, look = LOG_ICONS.get(entry.icon_code, ("info", ""))
    return Record(entry, author(entry), entry.title, icon, look, entry.text, slim=True)


def of_stage(entry: TimelineEntry) -> Record:
    title = say("Stage changed")
    return Record(entry, author(entry), title, "flag", "", stage_words(entry.text), slim=True)


def of_created(entry: TimelineEntry) -> Record:
    return Record(entry, author(entry), say("Deal created"), "plus", "", entry.text, slim=True)


def stage_words(text: str) -> str:
    """Return "old -> new" with the names of the stages where ids were written."""
    names = {s.id: s.name for s in state().stages.values()}
    parts = [p.strip() for p in re.split(r"->|→", text)]
    return " → ".join(names.get(p, p) for p in parts if p)


def plain(text: str, kind: int) -> str:
    """Return a description as plain text. kind: 1 text, 2 BBCode, 3 HTML."""
    if kind == 3:
        text = re.sub(r"(?is)<(style|script|head)\b.*?</\1>", "", text)
        text = re.sub(r"(?i)<br\s*/?>|</p>|</div>|</tr>", "\n", text)
        text = re.sub(r"<[^>]+>", "", text).replace("&nbsp;", " ").replace("&amp;", "&")
    elif kind == 2:
        text = re.sub(r"\[/?[a-zA-Z*]+(=[^\]]*)?\]", "", text)
    return re.sub(r"\n\s*\n+", "\n\n", text).strip()


def deal_menu(code: str) -> list[PlacementBinding]:
    """Return the widgets at a place of the deal card."""
    return state().bindings(code, user().id)


def context(deal_id: int, code: str) -> dict[str, Any]:
    """Return what a widget of the card itself is told: its key differs by place."""
    key = "ENTITY_ID" if code.endswith("DOCUMENTGENERATOR_BUTTON") else "ID"
    return {key: str(deal_id)} if deal_id and DEAL else {}
