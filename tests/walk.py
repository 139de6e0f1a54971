"""What the product does all day, by name: pages that people open and the work of each minute."""

from __future__ import annotations

from collections.abc import Callable

from app.actions.expire import expire_due
from app.actions.figures import figures
from app.actions.invite import remind_due
from app.actions.portal_care import watch
from app.actions.receipts import ask_for_receipts
from app.actions.upkeep import find_lost
from app.store.tables import Recipient, SigningLink
from tests.frame_kit import DEAL, Frame, Portal

DEAL_TAB = "CRM_DEAL_DETAIL_TAB"
COUNTS = "figures for /metrics"
"""Counts everything, so it reads everything; asked by a monitoring system, not by people."""


def walks(portal: Portal, recipient_id: str) -> dict[str, Callable[[], object]]:
    """Return every walk by its name. Frames are opened first; a walk is what follows. `recipient_id` may sign."""
    services = portal.services
    home, tab = portal.open("DEFAULT", {}), portal.open(DEAL_TAB, {"ID": DEAL.entity_id})
    link = signing_link(portal, recipient_id)
    public = portal.app.test_client()
    return {
        "home, with its board": lambda: loaded(home),
        "a deal's tab": lambda: loaded(tab),
        "first screen of the wizard": lambda: loaded(portal.wizard()),
        "signing page": lambda: public.get(f"/s/{link}").status_code,
        "verify: the register": lambda: public.get("/verify").status_code,
        "upkeep: deadlines": lambda: expire_due(services),
        "upkeep: lost work": lambda: find_lost(services),
        "upkeep: reminders": lambda: remind_due(services),
        "upkeep: receipts": lambda: ask_for_receipts(services),
        "upkeep: portals": lambda: watch(services),
        COUNTS: lambda: figures(services),
    }


def loaded(frame: Frame) -> int:
    """Load the frame's content; return its length."""
    answer = frame.load() if "data-load" in frame.html else frame.page
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    portalless = answer.get_data(as_text=True)
    return len(portalless)


def signing_link(portal: Portal, recipient_id: str) -> str:
    """Return a fresh signing token of a recipient."""
    services = portal.services
    token = services.secrets.token()
    with services.database.transaction() as session:
        person = session.get_one(Recipient, recipient_id)
        session.add(
            SigningLink(
                id=services.new_id(),
                portal_id=person.portal_id,
                recipient_id=recipient_id,
                token_hash=services.secrets.keyed_hash("signing_link", token),
                created_at=services.now(),
                expires_at=services.now().replace(year=services.now().year + 1),
            )
        )
    return token
