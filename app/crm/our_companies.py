"""Our own companies as the portal lists them. Source: crm.item.list with isMyCompany."""

from __future__ import annotations

from app.core.snapshot import Person
from app.crm.client import CrmClient
from app.crm.parties import COMPANY
from app.crm.people import COLLEAGUES, colleagues
from app.crm.rows import ident, is_yes, rows, text

ASKED = {
    "entityTypeId": COMPANY,
    "filter": {"isMyCompany": "Y"},
    "select": ["id", "title", "isMyCompany"],
    "order": {"id": "ASC"},
}


def our_companies(client: CrmClient) -> tuple[dict[str, str], tuple[Person, ...]]:
    """Return the names of our companies by id, and the colleagues. One call; raises PortalErrors.

    A caller who may not see companies gets none.
    """
    answer = client.batch({"mine": ("crm.item.list", ASKED), "staff": COLLEAGUES})
    answer.raise_temporary()
    mine = [row for row in rows(answer.get("mine"), "items") if is_yes(row, "isMyCompany")]
    names = {ident(row, "id"): text(row, "title") for row in mine}
    return names, colleagues(answer.get("staff"))
