"""The change guard: what the CRM says now against what an unsigned document says.

A record looks different to different people, so it is compared only as its sender may see it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core import changes, snapshot
from app.core.envelope import Status
from app.core.record import ENTITY_TYPES, PortalUser, RecordKey
from app.core.snapshot import CrmSnapshot
from app.crm import records
from app.crm.doors import PortalEvent
from app.errors import NotAllowed, PortalRefused
from app.services import Services
from app.store import envelopes, under_way
from app.store.database import Session
from app.store.tables import Envelope

CONTACT = ENTITY_TYPES["CONTACT"]
TYPE_OF_EVENT = {f"ONCRM{name}UPDATE": number for name, number in ENTITY_TYPES.items()}
ANY_TYPE = "ONCRMDYNAMICITEMUPDATE"
"""Smart processes and smart invoices: the event names the type itself."""


def take(services: Services, portal_id: str, event: PortalEvent) -> int:
    """Ask to compare what is under way about the record an event names; return how many envelopes that are.

    Costs one query where nothing is under way. At most once a minute an envelope.
    """
    key = _record(event)
    if key is None:
        return 0
    with services.database.transaction() as session:
        if key.entity_type_id == CONTACT:
            found = under_way.of_contact(session, portal_id, key.entity_id)
        else:
            found = under_way.of_record(session, portal_id, key)
        _ask(services, session, found)
    return len(found)


def look(services: Services, who: PortalUser, record: RecordKey, found: CrmSnapshot) -> None:
    """Compare the record as `who` just read it with what they sent; of what others sent, ask to do so as they."""
    with services.database.transaction() as session:
        sent = under_way.of_record(session, who.portal_id, record)
        mine = [one for one in sent if one.created_by == who.user_id and one.origin == "person"]
        _ask(services, session, [one for one in sent if one not in mine])
    for envelope in mine:
        _note(services, envelope, found)


def recheck(services: Services, envelope_id: str) -> str:
    """Read the record as its sender may see it, keep what differs and return it.

    What the sender may not see any more tells nothing. Raises PortalErrors that time mends.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
    if envelope.status != Status.SENT or not envelope.snapshot_digest:
        return ""
    reader = envelope.created_by if envelope.origin == "person" else None
    client = services.portals.client(envelope.portal_id, reader)
    try:
        found, _ = records.read_snapshot(
            client,
            entity_type_id=envelope.entity_type_id,
            entity_id=envelope.entity_id,
            now=services.now(),
        )
    except (NotAllowed, PortalRefused):
        return envelope.changed
    return _note(services, envelope, found)


def _ask(services: Services, session: Session, found: Sequence[Envelope]) -> None:
    minute = services.now().strftime("%Y%m%d%H%M")
    for one in found:
        services.jobs.enqueue(session, "recheck", f"recheck:{one.id}:{minute}", one.id)


def _note(services: Services, envelope: Envelope, found: CrmSnapshot) -> str:
    """Keep what differs; when that is news, the card in the timeline is shown anew."""
    if not envelope.snapshot_digest:
        return ""
    before = snapshot.from_json(services.files.get(envelope.snapshot_digest))
    differs = ",".join(changes.changes(before, found))
    if differs == envelope.changed:
        return differs
    with services.database.transaction() as session:
        envelopes.lock(session, envelope.id).changed = differs
        key = f"changed:{envelope.id}:{services.new_id()[:12]}"
        services.jobs.enqueue(session, "changed", key, envelope.id)
    return differs


def _record(event: PortalEvent) -> RecordKey | None:
    told = event.data.get("FIELDS", event.data.get("fields"))
    values = {str(k).upper(): str(v) for k, v in told.items()} if isinstance(told, Mapping) else {}
    kind = str(TYPE_OF_EVENT.get(event.event, 0) or values.get("ENTITY_TYPE_ID", ""))
    ident = values.get("ID", "")
    if not all(v.isascii() and v.isdigit() and 0 < len(v) < 16 for v in (kind, ident)):
        return None
    return RecordKey(int(kind), str(int(ident)))
