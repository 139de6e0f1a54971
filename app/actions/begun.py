"""Begun forms: what was chosen and typed on the first screen outlives a closed window, for a day."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from app.core import begun as rules
from app.core.begun import Values
from app.core.record import PortalUser, RecordKey
from app.services import Services
from app.store import begun


@dataclass(frozen=True, slots=True)
class Begun:
    """A form to go on with."""

    values: Values
    at: datetime


def offered(services: Services, who: PortalUser, record: RecordKey) -> Begun | None:
    """Return what this person began on this record within the day, None when there is nothing."""
    with services.database.reading() as session:
        row = begun.find(session, who, record)
    if row is None or row.kept_at <= services.now() - rules.KEPT_FOR:
        return None
    text = services.secrets.decrypt(begun.purpose(who, record), row.values_enc)
    return Begun(json.loads(text), row.kept_at)


def keep(services: Services, who: PortalUser, record: RecordKey, values: Values) -> None:
    """Keep this person's form on this record in place of an earlier one."""
    text = json.dumps(values, ensure_ascii=False)
    encrypted = services.secrets.encrypt(begun.purpose(who, record), text)
    with services.database.transaction() as session:
        begun.keep(session, who, record, encrypted, services.now())


def drop(services: Services, who: PortalUser, record: RecordKey) -> None:
    """Let go of this person's form on this record: a document was made of it, or they start anew."""
    with services.database.transaction() as session:
        begun.drop(session, who, record)


def drop_old(services: Services) -> int:
    """Let go of every form that is older than a day; return how many those were."""
    with services.database.transaction() as session:
        return begun.drop_before(session, services.now() - rules.KEPT_FOR)
