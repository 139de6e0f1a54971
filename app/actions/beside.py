"""Last time and now, side by side: for each field that needs a look, where it stood and where it may go.

The page of last time belongs to another record: it is shown only to who may see that record in the portal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from app.core.envelope import Status
from app.core.fields import Field
from app.core.record import PortalUser, RecordKey
from app.crm.rights import require_readable
from app.documents import pages
from app.errors import NotFound, PortalError, Refused, WrongState
from app.services import Services
from app.store import drafts, envelopes, layout_pages, layouts
from app.store.database import Session
from app.store.tables import Document, Envelope, FieldRow


@dataclass(frozen=True, slots=True)
class Question:
    """Fields that stood on one page last time and would go to one page now: one question."""

    reason: str
    """moved, lost or ambiguous."""
    position: int
    """Which document of the envelope, from 0."""
    document_id: str
    old_page: int
    page: int
    old: tuple[Field, ...]
    """As they stood last time; the same order as `now`."""
    now: tuple[FieldRow, ...]


def questions(
    services: Services, who: PortalUser, record: RecordKey, envelope_id: str
) -> list[Question]:
    """Return what must be asked before this draft can be sent, in the order of its pages."""
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        spec = layouts.spec_of(session, envelope.layout_id)
        papers = {one.id: one.position for one in envelopes.documents(session, envelope_id)}
        rows = [row for row in envelopes.fields(session, envelope_id) if row.question]
    groups: dict[tuple[str, int, int, int, str], list[tuple[Field, FieldRow]]] = defaultdict(list)
    for row in rows:
        position = papers[row.document_id]
        known = {field.key: field for field in (spec.fields_of(position) if spec else ())}
        old = known.get(row.key) or envelopes.as_field(row)
        groups[row.document_id, position, old.page, row.page, row.question].append((old, row))
    return [
        Question(
            reason=reason,
            position=position,
            document_id=document_id,
            old_page=old_page,
            page=page,
            old=tuple(old for old, _ in pairs),
            now=tuple(row for _, row in pairs),
        )
        for (document_id, position, old_page, page, reason), pairs in sorted(
            groups.items(), key=lambda item: item[0][1:]
        )
    ]


def page_before(
    services: Services,
    who: PortalUser,
    record: RecordKey,
    envelope_id: str,
    *,
    position: int,
    index: int,
) -> bytes:
    """Return a WebP picture of a page of last time. Raises NotFound when it is gone or not for this person."""
    with services.database.reading() as session:
        envelope = drafts.on_record(session, who, record, envelope_id)
        paper, other = _before(session, envelope, position)
    if other != record:
        _require(services, who, other)
    return pages.page_picture(services.files.get(paper.printed_digest), index, width_px=900)


def answer(
    services: Services,
    who: PortalUser,
    record: RecordKey,
    envelope_id: str,
    keys: Collection[str],
) -> int:
    """Take the fields of these keys as rightly placed; return how many questions are left.

    Raises WrongState once it was sent.
    """
    with services.database.transaction() as session:
        envelope = drafts.on_record(session, who, record, envelope_id, lock=True)
        if envelope.status != Status.DRAFT:
            raise WrongState
        rows = envelopes.fields(session, envelope_id)
        for row in rows:
            if row.key in keys:
                row.question = ""
        left = sum(bool(row.question) for row in rows)
        if not left and envelope.prepare_state == "asking":
            envelope.prepare_state, envelope.prepare_error = "ready", ""
        return left


def _before(session: Session, envelope: Envelope, position: int) -> tuple[Document, RecordKey]:
    found = layout_pages.documents_of(session, envelope.portal_id, envelope.layout_id)
    if not 0 <= position < len(found):
        raise NotFound
    last = envelopes.of_portal(session, found[position].envelope_id, envelope.portal_id)
    return found[position], RecordKey(last.entity_type_id, last.entity_id)


def _require(services: Services, who: PortalUser, record: RecordKey) -> None:
    """Another's record looks like one that is not there."""
    client = services.portals.client(who.portal_id, who.user_id)
    try:
        require_readable(client, record.entity_type_id, record.entity_id)
    except (PortalError, Refused) as error:
        raise NotFound from error
