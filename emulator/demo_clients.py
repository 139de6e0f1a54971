"""Clients of the demonstration: five companies and their people, French and English.

One contact has both ways to be reached, one a phone only, one an e-mail only, one nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.state import (
    COMPANY,
    CONTACT,
    Address,
    BankDetail,
    Company,
    Contact,
    Multifield,
    Requisite,
    State,
)


@dataclass(frozen=True, slots=True)
class Client:
    """One client company. number: of its invented registration."""

    title: str
    form: str
    number: str
    street: str
    postal_code: str
    city: str
    director: str
    director_post: str
    email: str
    phone: str
    country: str = "France"
    code: str = "FR"
    has_bank: bool = True


CLIENTS = (
    Client(
        "Maison Verdier", "SAS", "900 000 029", "4 rue de la Fontaine-Claire", "75011", "Paris",
        "Claire Verdier", "Présidente", "contact.verdier@example.com", "+33199000210",
    ),
    Client(
        "Librairie des Tilleuls", "EURL", "900 000 037", "18 place des Tilleuls", "38000",
        "Grenoble", "Paul Lemaire", "Gérant", "librairie.tilleuls@example.org", "+33199000220",
    ),
    Client(
        "Hôtel du Parc Bleu", "SAS", "900 000 045", "1 allée du Parc", "74000", "Annecy",
        "Inès Garnier", "Directrice générale", "parc.bleu@example.com", "+33199000230",
    ),
    Client(
        "Northgate Interiors Ltd", "Ltd", "00000090", "27 Example Wharf", "M1 0XX", "Manchester",
        "Emma Whitfield", "Managing director", "hello.northgate@example.org", "+33199000240",
        country="United Kingdom", code="GB",
    ),
    Client(
        "Coopérative Grand-Vent", "SCOP", "900 000 052", "9 chemin du Moulin", "44000", "Nantes",
        "Yann Le Goff", "Directeur", "", "+33199000250", has_bank=False,
    ),
)  # fmt: skip

# (first name, last name, company position 0 = private person, post, email, phone, language)
PEOPLE = (
    ("Claire", "Verdier", 1, "Présidente", "claire.verdier@example.com", "+33199000211", "fr"),
    ("Paul", "Lemaire", 2, "Gérant", "", "+33199000221", "fr"),
    ("Inès", "Garnier", 3, "Directrice générale", "ines.garnier@example.com", "+33199000231", "fr"),
    ("Emma", "Whitfield", 4, "Managing director", "emma.whitfield@example.org", "", "en"),
    ("Yann", "Le Goff", 5, "Directeur", "", "", "fr"),
    ("Marc", "Verdier", 1, "Responsable achats", "marc.verdier@example.com", "", "fr"),
    ("Oliver", "Grant", 0, "", "oliver.grant@example.org", "+33199000261", "en"),
)


def fill_clients(state: State) -> None:
    """Add companies 2 to 6 and contacts 1 to 7, with requisites."""
    for client in CLIENTS:
        add_company(state, client)
    for name, last_name, company, post, email, phone, lang in PEOPLE:
        now = state.now()
        contact = Contact(
            state.next_id("contact"), name, last_name, multifields(state, email, phone),
            company_id=company + 1 if company else 0, post=post, lang=lang,
            assigned_by_id=2, created=now, updated=now,
        )  # fmt: skip
        state.contacts[contact.id] = contact
    add_private_requisite(state)


def multifields(state: State, email: str, phone: str) -> list[Multifield]:
    found = []
    if phone:
        found.append(Multifield(state.next_id("fm"), "PHONE", phone, "MOBILE"))
    if email:
        found.append(Multifield(state.next_id("fm"), "EMAIL", email))
    return found


def add_company(state: State, client: Client) -> None:
    now = state.now()
    company = Company(
        state.next_id("company"), client.title, multifields(state, client.email, client.phone),
        assigned_by_id=2, created=now, updated=now,
    )  # fmt: skip
    state.companies[company.id] = company
    requisite = Requisite(
        state.next_id("requisite"), COMPANY, company.id, 1, client.title,
        rq=company_requisite(client), created=now,
    )  # fmt: skip
    state.requisites[requisite.id] = requisite
    state.addresses.append(
        Address(
            6, requisite.id, client.street, client.postal_code, client.city, client.country,
            client.code, anchor_id=company.id,
        )
    )  # fmt: skip
    if client.has_bank:
        add_bank(state, requisite, client)


def company_requisite(client: Client) -> dict[str, str]:
    values = {
        "RQ_COMPANY_NAME": client.title,
        "RQ_COMPANY_FULL_NAME": f"{client.title} {client.form}".replace("Ltd Ltd", "Ltd"),
        "RQ_LEGAL_FORM": client.form,
        "RQ_DIRECTOR": client.director,
        "RQ_CEO_NAME": client.director,
        "RQ_CEO_WORK_POS": client.director_post,
        "RQ_PHONE": client.phone,
        "RQ_EMAIL": client.email,
    }
    compact = client.number.replace(" ", "")
    if client.code == "FR":
        values |= {
            "RQ_SIREN": client.number,
            "RQ_SIRET": f"{client.number} 00011",
            "RQ_RCS": f"{client.city} {client.number}",
            "RQ_VAT_ID": f"FR00{compact}",
        }
    else:
        values |= {"RQ_COMPANY_ID": client.number, "RQ_VAT_ID": f"{client.code}0{compact}"}
    return values


def add_bank(state: State, requisite: Requisite, client: Client) -> None:
    digits = client.number.replace(" ", "").rjust(11, "0")
    bank = BankDetail(
        state.next_id("bank"), requisite.id, "Compte principal",
        rq={
            "RQ_BANK_NAME": "Banque Exemple",
            "RQ_ACC_NAME": client.title,
            "RQ_IBAN": f"{client.code}00 9990 0000 {digits[:4]} {digits[4:8]} {digits[8:]}0 000",
            "RQ_SWIFT": f"XXEX{client.code}XX",
        },
    )  # fmt: skip
    state.bank_details[bank.id] = bank


def add_private_requisite(state: State) -> None:
    """The last contact is a private person, with an address of his own."""
    contact = state.contacts[len(PEOPLE)]
    requisite = Requisite(
        state.next_id("requisite"), CONTACT, contact.id, 2, contact.full_name,
        rq={"RQ_NAME": contact.full_name, "RQ_FIRST_NAME": contact.name,
            "RQ_LAST_NAME": contact.last_name},
        created=state.now(),
    )  # fmt: skip
    state.requisites[requisite.id] = requisite
    state.addresses.append(
        Address(
            1, requisite.id, "5 montée des Exemples", "69005", "Lyon", "France", "FR",
            anchor_type_id=CONTACT, anchor_id=contact.id,
        )
    )  # fmt: skip
