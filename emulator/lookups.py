"""Questions about the state: what a card, a stage or a person can see."""

from __future__ import annotations

from emulator.model_app import Installation, PlacementBinding, Robot, RobotRun, Trigger, TriggerRule
from emulator.model_crm import (
    DEAL,
    Address,
    BankDetail,
    Company,
    Deal,
    ProductRow,
    Requisite,
    RequisiteLink,
    Stage,
    User,
)
from emulator.model_timeline import Document, TimelineEntry


class Lookups:
    """Read-only half of `State`; call under `state.lock`."""

    users: dict[int, User]
    companies: dict[int, Company]
    deals: dict[int, Deal]
    stages: dict[str, Stage]
    product_rows: list[ProductRow]
    requisites: dict[int, Requisite]
    bank_details: dict[int, BankDetail]
    addresses: list[Address]
    links: list[RequisiteLink]
    timeline: dict[int, TimelineEntry]
    documents: dict[int, Document]
    installations: dict[str, Installation]
    runs: dict[int, RobotRun]
    trigger_rules: dict[int, TriggerRule]

    def admin(self) -> User:
        """Return the portal's first active administrator."""
        return next(u for u in self.users.values() if u.is_admin and u.active)

    def my_company(self) -> Company:
        return next(c for c in self.companies.values() if c.is_my_company)

    def deal_products(self, deal_id: int) -> list[ProductRow]:
        rows = [r for r in self.product_rows if r.owner_type == "D" and r.owner_id == deal_id]
        return sorted(rows, key=lambda r: (r.sort, r.id))

    def card_timeline(self, entity_type_id: int, entity_id: int) -> list[TimelineEntry]:
        """Return a card's timeline, newest first."""
        found = [
            e
            for e in self.timeline.values()
            if e.entity_type_id == entity_type_id and e.entity_id == entity_id
        ]
        return sorted(found, key=lambda e: (e.created, e.id), reverse=True)

    def deal_timeline(self, deal_id: int) -> list[TimelineEntry]:
        return self.card_timeline(DEAL, deal_id)

    def deal_documents(self, deal_id: int) -> list[Document]:
        found = [
            d
            for d in self.documents.values()
            if d.entity_type_id == DEAL and d.entity_id == deal_id
        ]
        return sorted(found, key=lambda d: d.id, reverse=True)

    def ordered_stages(self) -> list[Stage]:
        return sorted(self.stages.values(), key=lambda s: s.sort)

    def requisites_of(self, entity_type_id: int, entity_id: int) -> list[Requisite]:
        found = [
            r
            for r in self.requisites.values()
            if r.entity_type_id == entity_type_id and r.entity_id == entity_id and r.active
        ]
        return sorted(found, key=lambda r: (r.sort, r.id))

    def addresses_of(self, requisite_id: int) -> list[Address]:
        return [a for a in self.addresses if a.entity_id == requisite_id]

    def bank_details_of(self, requisite_id: int) -> list[BankDetail]:
        return [b for b in self.bank_details.values() if b.entity_id == requisite_id]

    def link_of(self, entity_type_id: int, entity_id: int) -> RequisiteLink | None:
        for link in self.links:
            if (link.entity_type_id, link.entity_id) == (entity_type_id, entity_id):
                return link
        return None

    def bindings(self, placement: str, user_id: int) -> list[PlacementBinding]:
        """Return the widgets `user_id` sees at a place: none before installFinish."""
        return [
            b
            for inst in self.installations.values()
            if inst.finished and (not inst.allowed_user_ids or user_id in inst.allowed_user_ids)
            for b in inst.placements
            if b.placement == placement and b.user_id in (0, user_id)
        ]

    def robots(self) -> list[Robot]:
        """Return every automation rule kind that a stage may use."""
        return [r for i in self.installations.values() if i.finished for r in i.robots.values()]

    def triggers(self) -> list[Trigger]:
        return [t for i in self.installations.values() if i.finished for t in i.triggers.values()]

    def deal_runs(self, deal_id: int) -> list[RobotRun]:
        return [r for r in self.runs.values() if r.deal_id == deal_id]
