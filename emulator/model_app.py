"""Values of the pretend portal around applications: installs, tokens, robots and rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

InstallStatus = Literal["absent", "started", "finished", "removed"]
RunStatus = Literal["queued", "waiting", "completed", "failed", "stopped"]


@dataclass(slots=True)
class Portal:
    """The portal itself. `old_domains` answer 302 to `domain` (contract 2.5)."""

    member_id: str
    domain: str
    title: str
    plan: str = "nfr"
    lang: str = "fr"
    languages: tuple[str, ...] = ("fr", "en", "de", "ru")
    protocol: int = 0
    old_domains: list[str] = field(default_factory=list)
    country_id: int = 132
    document_quota: int = 0
    deleted: bool = False

    @property
    def url(self) -> str:
        return f"{'https' if self.protocol else 'http'}://{self.domain}"


@dataclass(slots=True)
class Limits:
    """Switches of the REST gate. Rates per second; `strict_urls` refuses localhost handlers."""

    enabled: bool = True
    leak_per_second: float = 2.0
    capacity: int = 50
    operating_limit_s: float = 480.0
    operating_enabled: bool = True
    strict_urls: bool = False
    stop_runs_on_move: bool = False


@dataclass(slots=True)
class App:
    """An application that can be installed here; URLs as its developer entered them."""

    client_id: str
    client_secret: str
    title: str
    installer_url: str
    application_url: str
    event_url: str
    scopes: tuple[str, ...]
    version: int = 1
    code: str = ""
    status: str = "L"


@dataclass(slots=True)
class PlacementBinding:
    id: int
    placement: str
    handler: str
    title: str = ""
    description: str = ""
    group_name: str = ""
    lang_all: dict[str, dict[str, str]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    user_id: int = 0
    client_id: str = ""

    def title_in(self, lang: str) -> str:
        """Return the title a person reading `lang` sees."""
        chosen = self.lang_all.get(lang) or self.lang_all.get("en") or {}
        return chosen.get("TITLE") or self.title


@dataclass(slots=True)
class EventHandler:
    id: int
    event: str
    handler: str
    user_id: int = 0
    offline: bool = False
    options: dict[str, Any] = field(default_factory=dict)
    client_id: str = ""


@dataclass(slots=True)
class Robot:
    """A registered automation rule kind. properties/return_properties: id -> definition (5.1)."""

    code: str
    client_id: str
    handler: str
    name: Any
    description: Any = ""
    auth_user_id: int = 1
    use_subscription: bool = True
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    return_properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    document_type: list[str] = field(default_factory=list)
    filter: dict[str, Any] = field(default_factory=dict)
    use_placement: bool = False
    placement_handler: str = ""
    blocked: bool = False
    is_activity: bool = False
    """Whether it is an action of the process designer, not a rule."""

    def name_in(self, lang: str) -> str:
        return text_in(self.name, lang)

    def description_in(self, lang: str) -> str:
        return text_in(self.description, lang)


@dataclass(slots=True)
class Trigger:
    """A trigger an app registered; it moves deals where a `TriggerRule` places it."""

    code: str
    name: str
    client_id: str


@dataclass(slots=True)
class Badge:
    code: str
    title: Any
    value: Any
    type: str
    client_id: str = ""


@dataclass(slots=True)
class Installation:
    """One app on this portal. started = installer shown, installFinish not yet called."""

    client_id: str
    application_token: str
    installed_by: int
    installed_at: datetime
    version: int
    status: InstallStatus = "started"
    status_code: str = "L"
    payment_expired: bool = False
    allowed_user_ids: list[int] = field(default_factory=list)
    app_options: dict[str, Any] = field(default_factory=dict)
    user_options: dict[int, dict[str, Any]] = field(default_factory=dict)
    placements: list[PlacementBinding] = field(default_factory=list)
    event_handlers: list[EventHandler] = field(default_factory=list)
    robots: dict[str, Robot] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    badges: dict[str, Badge] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        return self.status == "finished"


@dataclass(slots=True)
class Token:
    access: str
    refresh: str
    client_id: str
    user_id: int
    expires: datetime
    refresh_expires: datetime
    refreshed: bool = False
    revoked: bool = False


@dataclass(slots=True)
class FrameSession:
    """One rendering of an app in a frame; `app_sid` ties the library to it."""

    app_sid: str
    client_id: str
    user_id: int
    placement: str
    options: dict[str, Any]
    access: str
    opened: datetime


@dataclass(slots=True)
class Webhook:
    user_id: int
    secret: str
    scopes: tuple[str, ...]


@dataclass(slots=True)
class AutomationRule:
    """A robot placed on a stage. `properties`: id -> value as a person set them."""

    id: int
    stage_id: str
    robot_code: str
    client_id: str
    properties: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    active: bool = True


@dataclass(slots=True)
class TriggerRule:
    """A trigger placed on a stage: when it fires, the deal moves to `stage_id`."""

    id: int
    stage_id: str
    code: str
    client_id: str


@dataclass(slots=True)
class RobotRun:
    """One call of a robot for one deal, with what came back."""

    id: int
    workflow_id: str
    event_token: str
    rule_id: int
    robot_code: str
    client_id: str
    deal_id: int
    """The record's id; of which kind, `entity_type_id` says."""
    stage_id: str
    started: datetime
    status: RunStatus = "queued"
    finished: datetime | None = None
    use_subscription: bool = True
    http_status: int = 0
    entity_type_id: int = 2
    properties: dict[str, Any] = field(default_factory=dict)
    return_values: dict[str, Any] = field(default_factory=dict)
    log: list[tuple[datetime, str]] = field(default_factory=list)
    error: str = ""


def text_in(value: Any, lang: str) -> str:
    """Return a text that may be a language map, in `lang`, else English, else the first."""
    if not isinstance(value, dict):
        return str(value or "")
    lowered = {str(k).lower(): str(v) for k, v in value.items()}
    return lowered.get(lang.lower()) or lowered.get("en") or next(iter(lowered.values()), "")
