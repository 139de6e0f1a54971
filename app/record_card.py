"""A CRM record as the first screen and automation rules see it: what the portal says, and what we remember."""

from __future__ import annotations

from app.core.card import Card, OurTemplate, PortalForm, Remembered
from app.core.proposal import PortalPaper
from app.core.record import PortalUser, RecordKey
from app.crm import records
from app.crm.client import CrmClient
from app.crm.records import PortalExtras
from app.services import Services
from app.store import layouts, templates
from app.store import ours as our_sides

REMEMBERED = 5
"""Layouts of this portal that are offered."""


def read_card(services: Services, client: CrmClient, who: PortalUser, record: RecordKey) -> Card:
    """Return what is known about the record, read with the client's rights: one call to the portal.

    who: whose layouts come first. Raises PortalRefused when the record may not be seen, and other PortalErrors.
    """
    found, extras = records.read_snapshot(
        client,
        entity_type_id=record.entity_type_id,
        entity_id=record.entity_id,
        now=services.now(),
    )
    with services.database.reading() as session:
        taste = layouts.Taste(who.user_id, tuple(one.id for one in found.contacts))
        remembered = layouts.used_last(session, who.portal_id, taste=taste, limit=REMEMBERED)
        ours = templates.current(session, who.portal_id)
        settled = our_sides.side(session, who.portal_id, found.us.company_id)
    return Card(
        record=record,
        snapshot=found,
        asking_user=who.user_id,
        colleagues=extras.colleagues,
        templates=tuple(OurTemplate(row.id, row.slug, row.name, row.lang) for row in ours),
        papers=_papers(extras),
        forms=tuple(PortalForm(one.id, one.name) for one in extras.templates),
        channels=frozenset(kind.value for kind in services.channels.kinds),
        lead=extras.lead,
        lead_company=extras.lead_company,
        settled=settled,
        remembered=tuple(
            Remembered(
                row.id, layouts.read(row), row.used_at, layouts.shown_record(row, who.user_id)
            )
            for row in remembered
        ),
    )


def _papers(extras: PortalExtras) -> tuple[PortalPaper, ...]:
    return tuple(
        PortalPaper(
            id=one.id,
            template_id=one.template_id,
            title=one.title,
            number=one.number,
            created=one.created.isoformat() if one.created else "",
        )
        for one in extras.documents
    )
