"""Deals of the demonstration, one for each story, with product rows and requisite links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from emulator.state import (
    COMPANY,
    CONTACT,
    DEAL,
    INVOICE,
    LEAD,
    QUOTE,
    Deal,
    Item,
    Multifield,
    ProductRow,
    RequisiteLink,
    SmartType,
    State,
)

FRAMEWORK = 1036
"""Entity type of the demonstration's smart process."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One deal. company, contacts: ids of the demonstration; rows: (name, unit price HT, qty)."""

    title: str
    stage: str
    company: int
    contacts: tuple[int, ...]
    seller: int
    rows: tuple[tuple[str, str, str], ...]
    linked: bool = True


PLANS = (
    Plan(
        "Éclairage de la boutique rue Oberkampf", "PREPARATION", 2, (1, 6), 2,
        (
            ("Étude d'éclairage, visite comprise", "1200.00", "1"),
            ("Suspension Lune, laiton brossé", "340.00", "6"),
            ("Pose et réglage sur place", "95.00", "12"),
        ),
    ),
    Plan(
        "Rénovation de la salle de lecture", "NEW", 3, (2,), 2,
        (
            ("Conception lumière de la salle", "1800.00", "1"),
            ("Lampe de table Tilleul", "145.50", "14"),
        ),
    ),
    Plan(
        "Hall et vingt-deux chambres", "PREPARATION", 4, (3,), 3,
        (
            ("Concept lumière du hall", "4200.00", "1"),
            ("Applique Parc", "189.90", "44"),
            ("Direction de chantier, journée", "720.00", "5"),
        ),
    ),
    Plan(
        "Showroom lighting, second phase", "NEW", 5, (4,), 3,
        (
            ("Lighting design, phase two", "3600.00", "1"),
            ("Track light Halo", "128.00", "24"),
        ),
    ),
    Plan(
        "Atelier de menuiserie", "NEW", 6, (5,), 2,
        (("Diagnostic lumière et sécurité", "950.00", "1"),),
        linked=False,
    ),
    Plan(
        "Vitrine de Noël", "PREPARATION", 2, (1,), 2,
        (
            ("Scénographie de vitrine", "2100.00", "1"),
            ("Location de projecteurs, semaine", "260.00", "4"),
        ),
    ),
    Plan(
        "Appartement quai Saint-Vincent", "PREPARATION", 0, (7,), 3,
        (
            ("Étude d'éclairage, appartement", "780.00", "1"),
            ("Lampadaire Arc", "415.00", "2"),
        ),
    ),
)  # fmt: skip


def fill_deals(state: State) -> None:
    """Add the deals, and one lead, quote and invoice."""
    state.custom_fields[DEAL] = {
        "ufCrmSigned": {"type": "file", "title": "Contrat signé", "isMultiple": False},
        "ufCrmPapers": {"type": "file", "title": "Pièces du dossier", "isMultiple": True},
    }
    for plan in PLANS:
        add_deal(state, plan)
    add_others(state)


def add_deal(state: State, plan: Plan) -> None:
    ident = state.next_id("deal")
    now = state.now() - timedelta(days=14 - ident)
    rows = [row(state, ident, *r, sort=10 * i) for i, r in enumerate(plan.rows, start=1)]
    state.product_rows += rows
    deal = Deal(
        ident, plan.title, plan.stage, company_id=plan.company, contact_ids=list(plan.contacts),
        opportunity=sum((r.total for r in rows), Decimal(0)), assigned_by_id=plan.seller,
        begin=now, close=now + timedelta(days=45), created=now, updated=now, moved=now,
        moved_by=plan.seller,
    )  # fmt: skip
    state.deals[ident] = deal
    state.add_entry("created", DEAL, ident, author_id=plan.seller, text=plan.title)
    if plan.linked:
        state.links.append(link(state, deal))


def row(state: State, owner: int, name: str, price: str, quantity: str, *, sort: int) -> ProductRow:
    unit = "h" if "Pose" in name else "pièce"
    return ProductRow(
        state.next_id("row"), "D", owner, name, Decimal(price), Decimal(quantity),
        measure_name=unit, sort=sort,
    )  # fmt: skip


def link(state: State, deal: Deal) -> RequisiteLink:
    """Return the deal's choice of requisites: the client's first, and ours."""
    owner = (COMPANY, deal.company_id) if deal.company_id else (CONTACT, deal.contact_id)
    theirs, ours = state.requisites_of(*owner)[0], state.requisites_of(COMPANY, 1)[0]
    bank, our_bank = state.bank_details_of(theirs.id), state.bank_details_of(ours.id)
    return RequisiteLink(
        DEAL,
        deal.id,
        theirs.id,
        bank[0].id if bank else 0,
        ours.id,
        our_bank[0].id if our_bank else 0,
    )


def add_others(state: State) -> None:
    now = state.now()
    state.items[(LEAD, 1)] = Item(
        1, LEAD, "Demande par le site", created=now, updated=now,
        fm=[Multifield(state.next_id("fm"), "EMAIL", "nina.roche@example.org")],
        fields={"name": "Nina", "lastName": "Roche"},
    )  # fmt: skip
    for kind, title in ((QUOTE, "Devis boutique Oberkampf"), (INVOICE, "Acompte Oberkampf")):
        state.items[(kind, 1)] = Item(
            1, kind, title, company_id=2, contact_ids=[1], opportunity=Decimal("1440.00"),
            my_company_id=1, created=now, updated=now,
        )  # fmt: skip
        state.links.append(RequisiteLink(kind, 1, 2, 2, 1, 1))
    add_smart_process(state, now)


def add_smart_process(state: State, now: datetime) -> None:
    """A kind of record the studio made up: framework contracts, with one of them."""
    ident = state.next_id("smart_type")
    state.smart_types[FRAMEWORK] = SmartType(ident, FRAMEWORK, "Contrats cadres", created=now)
    state.items[(FRAMEWORK, 1)] = Item(
        1, FRAMEWORK, "Contrat cadre Oberkampf", company_id=2, contact_ids=[1],
        opportunity=Decimal("12000.00"), my_company_id=1, assigned_by_id=2, created=now, updated=now,
    )  # fmt: skip
    state.links.append(RequisiteLink(FRAMEWORK, 1, 2, 2, 1, 1))
