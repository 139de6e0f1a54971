"""The company whose portal this is, with its legal details, address and bank account."""

from __future__ import annotations

from emulator.model_crm import COMPANY, Address, BankDetail, Company, Multifield, Requisite
from emulator.state import State

NAME = "Atelier Lumen SARL"
LEGAL_DETAILS = {
    "RQ_COMPANY_NAME": "Atelier Lumen",
    "RQ_COMPANY_FULL_NAME": "Atelier Lumen SARL",
    "RQ_LEGAL_FORM": "SARL",
    "RQ_CAPITAL": "20 000 €",
    "RQ_SIREN": "900 000 011",
    "RQ_SIRET": "900 000 011 00019",
    "RQ_RCS": "Lyon 900 000 011",
    "RQ_VAT_ID": "FR00900000011",
    "RQ_DIRECTOR": "Hélène Marchand",
    "RQ_CEO_NAME": "Hélène Marchand",
    "RQ_CEO_WORK_POS": "Gérante",
    "RQ_PHONE": "+33199000100",
    "RQ_EMAIL": "bonjour@example.com",
}
BANK_DETAILS = {
    "RQ_BANK_NAME": "Banque Exemple de Lyon",
    "RQ_ACC_NAME": NAME,
    "RQ_IBAN": "FR00 9990 0000 0100 0000 0000 011",
    "RQ_SWIFT": "XXEXFRXXXXX",
}


def fill_company(state: State) -> None:
    """Put our company into the CRM as number 1."""
    now = state.now()
    ways = [
        Multifield(state.next_id("fm"), "PHONE", "+33199000100"),
        Multifield(state.next_id("fm"), "EMAIL", "bonjour@example.com"),
    ]
    state.companies[1] = Company(1, NAME, fm=ways, is_my_company=True, created=now, updated=now)
    state.reserve_ids("company", 1)
    requisite = fill_requisite(state)
    fill_address(state, requisite)
    fill_bank(state, requisite)


def fill_requisite(state: State) -> int:
    ident = state.next_id("requisite")
    state.requisites[ident] = Requisite(
        ident, COMPANY, 1, 1, NAME, created=state.now(), rq=dict(LEGAL_DETAILS)
    )
    return ident


def fill_address(state: State, requisite: int) -> None:
    state.addresses.append(
        Address(
            6, requisite, "12 quai des Ateliers", "69002", "Lyon", "France", "FR",
            address_2="2e étage", region="Auvergne-Rhône-Alpes", anchor_id=1,
        )
    )  # fmt: skip


def fill_bank(state: State, requisite: int) -> None:
    ident = state.next_id("bank")
    state.bank_details[ident] = BankDetail(
        ident, requisite, "Compte courant", rq=dict(BANK_DETAILS)
    )
