"""The card of any other record: lead, contact, company, quote, smart invoice, smart process. Facts and menus."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template

from emulator.pages import timeline
from emulator.pages.shell import pages, say, state
from emulator.rest import item_rows
from emulator.rest.errors import RestError
from emulator.state import COMPANY, CONTACT

KINDS = {"lead": 1, "contact": 3, "company": 4, "quote": 7}
NAMES = {1: "LEAD", 3: "CONTACT", 4: "COMPANY", 7: "QUOTE", 31: "SMART_INVOICE"}
BY_ENTITY_ID = (7, 31)
"""Where, as for smart processes, the toolbar passes ENTITY_ID instead of ID."""


@pages.get("/crm/<any(lead, contact, company, quote):kind>/details/<int:record_id>/")
def other_card(kind: str, record_id: int) -> str:
    """Show a record of one of the old kinds."""
    return card(KINDS[kind], record_id)


@pages.get("/crm/type/<int:entity_type>/details/<int:record_id>/")
def typed_card(entity_type: int, record_id: int) -> str:
    """Show a smart invoice or an item of a smart process."""
    return card(entity_type, record_id)


def card(entity_type: int, record_id: int) -> str:
    name = NAMES.get(entity_type, f"DYNAMIC_{entity_type}")
    places = {
        "document": f"CRM_{name}_DOCUMENTGENERATOR_BUTTON",
        "toolbar": f"CRM_{name}_DETAIL_TOOLBAR",
        "tab": f"CRM_{name}_DETAIL_TAB",
    }
    number = str(record_id)
    key = "ENTITY_ID" if entity_type in BY_ENTITY_ID or entity_type not in NAMES else "ID"
    with state().lock:
        found = record_of(entity_type, record_id)
        return render_template(
            "record.html",
            title=title_of(found),
            record_id=record_id,
            facts=facts(entity_type, found),
            widgets={part: timeline.deal_menu(code) for part, code in places.items()},
            places=places,
            options={
                "document": {"ENTITY_ID": number},
                "toolbar": {key: number},
                "tab": {"ID": number},
            },
        )


def record_of(entity_type: int, record_id: int) -> Any:
    try:
        found = item_rows.records(state(), entity_type).get(record_id)
    except RestError:
        found = None
    if found is None:
        abort(404, say("There is no such record."))
    return found


def title_of(record: Any) -> str:
    return str(getattr(record, "title", "") or getattr(record, "full_name", ""))


def facts(entity_type: int, record: Any) -> list[tuple[str, str]]:
    """Return what the card tells: how the record is reached, its company and people, its sum."""
    found = [(say(m.type_id.title()), m.value) for m in getattr(record, "fm", [])]
    company = state().companies.get(getattr(record, "company_id", 0))
    if company and entity_type != COMPANY:
        found.append((say("Company"), company.title))
    if entity_type != CONTACT:
        people = [state().contacts.get(i) for i in getattr(record, "contact_ids", [])]
        found += [(say("Contact"), one.full_name) for one in people if one]
    if getattr(record, "opportunity", 0):
        found.append((say("Amount"), f"{record.opportunity:,.2f} {record.currency_id}"))
    return found
