"""The whole state of one pretend portal, behind one lock, with a clock that can be moved.

Everything a person or a REST call can see is here. Read and write it under `with state.lock:`
(re-entrant). The verbs that change it with all consequences (events, robots) are in `engine`.
"""

from __future__ import annotations

import pickle
import secrets
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from emulator.lookups import Lookups
from emulator.model_app import (
    App,
    AutomationRule,
    Badge,
    EventHandler,
    FrameSession,
    Installation,
    Limits,
    PlacementBinding,
    Portal,
    Robot,
    RobotRun,
    Token,
    Trigger,
    TriggerRule,
    Webhook,
    text_in,
)
from emulator.model_crm import (
    ACTIVITY,
    COMPANY,
    CONTACT,
    DEAL,
    INVOICE,
    LEAD,
    QUOTE,
    REQUISITE,
    Address,
    BankDetail,
    Company,
    Contact,
    Deal,
    Item,
    Multifield,
    ProductRow,
    Requisite,
    RequisiteLink,
    SmartType,
    Stage,
    User,
)
from emulator.model_messages import Attachment, Delivery, Mail, Notification, RestCall, Sms
from emulator.model_timeline import Activity, DocTemplate, Document, StoredFile, TimelineEntry

__all__ = [
    "ACTIVITY", "COMPANY", "CONTACT", "DEAL", "INVOICE", "LEAD", "QUOTE", "REQUISITE",
    "Activity", "Address", "App", "Attachment", "AutomationRule", "Badge", "BankDetail", "Company",
    "Contact", "Deal", "Delivery", "DocTemplate", "Document", "EventHandler", "FrameSession", "Installation",
    "Item", "Limits", "Mail", "Multifield", "Notification", "PlacementBinding", "Portal",
    "ProductRow", "Requisite", "RequisiteLink", "RestCall", "Robot", "RobotRun", "SmartType", "Sms", "Stage",
    "State", "StoredFile", "TimelineEntry", "Token", "Trigger", "TriggerRule", "User", "Webhook",
    "text_in",
]  # fmt: skip

REST_LOG_SIZE = 5000
FORMAT = 2  # grows when a saved state of before can no longer be read


class State(Lookups):
    """One portal: its people, CRM, apps, timeline, documents, messages and logs.

    `revision` grows with every change made through `touch()`; pages may poll it.
    """

    def __init__(self, portal: Portal, *, oauth_url: str = "", start: datetime | None = None):
        self.lock = threading.RLock()
        self.format = FORMAT
        self.portal = portal
        self.oauth_url = oauth_url
        self.limits = Limits()
        self.offset = (start - datetime.now(UTC)) if start else timedelta()
        self.revision = 0
        self.signing_key = secrets.token_hex(16)
        self._counters: dict[str, int] = {}

        self._lay_out_people()
        self._lay_out_crm()
        self._lay_out_timeline()
        self._lay_out_automation()
        self._lay_out_messages()

    def _lay_out_people(self) -> None:
        """People, applications and their tokens."""
        self.users: dict[int, User] = {}
        self.apps: dict[str, App] = {}
        self.installations: dict[str, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.webhooks: list[Webhook] = []
        self.frames: dict[str, FrameSession] = {}
        self.codes: dict[str, tuple[str, int, datetime]] = {}

    def _lay_out_crm(self) -> None:
        """Records and what hangs on them."""
        self.contacts: dict[int, Contact] = {}
        self.companies: dict[int, Company] = {}
        self.deals: dict[int, Deal] = {}
        self.items: dict[tuple[int, int], Item] = {}
        self.smart_types: dict[int, SmartType] = {}
        self.stages: dict[str, Stage] = {}
        self.product_rows: list[ProductRow] = []
        self.requisites: dict[int, Requisite] = {}
        self.bank_details: dict[int, BankDetail] = {}
        self.addresses: list[Address] = []
        self.links: list[RequisiteLink] = []
        self.custom_fields: dict[int, dict[str, dict[str, Any]]] = {}

    def _lay_out_timeline(self) -> None:
        """What stands on cards, and files."""
        self.activities: dict[int, Activity] = {}
        self.timeline: dict[int, TimelineEntry] = {}
        self.files: dict[int, StoredFile] = {}
        self.templates: dict[int, DocTemplate] = {}
        self.documents: dict[int, Document] = {}

    def _lay_out_automation(self) -> None:
        """Rules and what they did."""
        self.rules: dict[int, AutomationRule] = {}
        self.trigger_rules: dict[int, TriggerRule] = {}
        self.runs: dict[int, RobotRun] = {}

    def _lay_out_messages(self) -> None:
        """What was sent, in and out."""
        self.mails: list[Mail] = []
        self.sms: list[Sms] = []
        self.notifications: list[Notification] = []
        self.rest_log: deque[RestCall] = deque(maxlen=REST_LOG_SIZE)
        self.deliveries: deque[Delivery] = deque(maxlen=1000)

    # -- clock, ids, change counter ------------------------------------------------------------

    def now(self) -> datetime:
        """Return the portal's time, aware UTC, moved by `advance`."""
        return datetime.now(UTC) + self.offset

    def advance(self, seconds: float) -> None:
        """Move the portal's clock forward (tokens expire, links grow old)."""
        with self.lock:
            self.offset += timedelta(seconds=seconds)

    def next_id(self, kind: str) -> int:
        """Return the next free number of a kind ("deal", "activity", ...)."""
        with self.lock:
            self._counters[kind] = self._counters.get(kind, 0) + 1
            return self._counters[kind]

    def reserve_ids(self, kind: str, last: int) -> None:
        """Start a kind's numbers after `last`."""
        self._counters[kind] = max(last, self._counters.get(kind, 0))

    def touch(self) -> None:
        """Note that something a person can see has changed."""
        with self.lock:
            self.revision += 1

    # -- small writes everyone needs -----------------------------------------------------------

    def add_file(self, name: str, content: bytes, *, mime: str = "") -> StoredFile:
        """Keep a file on the portal's disk and return it with its id."""
        with self.lock:
            stored = StoredFile(
                self.next_id("file"),
                name,
                content,
                mime or guess_mime(name),
                self.now(),
                secrets.token_hex(8),
            )
            self.files[stored.id] = stored
            return stored

    def add_entry(
        self, kind: Any, entity_type_id: int, entity_id: int, **values: Any
    ) -> TimelineEntry:
        """Add one line to a card's timeline and return it; `values` as in TimelineEntry."""
        with self.lock:
            values.setdefault("author_id", 0)
            entry = TimelineEntry(
                self.next_id("timeline"), kind, entity_type_id, entity_id, self.now(), **values
            )
            self.timeline[entry.id] = entry
            self.touch()
            return entry

    # -- keeping -------------------------------------------------------------------------------

    def save(self, path: Path) -> None:
        """Write everything to `path` at once (through a neighbour file)."""
        with self.lock:
            body = pickle.dumps(self)
        part = path.with_suffix(path.suffix + ".part")
        part.write_bytes(body)
        part.replace(path)

    @staticmethod
    def load(path: Path) -> State:
        """Return a state saved before. Only for files this program wrote.

        Raises ValueError when the file is damaged or of another version.
        """
        try:
            loaded = pickle.loads(path.read_bytes())
        except (pickle.UnpicklingError, EOFError, AttributeError, ImportError, TypeError) as error:
            raise ValueError(f"{path} holds no state of the pretend portal.") from error
        if not isinstance(loaded, State) or getattr(loaded, "format", 0) != FORMAT:
            raise ValueError(f"{path} is of another version.")
        return loaded

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k != "lock"}

    def __setstate__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)
        self.lock = threading.RLock()


MIMES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png",
    "jpg": "image/jpeg",
    "json": "application/json",
    "txt": "text/plain",
    "svg": "image/svg+xml",
}


def guess_mime(name: str) -> str:
    """Return the MIME type of a file name."""
    return MIMES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
