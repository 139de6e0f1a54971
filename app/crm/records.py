"""A CRM record with everything around it, as one frozen `CrmSnapshot`: one HTTP call, two with many contacts.

What the caller may not see is simply not there: the batch runs with the caller's own rights.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from app.core.snapshot import CrmSnapshot, Party, Person, ProductRow, Record
from app.crm import record_query
from app.crm.client import BatchAnswer, CrmClient
from app.crm.faults import fault
from app.crm.parties import COMPANY, CONTACT, Details, Owner, party
from app.crm.people import colleagues, contact_person, employee
from app.crm.portal_documents import PortalDocument, PortalTemplate, documents_of, templates_of
from app.crm.rows import Row, ident, is_yes, item, money, rows, text

CENT: Final = Decimal("0.01")
MORE_CONTACTS: Final = 50


@dataclass(frozen=True, slots=True)
class OurCompany:
    """One of our own companies. The addresses of stamp and signature pictures are signed: never log them."""

    id: str
    name: str
    stamp_url: str = field(default="", repr=False)
    signature_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PortalExtras:
    """What the sender may choose from, beside the snapshot. `templates_allowed`: whether the caller has
    the portal's right to list its generator's templates."""

    colleagues: tuple[Person, ...] = ()
    documents: tuple[PortalDocument, ...] = ()
    templates: tuple[PortalTemplate, ...] = ()
    templates_allowed: bool = False
    our_companies: tuple[OurCompany, ...] = ()
    lead: Person | None = None
    """Whom a lead is about, with the lead's own phones and e-mails."""
    lead_company: str = ""


def read_snapshot(
    client: CrmClient, *, entity_type_id: int, entity_id: str, now: datetime
) -> tuple[CrmSnapshot, PortalExtras]:
    """Return the record as the caller may see it, and what stands around it.

    now: aware UTC. Raises PortalRefused when the record is not there or not for this person, else a
    PortalError.
    """
    answer = client.batch(record_query.commands(entity_type_id, entity_id))
    answer.raise_temporary()
    record = item(answer.result("rec"))
    if ident(record, "id") != entity_id:
        raise fault("NOT_FOUND", method="crm.item.get")
    people = _people(client, answer, record, entity_type_id)
    companies = [row for row in rows(answer.get("mycos"), "items") if is_yes(row, "isMyCompany")]
    snapshot = CrmSnapshot(
        taken_at=now,
        record=_record(record, entity_type_id),
        us=_us(answer, record, companies),
        client=_client(answer, record, entity_type_id, people),
        contacts=tuple(contact_person(row, is_primary=n == 0) for n, row in enumerate(people)),
        responsible=_responsible(answer, record),
        products=_products(answer, entity_type_id, entity_id),
    )
    extras = _extras(answer, snapshot.record, companies)
    return snapshot, _with_lead(extras, record) if entity_type_id == record_query.LEAD else extras


def responsible_of(client: CrmClient, entity_type_id: int, entity_id: str) -> str:
    """Return the id of the employee who is responsible for a record. One call; raises PortalRefused without it."""
    answer = client.call("crm.item.get", {"entityTypeId": entity_type_id, "id": entity_id})
    return ident(item(answer), "assignedById")


def _record(row: Row, entity_type_id: int) -> Record:
    category = ident(row, "categoryId")
    return Record(
        entity_type_id=entity_type_id,
        id=ident(row, "id"),
        title=text(row, "title")
        or " ".join(filter(None, (text(row, "name"), text(row, "lastName")))),
        stage_id=text(row, "stageId"),
        category_id=int(category or 0),
        amount=money(row, "opportunity"),
        currency=text(row, "currencyId"),
        assigned_by_id=ident(row, "assignedById"),
        custom={key: _custom(value) for key, value in row.items() if key.startswith("ufCrm")},
    )


def _custom(value: object) -> str:
    """Return a custom field as text; several values joined; a file or structure has none."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_custom(one) for one in value)))
    if isinstance(value, bool):
        return "Y" if value else "N"
    return str(value).strip() if isinstance(value, str | int | float) else ""


def _people(client: CrmClient, answer: BatchAnswer, record: Row, entity_type_id: int) -> list[Row]:
    """Return the record's contacts, the main one first. Only ids the record itself names get in."""
    if entity_type_id == CONTACT:
        return [record]
    wanted = _contact_ids(answer, record)
    known = {ident(row, "id"): row for row in rows(answer.get("people"), "items")}
    main = item(answer.get("cont"))
    if ident(main, "id"):
        known[ident(main, "id")] = main
    missing = [one for one in wanted if one not in known][:MORE_CONTACTS]
    if missing:
        method, params = record_query.contacts(missing)
        for row in rows(client.call(method, params), "items"):
            known.setdefault(ident(row, "id"), row)
    return [known[one] for one in wanted if one in known]


def _contact_ids(answer: BatchAnswer, record: Row) -> list[str]:
    bound = sorted(
        rows(answer.get("dcont")),
        key=lambda row: (not is_yes(row, "IS_PRIMARY"), money(row, "SORT")),
    )
    listed = record.get("contactIds")
    ids = [
        *(ident(row, "CONTACT_ID") for row in bound),
        ident(record, "contactId"),
        *(ident({"id": one}, "id") for one in (listed if isinstance(listed, list) else [])),
    ]
    return list(dict.fromkeys(one for one in ids if one))


def _client(answer: BatchAnswer, record: Row, entity_type_id: int, people: list[Row]) -> Party:
    """The side whose requisite the record names; else its company; else its main contact as a person."""
    link = _link(answer)
    owner = _client_owner(answer, record, entity_type_id, people)
    if owner is None:
        return Party()
    return party(
        owner,
        _details(answer, "c", "p", "l"),
        requisite_id=ident(link, "REQUISITE_ID"),
        bank_id=ident(link, "BANK_DETAIL_ID"),
    )


def _client_owner(
    answer: BatchAnswer, record: Row, entity_type_id: int, people: list[Row]
) -> Owner | None:
    chosen = item(answer.get("lreq"))
    if text(chosen, "ENTITY_TYPE_ID") == str(CONTACT):
        for person in people:
            if ident(person, "id") == ident(chosen, "ENTITY_ID"):
                return Owner(CONTACT, person)
    company = item(answer.get("comp"))
    wanted = ident(record, "id" if entity_type_id == COMPANY else "companyId")
    if wanted and ident(company, "id") == wanted:
        return Owner(COMPANY, company)
    return Owner(CONTACT, people[0]) if people else None


def _us(answer: BatchAnswer, record: Row, companies: list[Row]) -> Party:
    """The company of ours whose requisite the record names, else the one it names itself, else the first."""
    link, linked, requisite = _link(answer), item(answer.get("mcomp")), item(answer.get("mreq"))
    ours = {ident(row, "id"): row for row in (*companies, linked) if is_yes(row, "isMyCompany")}
    chosen = (
        ident(requisite, "ENTITY_ID") if text(requisite, "ENTITY_TYPE_ID") == str(COMPANY) else ""
    )
    company = (
        ours.get(chosen) or ours.get(ident(record, "mycompanyId")) or next(iter(ours.values()), {})
    )
    return party(
        Owner(COMPANY, company),
        _details(answer, "d", "o", "m"),
        requisite_id=ident(link, "MC_REQUISITE_ID"),
        bank_id=ident(link, "MC_BANK_DETAIL_ID"),
    )


def _link(answer: BatchAnswer) -> Row:
    """No link: an error on one portal, zeros on another; both mean that nothing was chosen."""
    return item(answer.get("link"))


def _details(answer: BatchAnswer, *prefixes: str) -> Details:
    """Everything the batch brought under these prefixes; `party` sorts out whose it is."""
    found: dict[str, list[Row]] = {"req": [], "addr": [], "bank": []}
    for prefix in prefixes:
        for kind, into in (("req", "req"), ("addr", "addr"), ("bank", "bank"), ("acc", "bank")):
            found[into] += _as_rows(answer.get(prefix + kind))
    return Details(requisites=found["req"], addresses=found["addr"], banks=found["bank"])


def _as_rows(result: object) -> list[Row]:
    return [result] if isinstance(result, dict) and "ID" in result else rows(result)


def _responsible(answer: BatchAnswer, record: Row) -> Person | None:
    wanted = ident(record, "assignedById")
    found = (row for row in rows(answer.get("user")) if wanted and ident(row, "ID") == wanted)
    return next((employee(row) for row in found), None)


def _products(answer: BatchAnswer, entity_type_id: int, entity_id: str) -> tuple[ProductRow, ...]:
    code = record_query.owner_code(entity_type_id)
    mine: Iterable[Row] = (
        row
        for row in rows(answer.get("prod"), "productRows")
        if ident(row, "ownerId") == entity_id and text(row, "ownerType") == code
    )
    return tuple(_product(row) for row in mine)


def _product(row: Row) -> ProductRow:
    """`price` holds discount and tax already, `priceExclusive` the discount only."""
    quantity, gross = money(row, "quantity"), money(row, "price")
    return ProductRow(
        name=text(row, "productName"),
        quantity=quantity,
        unit=text(row, "measureName"),
        price=money(row, "priceExclusive"),
        tax_rate=money(row, "taxRate"),
        total=(quantity * gross).quantize(CENT, ROUND_HALF_UP),
    )


def _extras(answer: BatchAnswer, record: Record, companies: list[Row]) -> PortalExtras:
    return PortalExtras(
        colleagues=colleagues(answer.get("staff")),
        documents=documents_of(answer.get("docs"), record.entity_type_id, record.id),
        templates=templates_of(answer.get("tmpl"), record.entity_type_id, record.category_id),
        templates_allowed="tmpl" in answer.results,
        our_companies=tuple(_our_company(row) for row in companies),
    )


def _with_lead(extras: PortalExtras, record: Row) -> PortalExtras:
    """A lead has a name and addresses of its own; the record's id is not a contact's."""
    person = replace(contact_person(record), id="")
    company = text(record, "companyTitle")
    return replace(extras, lead=person if person.name else None, lead_company=company)


def _our_company(row: Row) -> OurCompany:
    return OurCompany(
        id=ident(row, "id"),
        name=text(row, "title"),
        stamp_url=_picture(row, "ufStamp"),
        signature_url=_picture(row, "ufDirectorSign"),
    )


def _picture(row: Row, key: str) -> str:
    value = row.get(key)
    return text(value, "urlMachine") if isinstance(value, dict) else ""
