"""The layout of a configurable activity, checked as strictly as the portal does.

Every object knows its fields: a strange one is FIELD_IS_REDUNDANT, a missing one
FIELD_IS_REQUIRED, a value outside its list ENUM_FIELD, too many TOO_MANY_ITEMS, a bad key
KEY_CONTAIN_WRONG_SYMBOLS, a language the portal lacks WRONG_LANG.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from emulator.rest.errors import RestError

KEY = re.compile(r"^[A-Za-z0-9_-]+$")
TAGS = ("warning", "success", "failure", "primary", "secondary")
BUTTONS = ("primary", "secondary")
SCOPES = ("web", "mobile")
SIZES = ("xs", "sm", "md")
COLORS = ("base_50", "base_60", "base_70", "base_90")
ANIMATIONS = ("disable", "loader")
INNER = ("text", "link", "deadline")
MAX_BLOCKS, MAX_TAGS, MAX_BUTTONS = 20, 2, 2
Check = Callable[[Any, str], None]


class Layout:
    """Checks layouts for one portal. `languages`: installed ones."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages

    def check(self, value: Any) -> dict[str, Any]:
        """Return the layout when it is a valid LayoutDto. Raises RestError."""
        if not isinstance(value, dict) or not value:
            raise RestError("ERROR_EMPTY_LAYOUT", "The layout field must be filled")
        self.shape(
            value,
            "layout",
            required={"icon": self.icon, "header": self.header, "body": self.body},
            optional={"footer": self.footer},
        )
        return value

    def check_blocks(self, value: Any) -> dict[str, Any]:
        """Return a RestAppLayoutDto: only `blocks`. Raises RestError."""
        if not isinstance(value, dict) or not value.get("blocks"):
            text = "The `blocks` field in `RestAppLayoutDto` must be filled."
            raise RestError("FIELD_IS_REQUIRED", text)
        self.shape(value, "layout", required={"blocks": self.blocks}, optional={})
        return value

    # -- objects -------------------------------------------------------------------------------

    def shape(
        self, value: Any, path: str, *, required: dict[str, Check], optional: dict[str, Check]
    ) -> None:
        if not isinstance(value, dict):
            raise RestError("WRONG_FIELD_VALUE", f"Field {path} must be an object")
        for name in required:
            if value.get(name) in (None, ""):
                raise RestError("FIELD_IS_REQUIRED", f"Field {path}.{name} is required")
        known = {**required, **optional}
        for name, inner in value.items():
            if name not in known:
                raise RestError("FIELD_IS_REDUNDANT", f"Field {path}.{name} is redundant")
            known[name](inner, f"{path}.{name}")

    def icon(self, value: Any, path: str) -> None:
        self.shape(value, path, required={"code": self.text}, optional={})

    def header(self, value: Any, path: str) -> None:
        self.shape(
            value,
            path,
            required={"title": self.words},
            optional={"titleAction": self.action, "tags": self.mapped(self.tag, MAX_TAGS)},
        )

    def tag(self, value: Any, path: str) -> None:
        self.shape(
            value,
            path,
            required={"title": self.words, "type": self.one_of(TAGS)},
            optional={
                "action": self.action,
                "scope": self.one_of(SCOPES),
                "hideIfReadonly": self.flag,
            },
        )

    def body(self, value: Any, path: str) -> None:
        self.shape(value, path, required={"logo": self.logo, "blocks": self.blocks}, optional={})

    def logo(self, value: Any, path: str) -> None:
        self.shape(value, path, required={"code": self.text}, optional={"action": self.action})

    def blocks(self, value: Any, path: str) -> None:
        if not value:
            raise RestError("FIELD_IS_REQUIRED", f"Field {path} is required")
        self.mapped(self.block, MAX_BLOCKS)(value, path)

    def block(self, value: Any, path: str) -> None:
        self.shape(
            value,
            path,
            required={"type": self.one_of(tuple(self.kinds()))},
            optional={"properties": self.anything},
        )
        self.properties(value["type"], value.get("properties") or {}, f"{path}.properties")

    def inner_block(self, value: Any, path: str) -> None:
        if isinstance(value, dict) and value.get("type") not in INNER:
            raise RestError("ENUM_FIELD", f"Field {path}.type: wrong block type")
        self.block(value, path)

    def kinds(self) -> dict[str, tuple[dict[str, Check], dict[str, Check]]]:
        """Return (required, optional) properties for each kind of block."""
        look: dict[str, Check] = {
            "multiline": self.flag,
            "title": self.words,
            "bold": self.flag,
            "size": self.one_of(SIZES),
            "color": self.one_of(COLORS),
        }
        return {
            "text": ({"value": self.words}, look),
            "largeText": ({"value": self.words}, {}),
            "link": ({"text": self.words, "action": self.action}, {"bold": self.flag}),
            "withTitle": (
                {"title": self.words, "block": self.inner_block},
                {"inline": self.flag},
            ),
            "lineOfBlocks": ({"blocks": self.mapped(self.inner_block, MAX_BLOCKS)}, {}),
            "deadline": ({}, {"readonly": self.flag}),
        }

    def properties(self, kind: str, value: Any, path: str) -> None:
        required, optional = self.kinds()[kind]
        optional = {**optional, "scope": self.one_of(SCOPES)}
        self.shape(value or {}, path, required=required, optional=optional)

    def footer(self, value: Any, path: str) -> None:
        self.shape(
            value,
            path,
            required={},
            optional={"buttons": self.mapped(self.button, MAX_BUTTONS), "menu": self.menu},
        )

    def button(self, value: Any, path: str) -> None:
        self.shape(
            value,
            path,
            required={
                "title": self.words,
                "type": self.one_of(BUTTONS),
                "action": self.action,
            },
            optional={"scope": self.one_of(SCOPES), "hideIfReadonly": self.flag},
        )

    def menu(self, value: Any, path: str) -> None:
        optional: dict[str, Check] = dict.fromkeys(
            ("showPinItem", "showPostponeItem", "showDeleteItem"), self.flag
        )
        optional["items"] = self.mapped(self.menu_item, MAX_BLOCKS)
        self.shape(value, path, required={}, optional=optional)

    def menu_item(self, value: Any, path: str) -> None:
        self.shape(
            value,
            path,
            required={"title": self.words, "action": self.action},
            optional={"scope": self.one_of(SCOPES), "hideIfReadonly": self.flag},
        )

    def action(self, value: Any, path: str) -> None:
        kinds: dict[str, tuple[dict[str, Check], dict[str, Check]]] = {
            "redirect": ({}, {"uri": self.text}),
            "restEvent": (
                {"id": self.text},
                {"actionParams": self.anything, "animationType": self.one_of(ANIMATIONS)},
            ),
            "openRestApp": ({}, {"actionParams": self.anything, "sliderParams": self.slider}),
        }
        kind = value.get("type") if isinstance(value, dict) else None
        if kind not in kinds:
            code = "ENUM_FIELD" if kind else "FIELD_IS_REQUIRED"
            raise RestError(code, f"Field {path}.type is wrong")
        required, optional = kinds[kind]
        self.shape(value, path, required={"type": self.text, **required}, optional=optional)

    def slider(self, value: Any, path: str) -> None:
        if isinstance(value, dict) and {"width", "leftBoundary"} <= set(value):
            raise RestError("WRONG_FIELD_VALUE", f"Field {path}: width or leftBoundary, not both")
        optional: dict[str, Check] = {
            "width": self.anything,
            "leftBoundary": self.anything,
            "title": self.words,
        }
        self.shape(value, path, required={}, optional=optional)

    # -- values --------------------------------------------------------------------------------

    def mapped(self, inner: Check, most: int) -> Check:
        """Return a check for a map (never a list) of at most that many values."""

        def check(value: Any, path: str) -> None:
            if value in ([], {}):
                return
            if not isinstance(value, dict):
                raise RestError("WRONG_FIELD_VALUE", f"Field {path} must be an associative array")
            if len(value) > most:
                raise RestError("TOO_MANY_ITEMS", f"Field {path}: no more than {most} items")
            for key, one in value.items():
                if not KEY.match(str(key)):
                    text = f"Key {key} of {path} contains wrong symbols"
                    raise RestError("KEY_CONTAIN_WRONG_SYMBOLS", text)
                inner(one, f"{path}.{key}")

        return check

    def one_of(self, allowed: tuple[str, ...]) -> Check:
        def check(value: Any, path: str) -> None:
            if value not in allowed:
                raise RestError("ENUM_FIELD", f"Field {path} must be one of {', '.join(allowed)}")

        return check

    def words(self, value: Any, path: str) -> None:
        """A text, or a map of installed languages."""
        if isinstance(value, dict):
            for lang in value:
                if str(lang).lower() not in self.languages:
                    raise RestError("WRONG_LANG", f"Field {path}: language {lang} is not installed")
            return
        self.text(value, path)

    def text(self, value: Any, path: str) -> None:
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise RestError("WRONG_FIELD_VALUE", f"Field {path} must be a string")

    def flag(self, value: Any, path: str) -> None:
        allowed = ("true", "false", "y", "n", "1", "0", "")
        if not isinstance(value, bool) and str(value).lower() not in allowed:
            raise RestError("WRONG_FIELD_VALUE", f"Field {path} must be a boolean")

    def anything(self, value: Any, path: str) -> None:
        return
