"""install.json as typed values: the single truth about what the app is on a portal.

The app registers everything from it, the settings page explains the permissions with it, tests check that every
handler is a route and every method is under a granted scope. install.schema.json is made from these classes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_PATH = Path(__file__).resolve().parent.parent / "install.json"

Texts = Annotated[dict[str, str], Field(min_length=1)]
"""Language -> text; "en" is always there."""
LocalPath = Annotated[str, Field(pattern=r"^/[a-z0-9/_-]*$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$")]
PropertyName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,40}$")]
EventName = Annotated[str, Field(pattern=r"^ON[A-Z]+$")]
PropertyType = Literal[
    "bool", "date", "datetime", "double", "int", "select", "string", "text", "user"
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class App(_Part):
    """Who we are. `version` is the whole number the Market counts."""

    code: Key
    version: int = Field(ge=1)
    names: Texts
    description: Texts
    support_url: str = ""
    legal_urls: dict[str, str] = Field(default_factory=dict)


class Scope(_Part):
    """A permission and, for the administrator, why we ask for it."""

    name: Literal["crm", "placement", "bizproc", "im", "user_basic"]
    reason: Texts


class Urls(_Part):
    """Paths under our base address."""

    installer: LocalPath
    home: LocalPath
    events: LocalPath


class Placement(_Part):
    """A widget. `code` may hold DYNAMIC_n: expanded for every smart process at install."""

    key: Key
    code: str = Field(pattern=r"^[A-Z][A-Za-z0-9_]{2,80}$")
    handler: LocalPath
    titles: Texts
    descriptions: dict[str, str] = Field(default_factory=dict)
    options: dict[str, str] = Field(default_factory=dict)


class Property(_Part):
    """An input of a robot, or a value it returns."""

    names: Texts
    descriptions: dict[str, str] = Field(default_factory=dict)
    type: PropertyType
    required: bool = False
    multiple: bool = False
    default: str = ""
    options: dict[str, Texts] = Field(default_factory=dict)
    """For a select: value -> title per language."""


class Robot(_Part):
    """An automation rule's step. `wait`: the rule waits for our answer."""

    code: str = Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")
    handler: LocalPath
    settings: LocalPath | Literal[""] = ""
    """Our page that sets it up; "": the portal's own form of its properties."""
    is_activity: bool = True
    """Whether the process designer has it too, as an action of its own."""
    names: Texts
    descriptions: Texts
    wait: bool = True
    include: tuple[tuple[str, str], ...]
    """Module and document class of the records it is for."""
    properties: dict[PropertyName, Property]
    returns: dict[PropertyName, Property]


class Trigger(_Part):
    code: str = Field(pattern=r"^[a-z0-9._-]{1,60}$")
    names: Texts


class Retired(_Part):
    """What older versions registered and must go."""

    placements: tuple[str, ...] = ()
    events: tuple[EventName, ...] = ()
    robots: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()


class Manifest(_Part):
    schema_: str = Field(default="", alias="$schema")
    app: App
    scopes: tuple[Scope, ...]
    urls: Urls
    placements: tuple[Placement, ...]
    robots: tuple[Robot, ...]
    triggers: tuple[Trigger, ...]
    events: tuple[EventName, ...]
    retired: Retired = Retired()

    @model_validator(mode="after")
    def _is_whole(self) -> Manifest:
        named: dict[str, list[object]] = {
            "scopes": [one.name for one in self.scopes],
            "placement keys": [one.key for one in self.placements],
            "placement codes": [(one.code, one.handler) for one in self.placements],
            "robots": [one.code for one in self.robots],
            "triggers": [one.code for one in self.triggers],
            "events": list(self.events),
        }
        for name, keys in named.items():
            if len(keys) != len(set(keys)):
                raise ValueError(f"{name} are named twice")
        for texts in _texts(self.model_dump(by_alias=True)):
            if "en" not in texts:
                raise ValueError(f"no English for {texts}")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path Bitrix24 may call: installer, home, events, and all handlers."""
        found = [self.urls.installer, self.urls.home, self.urls.events]
        found += [one.handler for one in self.placements]
        found += [one for robot in self.robots for one in (robot.handler, robot.settings) if one]
        return tuple(dict.fromkeys(found))

    @property
    def fingerprint(self) -> str:
        """Changes whenever anything to register does: 16 hex digits of SHA-256."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


_TEXT_KEYS = frozenset({"names", "titles", "reason", "description", "descriptions"})


def _texts(value: object) -> list[dict[str, str]]:
    """Every map of languages in a manifest: the ones under names, titles, descriptions, reason."""
    found: list[dict[str, str]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            is_texts = isinstance(inner, dict) and all(
                isinstance(one, str) for one in inner.values()
            )
            if key in _TEXT_KEYS and is_texts and inner:
                found.append(inner)
            found += _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            found += _texts(inner)
    return found


def load(path: Path = DEFAULT_PATH) -> Manifest:
    """Return the manifest in `path`. Raises ValueError that names every fault."""
    return Manifest.model_validate_json(path.read_bytes())


def schema() -> dict[str, object]:
    """Return the JSON Schema of install.json, as kept in install.schema.json."""
    return Manifest.model_json_schema(by_alias=True)
