"""Activity layouts of applications (configurable cards, added blocks) as values a template prints.

Source: the LayoutDto pages of the documentation (contract 8). Maps keep their order; what is
meant for the mobile application only is left out; texts may be language maps.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from emulator.state import text_in


@dataclass(frozen=True, slots=True)
class Act:
    """What a click does. kind: path, link, app, event, or "" for nothing."""

    kind: str = ""
    href: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """One content block. `parts` are the blocks inside (withTitle: one)."""

    kind: str
    text: str = ""
    title: str = ""
    classes: str = ""
    act: Act = field(default_factory=Act)
    inline: bool = False
    parts: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Press:
    """A tag, button or menu line of a layout. `look` is its type."""

    key: str
    text: str
    look: str
    act: Act


@dataclass(frozen=True, slots=True)
class Card:
    """A whole layout. `shown` are the standard menu lines an app may hide."""

    title: str
    title_act: Act
    icon: str
    logo: str
    tags: list[Press]
    blocks: list[Block]
    buttons: list[Press]
    menu: list[Press]
    can_delete: bool


def act(value: Any) -> Act:
    """Return a layout's action; addresses other than http(s) and own paths do nothing."""
    if not isinstance(value, dict):
        return Act()
    kind = str(value.get("type", ""))
    if kind == "redirect":
        return redirect_act(str(value.get("uri", "")))
    names = {"openRestApp": "app", "restEvent": "event"}
    return Act(names.get(kind, ""), "", json.dumps(value, ensure_ascii=False))


def redirect_act(uri: str) -> Act:
    split = urlsplit(uri)
    if split.scheme in ("http", "https"):
        return Act("link", uri)
    own = not split.scheme and not split.netloc and uri.startswith("/")
    return Act("path", uri) if own else Act()


def entries(value: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return a map or list of layout parts that a browser shows."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value or [])
    return [
        (str(k), v) for k, v in pairs if isinstance(v, dict) and v.get("scope") in (None, "", "web")
    ]


def press(key: str, value: dict[str, Any], lang: str) -> Press:
    look = str(value.get("type", "secondary"))
    return Press(key, text_in(value.get("title"), lang), look, act(value.get("action")))


def truthy(value: Any) -> bool:
    return value not in (False, 0, "0", "N", "false", "")


def block(value: dict[str, Any], lang: str) -> Block | None:
    """Return one content block, None for a kind the portal does not know."""
    kind, props = str(value.get("type", "")), value.get("properties") or {}
    if kind in ("text", "largeText"):
        return text_block(kind, props, lang)
    if kind == "link":
        bold = "t-bold" if truthy(props.get("bold", False)) else ""
        return Block("link", text_in(props.get("text"), lang), "", bold, act(props.get("action")))
    if kind == "withTitle":
        inner = block(props.get("block") or {}, lang)
        title = text_in(props.get("title"), lang)
        inline = truthy(props.get("inline", False))
        return Block("pair", title=title, inline=inline, parts=[inner] if inner else [])
    if kind == "lineOfBlocks":
        return Block("line", parts=blocks(props.get("blocks"), lang))
    return Block("deadline") if kind == "deadline" else None


def text_block(kind: str, props: dict[str, Any], lang: str) -> Block:
    classes = [
        f"t-{props[name]}"
        for name in ("size", "color")
        if str(props.get(name, "")).replace("_", "").isalnum()
    ]
    if truthy(props.get("bold", False)):
        classes.append("t-bold")
    if truthy(props.get("multiline", False)):
        classes.append("record-text")
    shown = "text" if kind == "text" else "large"
    title = text_in(props.get("title"), lang)
    return Block(shown, text_in(props.get("value"), lang), title, " ".join(classes))


def blocks(value: Any, lang: str) -> list[Block]:
    found = (block(v, lang) for _, v in entries(value))
    return [b for b in found if b is not None]


def read(layout: dict[str, Any], lang: str) -> Card:
    """Return a configurable activity's layout, ready to print."""
    header, body = layout.get("header") or {}, layout.get("body") or {}
    footer = layout.get("footer") or {}
    menu = footer.get("menu") or {}
    return Card(
        title=text_in(header.get("title"), lang),
        title_act=act(header.get("titleAction")),
        icon=str((layout.get("icon") or {}).get("code", "info")),
        logo=str((body.get("logo") or {}).get("code", "document")),
        tags=[press(k, v, lang) for k, v in entries(header.get("tags"))],
        blocks=blocks(body.get("blocks"), lang),
        buttons=[press(k, v, lang) for k, v in entries(footer.get("buttons"))],
        menu=[press(k, v, lang) for k, v in entries(menu.get("items"))],
        can_delete=truthy(menu.get("showDeleteItem", True)),
    )
