"""Values on a card's timeline: activities, comments, log lines, files and generated documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

TimelineKind = Literal["activity", "comment", "log", "stage", "created"]


@dataclass(slots=True)
class StoredFile:
    id: int
    name: str
    content: bytes
    mime: str = "application/octet-stream"
    created: datetime | None = None
    secret: str = ""


@dataclass(slots=True)
class Activity:
    """One activity. provider_id: CRM_EMAIL, CRM_TODO, CRM_DOCUMENT [U],
    CONFIGURABLE_REST_APP, REST_APP.

    `layout` is the validated DTO of a configurable activity; `blocks` are layouts other apps
    added to this record (by client_id). `associated_entity_id` of a CRM_DOCUMENT is the document.
    """

    id: int
    owner_type_id: int
    owner_id: int
    type_id: int
    provider_id: str
    provider_type_id: str
    subject: str
    created: datetime
    updated: datetime
    author_id: int
    responsible_id: int
    description: str = ""
    description_type: int = 1
    direction: int = 0
    completed: bool = False
    deadline: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    associated_entity_id: int = 0
    communications: list[dict[str, Any]] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    file_ids: list[int] = field(default_factory=list)
    layout: dict[str, Any] | None = None
    blocks: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    badge_code: str = ""
    originator_id: str = ""
    origin_id: str = ""
    client_id: str = ""
    is_incoming: bool = False


@dataclass(slots=True)
class TimelineEntry:
    """One line of a card's timeline, newest shown first.

    kind "activity": read `State.activities[activity_id]`; "comment": `text`, `file_ids`;
    "log": `title`, `text`, `icon_code` (logmessage); "stage": `text` = "old -> new"; "created".
    """

    id: int
    kind: TimelineKind
    entity_type_id: int
    entity_id: int
    created: datetime
    author_id: int
    activity_id: int = 0
    title: str = ""
    text: str = ""
    icon_code: str = "info"
    file_ids: list[int] = field(default_factory=list)
    client_id: str = ""


@dataclass(slots=True)
class DocTemplate:
    """A document generator template. entity_types: like "2_category_0"; `kind` picks the body."""

    id: int
    name: str
    kind: str
    region: str = "fr"
    code: str = ""
    entity_types: list[str] = field(default_factory=lambda: ["2_category_0"])
    active: bool = True
    deleted: bool = False
    with_stamps: bool = True
    sort: int = 500
    created: datetime | None = None


@dataclass(slots=True)
class Document:
    """A generated document. `pdf_file_id` stays 0 until the delayed conversion is done."""

    id: int
    title: str
    number: str
    template_id: int
    entity_type_id: int
    entity_id: int
    created: datetime
    updated: datetime
    created_by: int
    file_id: int = 0
    pdf_file_id: int = 0
    image_file_id: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    stamps_enabled: bool = False
    error_code: int = 0
    error_message: str = ""
    activity_id: int = 0
    public_hash: str = ""

    @property
    def is_error(self) -> bool:
        return bool(self.error_message)
