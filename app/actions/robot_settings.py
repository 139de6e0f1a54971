"""What an automation rule's settings page offers: layouts, people, records to try it on; and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.core import card as cards
from app.core import sources
from app.core.layout import LayoutSpec
from app.core.record import PortalUser
from app.core.snapshot import Person
from app.crm.people import COLLEAGUES, colleagues
from app.crm.record_list import RecordLine, latest_records
from app.errors import BadInput, PortalRefused
from app.services import Services
from app.store import layouts, rule_layouts
from app.store.tables import Layout

SHOWN = 30
CHOOSE = "Choose a document first."


@dataclass(frozen=True, slots=True)
class LayoutChoice:
    """A layout that a rule may use."""

    id: str
    name: str
    used_at: datetime
    used_on: str
    """Title of a record; "" when somebody else used it there."""
    spec: LayoutSpec


@dataclass(frozen=True, slots=True)
class RuleChoices:
    """Everything there is to pick from."""

    layouts: tuple[LayoutChoice, ...]
    colleagues: tuple[Person, ...]
    channels: frozenset[str]
    records: tuple[RecordLine, ...] = ()
    """To try the rule on, newest first."""
    chosen: str = ""
    """The layout that the rule has now; "" for none."""


def choices(
    services: Services, who: PortalUser, *, entity_type_id: int, named: str = ""
) -> RuleChoices:
    """Return what the rule may be given, the layout used last first. Two calls to the portal.

    entity_type_id: the kind of record it runs on. named: the layout as the rule names it now.
    """
    with services.database.reading() as session:
        rows = layouts.used_last(session, who.portal_id, limit=SHOWN)
        found = tuple(
            LayoutChoice(
                row.id,
                row.name,
                row.used_at,
                layouts.shown_record(row, who.user_id),
                layouts.read(row),
            )
            for row in rows
        )
        now = rule_layouts.find(session, who.portal_id, named)
    if now is not None and now.id not in {one.id for one in found}:
        found = (LayoutChoice(now.id, now.name, now.used_at, "", layouts.read(now)), *found)
    client = services.portals.client(who.portal_id, who.user_id)
    try:
        records = latest_records(client, entity_type_id)
    except PortalRefused:
        records = ()
    return RuleChoices(
        layouts=found,
        colleagues=colleagues(client.call(*COLLEAGUES)),
        channels=frozenset(kind.value for kind in services.channels.kinds),
        records=records,
        chosen=now.id if now else "",
    )


def name_layout(services: Services, who: PortalUser, layout_ids: list[str]) -> str:
    """Return how a rule names these layouts; several become one whose documents travel together.

    Raises BadInput when one is gone, or when they are too many documents for an envelope.
    """
    with services.database.transaction() as session:
        rows = [layouts.find(session, who.portal_id, one) for one in dict.fromkeys(layout_ids)]
        known = [row for row in rows if row is not None]
        if not known or len(known) < len(rows):
            raise BadInput(CHOOSE, field="layout")
        if len(known) == 1:
            return rule_layouts.name(session, who.portal_id, known[0])
        spec = _together(known)
        row = layouts.remember(
            session,
            portal_id=who.portal_id,
            document_type=sources.document_type(spec.source),
            spec=spec,
            used_at=services.now(),
            used_on="",
            envelope_id="",
            user_id=who.user_id,
            client_id="",
            new_id=services.new_id(),
        )
        return rule_layouts.name(session, who.portal_id, row)


def _together(rows: list[Layout]) -> LayoutSpec:
    """Return one layout of all their documents: people and order as in the first."""
    specs = [layouts.read(row) for row in rows]
    parts = [part for spec in specs for part in _parts(spec)]
    if len(parts) > sources.MAX_DOCUMENTS:
        raise BadInput(cards.TOO_MANY, field="layout", limit=sources.MAX_DOCUMENTS)
    fields = [
        spec.fields_of(place) for spec in specs for place in range(len(sources.parts(spec.source)))
    ]
    return replace(
        specs[0],
        source=sources.joined(parts),
        title=" + ".join(spec.title for spec in specs),
        fields=fields[0],
        more_fields=tuple(fields[1:]),
        page_count=sum(spec.page_count for spec in specs),
    )


def _parts(spec: LayoutSpec) -> list[dict[str, Any]]:
    """Return its documents; each keeps the name people know it by."""
    first, *more = sources.parts(spec.source)
    return [{**first, "title": first.get("title") or spec.title}, *more]
