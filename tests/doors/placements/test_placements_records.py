"""Every kind of record that has our widgets: the wizard opens on it, makes a draft, and the tab shows it."""

from __future__ import annotations

import re
from decimal import Decimal
from uuid import uuid4

import pytest

from app.core.record import RecordKey
from app.store import envelopes
from emulator.state import Item
from tests.doors.placements.test_placements_wizard import CREATE, stored
from tests.frame_kit import Frame, Portal, envelope_of, make_ready, send_now

KINDS = {"LEAD": 1, "DEAL": 2, "CONTACT": 3, "COMPANY": 4, "QUOTE": 7, "SMART_INVOICE": 31}
BY_ID = ("LEAD", "DEAL", "CONTACT", "COMPANY")
"""Where the toolbar passes ID; the others pass ENTITY_ID."""


def record(portal: Portal, kind: str) -> str:
    """Return the id of a record of this kind that has a contact."""
    state, number = portal.emulator.state, KINDS[kind]
    if number in (2, 3):
        return "1"
    if number == 4:
        return str(state.deals[1].company_id)
    deal = state.deals[1]
    state.items[(number, 9)] = Item(
        id=9,
        entity_type_id=number,
        title=f"A {kind.lower()} of the demo",
        company_id=deal.company_id,
        contact_ids=list(deal.contact_ids),
        opportunity=Decimal(1200),
    )
    return "9"


def opened(portal: Portal, kind: str, place: str) -> Frame:
    name = "ID" if kind in BY_ID or place == "DETAIL_TAB" else "ENTITY_ID"
    frame = portal.open(f"CRM_{kind}_{place}", {name: record(portal, kind)})
    assert frame.page.status_code == 200, frame.html
    frame.page = frame.load()
    assert frame.page.status_code == 200, frame.html
    return frame


def choices_of(frame: Frame) -> dict[str, str]:
    """Return the first of everything, and an address, because not every card has one."""
    html = frame.html
    source = re.search(r'name="source" value="(template:[^"]+)"', html)
    signer = re.search(r'<option value="(\d+)" data-initials', html)
    assert source
    assert signer
    contact = re.search(r'name="contact".*?<option value="(\d+)"', html, re.S)
    who = {"contact": contact[1]} if contact else {"name": "Ana Ferrer"}
    return {
        "key": uuid4().hex,
        "source": source[1],
        "our_user": signer[1],
        "channel": "email",
        "email": "ana@example.org",
        "first": "us",
        **who,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_document_is_made_and_sent_from_the_toolbar_of_every_kind_of_record(
    portal: Portal, kind: str
) -> None:
    frame = opened(portal, kind, "DETAIL_TOOLBAR")
    made = frame.post(CREATE, **choices_of(frame))
    envelope_id = envelope_of(made)
    make_ready(portal.services, envelope_id)
    assert send_now(portal.services, envelope_id) == "sent"
    sent = stored(portal, envelope_id)
    assert RecordKey(sent.entity_type_id, sent.entity_id).entity_type_id == KINDS[kind]
    with portal.services.database.reading() as session:
        assert len(envelopes.recipients(session, envelope_id)) == 2
    shown = opened(portal, kind, "DETAIL_TAB").html
    assert f'data-envelope="{envelope_id}"' in shown


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("CONTACT", "COMPANY")])
def test_the_document_button_opens_the_wizard_on_this_record(portal: Portal, kind: str) -> None:
    assert 'data-testid="wizard-form"' in opened(portal, kind, "DOCUMENTGENERATOR_BUTTON").html
