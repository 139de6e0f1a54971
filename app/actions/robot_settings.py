"""What an automation rule's settings page offers: the layouts used before, and who may sign for us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.layout import LayoutSpec
from app.core.record import PortalUser
from app.core.snapshot import Person
from app.crm.people import COLLEAGUES, colleagues
from app.services import Services
from app.store import layouts

SHOWN = 30


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


def choices(services: Services, who: PortalUser) -> RuleChoices:
    """Return what the rule may be given, the layout used last first. One call to the portal."""
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
    people = colleagues(services.portals.client(who.portal_id, who.user_id).call(*COLLEAGUES))
    ready = frozenset(kind.value for kind in services.channels.kinds)
    return RuleChoices(layouts=found, colleagues=people, channels=ready)
