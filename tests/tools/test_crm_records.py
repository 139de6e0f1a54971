from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from crm_stub import Refusal, TablePortal

from app.core.snapshot import Party
from app.crm import record_query
from app.crm.client import BATCH_LIMIT, CrmClient
from app.crm.records import read_snapshot
from app.errors import PortalRefused, PortalUnavailable

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DEAL = {
    "id": 7,
    "title": "Lighting of the shop",
    "companyId": 20,
    "contactId": 30,
    "contactIds": [30, 31],
    "assignedById": 5,
    "stageId": "C3:NEW",
    "categoryId": 3,
    "opportunity": 1234.5,
    "currencyId": "EUR",
    "ufCrm_1": "blue",
    "ufCrm_2": [4, 5],
    "ufCrm_3": {"id": 9, "urlMachine": "https://x"},
}
LINK = {
    "ENTITY_TYPE_ID": 2,
    "ENTITY_ID": 7,
    "REQUISITE_ID": "101",
    "BANK_DETAIL_ID": "0",
    "MC_REQUISITE_ID": "200",
    "MC_BANK_DETAIL_ID": "301",
}


def fm(phone="", email=""):
    rows = [{"id": 1, "typeId": "PHONE", "valueType": "WORK", "value": phone}]
    rows += [{"id": 2, "typeId": "EMAIL", "valueType": "WORK", "value": email}]
    return [row for row in rows if row["value"]]


COMPANIES = {
    20: {
        "id": 20,
        "title": "Maison Verne",
        "isMyCompany": "N",
        "fm": fm("+33199000220", "hello@example.org"),
    },
    10: {"id": 10, "title": "Atelier", "isMyCompany": "Y", "fm": fm("+33199000210")},
    11: {
        "id": 11,
        "title": "Atelier Sud",
        "isMyCompany": "Y",
        "ufStamp": {"urlMachine": "https://p/stamp"},
    },
}
CONTACTS = {
    30: {
        "id": 30,
        "name": "Inès",
        "lastName": "Garnier",
        "post": "CEO",
        "fm": fm("+33199000230", "ines@example.org"),
    },
    31: {"id": 31, "name": "Paul", "lastName": "Roy", "fm": []},
    32: {"id": 32, "name": "Zoé", "lastName": "Lin", "fm": fm("", "zoe@example.org")},
}


def requisite(own, owner_type, owner, sort=500, **rq):
    columns = {"ID": own, "ENTITY_TYPE_ID": owner_type, "ENTITY_ID": owner, "SORT": sort}
    fields = {f"RQ_{name.upper()}": value for name, value in rq.items()}
    return {**{key: str(value) for key, value in columns.items()}, "ACTIVE": "Y", **fields}


REQUISITES = [
    requisite(100, 4, 20, 100, company_name="Verne", siret="900 1"),
    requisite(101, 4, 20, company_name="Verne SAS", siret="900 2", vat_id="FR1"),
    requisite(200, 4, 11, company_name="Sud SARL", director="H. M."),
    requisite(201, 4, 10, company_name="Atelier SARL"),
    requisite(400, 3, 30, name="Inès Garnier EI"),
    requisite(900, 4, 99, 1, company_name="STRANGER"),
]
ADDRESSES = [
    {
        "TYPE_ID": "1",
        "ENTITY_TYPE_ID": "8",
        "ENTITY_ID": "101",
        "ADDRESS_1": "Workshop",
        "CITY": "Lyon",
    },
    {
        "TYPE_ID": "6",
        "ENTITY_TYPE_ID": "8",
        "ENTITY_ID": "101",
        "ADDRESS_1": "Legal street",
        "CITY": "Paris",
    },
    {
        "TYPE_ID": "6",
        "ENTITY_TYPE_ID": "8",
        "ENTITY_ID": "100",
        "ADDRESS_1": "First street",
        "CITY": "Nice",
    },
    {
        "TYPE_ID": "6",
        "ENTITY_TYPE_ID": "8",
        "ENTITY_ID": "200",
        "ADDRESS_1": "South road",
        "CITY": "Nîmes",
    },
    {
        "TYPE_ID": "6",
        "ENTITY_TYPE_ID": "8",
        "ENTITY_ID": "900",
        "ADDRESS_1": "STRANGER",
        "CITY": "X",
    },
]
BANKS = [
    {
        "ID": "300",
        "ENTITY_ID": "200",
        "RQ_BANK_NAME": "Old bank",
        "RQ_IBAN": "FR00 0",
        "SORT": "100",
    },
    {
        "ID": "301",
        "ENTITY_ID": "200",
        "RQ_BANK_NAME": "Our bank",
        "RQ_IBAN": "FR00 1",
        "SORT": "500",
    },
    {"ID": "302", "ENTITY_ID": "101", "RQ_BANK_NAME": "Their bank", "RQ_IBAN": "FR00 2"},
    {"ID": "399", "ENTITY_ID": "900", "RQ_BANK_NAME": "STRANGER"},
]
USERS = [
    {
        "ID": "5",
        "ACTIVE": True,
        "NAME": "Karim",
        "LAST_NAME": "B.",
        "EMAIL": "karim@example.com",
        "WORK_POSITION": "Sales",
    },
    {"ID": "6", "ACTIVE": True, "NAME": "No", "LAST_NAME": "Mail", "EMAIL": ""},
    {"ID": "8", "ACTIVE": False, "NAME": "Gone", "LAST_NAME": "Away", "EMAIL": "gone@example.com"},
]


def product(owner, name, price, net, quantity, tax):
    row = {"ownerId": owner, "ownerType": "D", "productName": name, "price": price}
    return {
        **row,
        "priceExclusive": net,
        "quantity": quantity,
        "taxRate": tax,
        "measureName": "pcs",
    }


PRODUCTS = [
    product(7, "Lamp", 90, 75, 3, 20),
    product(7, "Book", 5.55, 5.55, 1.5, None),
    product(8, "STRANGER", 1, 1, 1, 0),
]


def refuse(code):
    def answer(_params):
        raise Refusal(code)

    return answer


def by_id(items, code="NOT_FOUND"):
    def answer(params):
        wanted = str(params["id"])
        if wanted.isdigit() and int(wanted) in items:
            return items[int(wanted)]
        raise Refusal(code)

    return answer


def where(rows, **columns):
    """A portal's list at its worst: an empty filter value matches everything."""

    def answer(params):
        given = params["filter"]
        return [
            row
            for row in rows
            if all(not given.get(name) or str(row[name]) == str(given[name]) for name in columns)
        ]

    return answer


def portal(**changes):
    deal = {**DEAL, **changes.pop("deal", {})}

    def item_get(params):
        kind, wanted = int(params["entityTypeId"] or 0), str(params["id"])
        table = {2: {7: deal}, 3: CONTACTS, 4: COMPANIES}[kind]
        return {"item": by_id(table)({"id": wanted})}

    def item_list(params):
        if str(params["entityTypeId"]) == "4":
            return {"items": [row for row in COMPANIES.values() if row["isMyCompany"] == "Y"]}
        ids = params["filter"]["@id"]
        ids = list(ids.values()) if isinstance(ids, dict) else ids
        wanted = [str(one) for one in ids if one]
        found = [row for row in CONTACTS.values() if not wanted or str(row["id"]) in wanted]
        return {"items": found}

    requisites = {int(row["ID"]): row for row in REQUISITES}
    banks = {int(row["ID"]): row for row in BANKS}
    table = {
        "crm.item.get": item_get,
        "crm.item.list": item_list,
        "crm.requisite.link.get": lambda _: LINK,
        "crm.deal.contact.items.get": lambda _: [
            {"CONTACT_ID": 31, "SORT": 200, "IS_PRIMARY": "N"},
            {"CONTACT_ID": 30, "SORT": 100, "IS_PRIMARY": "Y"},
        ],
        "crm.requisite.list": where(REQUISITES, ENTITY_TYPE_ID=1, ENTITY_ID=1),
        "crm.requisite.get": by_id(requisites, ""),
        "crm.address.list": where(ADDRESSES, ENTITY_ID=1),
        "crm.requisite.bankdetail.list": where(BANKS, ENTITY_ID=1),
        "crm.requisite.bankdetail.get": by_id(banks, ""),
        "crm.item.productrow.list": lambda _: {"productRows": PRODUCTS},
        "user.get": lambda _: USERS,
        "crm.documentgenerator.document.list": lambda _: {"documents": []},
        "crm.documentgenerator.template.list": refuse("DOCGEN_ACCESS_ERROR"),
        **changes,
    }
    return CrmClient(TablePortal(table))


def read(client):
    return read_snapshot(client, entity_type_id=2, entity_id="7", now=NOW)


def test_one_call_brings_the_record_with_both_parties_people_and_products():
    client = portal()
    snapshot, extras = read(client)
    assert client.http_calls == 1
    assert snapshot.taken_at == NOW
    assert snapshot.record.title == "Lighting of the shop"
    assert (snapshot.record.amount, snapshot.record.currency) == (Decimal("1234.5"), "EUR")
    assert (snapshot.record.stage_id, snapshot.record.category_id) == ("C3:NEW", 3)
    assert snapshot.client.name == "Verne SAS"
    assert snapshot.us.name == "Sud SARL"
    assert [person.name for person in snapshot.contacts] == ["Inès Garnier", "Paul Roy"]
    assert snapshot.responsible is not None
    assert snapshot.responsible.emails == ("karim@example.com",)
    assert [row.name for row in snapshot.products] == ["Lamp", "Book"]
    assert extras.templates_allowed is False


def test_the_batch_fits_into_one_call_for_every_kind_of_record():
    for kind in (1, 2, 3, 4, 7, 31, 177):
        assert len(record_query.commands(kind, "1")) <= BATCH_LIMIT


def test_the_requisites_chosen_on_the_record_win_with_their_address_and_account():
    snapshot, _ = read(portal())
    assert (snapshot.client.requisite_id, snapshot.client.registration) == ("101", "900 2")
    assert snapshot.client.vat_id == "FR1"
    assert snapshot.client.address.street == "Legal street"
    assert snapshot.client.bank.iban == "FR00 2"
    assert (snapshot.us.company_id, snapshot.us.bank.name) == ("11", "Our bank")
    assert snapshot.us.address.city == "Nîmes"
    assert snapshot.client.fields == {
        "company_name": "Verne SAS",
        "siret": "900 2",
        "vat_id": "FR1",
    }


@pytest.mark.parametrize(
    "no_link",
    [
        refuse(""),
        refuse("0"),
        lambda _: [],
        lambda _: {},
        lambda _: {key: ("0" if key.endswith("_ID") else 0) for key in LINK},
        lambda _: dict.fromkeys(LINK),
    ],
)
def test_without_a_choice_the_first_requisites_are_taken_whatever_the_portal_answers(no_link):
    snapshot, _ = read(portal(**{"crm.requisite.link.get": no_link}))
    assert (snapshot.client.name, snapshot.client.address.city) == ("Verne", "Nice")
    assert snapshot.us.name == "Atelier SARL"


def test_a_stranger_never_gets_into_a_party_when_references_lead_nowhere():
    client = portal(
        deal={"companyId": 0, "contactId": 0, "contactIds": []},
        **{
            "crm.requisite.link.get": refuse(""),
            "crm.deal.contact.items.get": lambda _: [],
            "crm.requisite.list": lambda _: REQUISITES,
            "crm.address.list": lambda _: ADDRESSES,
            "crm.requisite.bankdetail.list": lambda _: BANKS,
        },
    )
    snapshot, _ = read(client)
    assert snapshot.client == Party()
    assert snapshot.contacts == ()
    assert "STRANGER" not in repr(snapshot)


def test_a_link_that_names_a_strangers_requisites_is_not_followed():
    link = {**LINK, "REQUISITE_ID": "900", "MC_REQUISITE_ID": "900"}
    snapshot, _ = read(portal(**{"crm.requisite.link.get": lambda _: link}))
    assert snapshot.client.name == "Verne"
    assert snapshot.us.name == "Atelier SARL"
    assert "STRANGER" not in repr(snapshot)


def test_a_deal_with_a_person_but_no_company_has_the_person_as_party():
    snapshot, _ = read(portal(deal={"companyId": 0}, **{"crm.requisite.link.get": refuse("")}))
    assert snapshot.client.name == "Inès Garnier EI"
    assert snapshot.client.company_id == ""
    assert snapshot.client.email == "ines@example.org"


def test_requisites_of_a_person_chosen_on_the_record_make_the_person_the_party():
    link = {**LINK, "REQUISITE_ID": "400"}
    snapshot, _ = read(portal(**{"crm.requisite.link.get": lambda _: link}))
    assert snapshot.client.name == "Inès Garnier EI"


def test_a_company_without_requisites_keeps_its_own_name_and_channels():
    snapshot, _ = read(
        portal(**{"crm.requisite.link.get": refuse(""), "crm.requisite.list": lambda _: []})
    )
    assert snapshot.client.name == "Maison Verne"
    assert (snapshot.client.phone, snapshot.client.email) == ("+33199000220", "hello@example.org")
    assert snapshot.client.requisite_id == ""


def test_an_address_of_nobody_is_not_a_companys_without_requisites():
    loose = {"TYPE_ID": "6", "ENTITY_TYPE_ID": "8", "ENTITY_ID": "0", "ADDRESS_1": "STRANGER"}
    answers = {
        "crm.requisite.link.get": refuse(""),
        "crm.requisite.list": lambda _: [],
        "crm.address.list": lambda _: [loose],
        "crm.requisite.bankdetail.list": lambda _: [
            {"ID": "1", "ENTITY_ID": None, "RQ_IBAN": "STRANGER"}
        ],
    }
    snapshot, _ = read(portal(**answers))
    assert "STRANGER" not in repr(snapshot)


def test_contacts_beyond_the_batch_cost_one_more_call():
    bound = [{"CONTACT_ID": n, "SORT": n, "IS_PRIMARY": "N"} for n in (30, 31, 32)]
    client = portal(**{"crm.deal.contact.items.get": lambda _: bound})
    snapshot, _ = read(client)
    assert [person.id for person in snapshot.contacts] == ["30", "31", "32"]
    assert client.http_calls == 2


def test_a_contact_without_channels_has_none_and_no_error():
    snapshot, _ = read(portal())
    paul = snapshot.contacts[1]
    assert (paul.phones, paul.emails, paul.is_primary) == ((), (), False)


def test_prices_are_net_totals_gross_and_exact():
    snapshot, _ = read(portal())
    lamp, book = snapshot.products
    assert (lamp.price, lamp.tax_rate, lamp.total) == (Decimal(75), Decimal(20), Decimal("270.00"))
    assert (book.tax_rate, book.total) == (Decimal(0), Decimal("8.33"))


def test_custom_fields_are_texts_and_files_are_not():
    snapshot, _ = read(portal())
    assert snapshot.record.custom == {"ufCrm_1": "blue", "ufCrm_2": "4, 5", "ufCrm_3": ""}


def test_colleagues_are_active_and_can_be_written_to():
    _, extras = read(portal())
    assert [person.id for person in extras.colleagues] == ["5"]


def test_templates_of_another_pipeline_or_type_are_not_offered():
    templates = {
        "1": {"id": "1", "name": "Ours", "entityTypeId": ["2_category_3"]},
        "2": {"id": "2", "name": "Other pipeline", "entityTypeId": ["2_category_0"]},
        "3": {"id": "3", "name": "Any deal", "entityTypeId": ["2"]},
        "4": {"id": "4", "name": "Invoice", "entityTypeId": ["31_1"]},
    }
    _, extras = read(
        portal(**{"crm.documentgenerator.template.list": lambda _: {"templates": templates}})
    )
    assert [one.name for one in extras.templates] == ["Ours", "Any deal"]
    assert extras.templates_allowed


def test_documents_of_another_deal_are_not_offered():
    documents = [
        {"id": "61", "title": "Ours", "number": "1", "entityTypeId": "2", "entityId": "7"},
        {"id": "62", "title": "STRANGER", "number": "2", "entityTypeId": "2", "entityId": "8"},
    ]
    _, extras = read(
        portal(**{"crm.documentgenerator.document.list": lambda _: {"documents": documents}})
    )
    assert [one.id for one in extras.documents] == ["61"]


def test_our_companies_carry_their_stamp_without_showing_its_address():
    _, extras = read(portal())
    stamp = {company.id: company.stamp_url for company in extras.our_companies}
    assert stamp == {"10": "", "11": "https://p/stamp"}
    assert "https://p/stamp" not in repr(extras)


@pytest.mark.parametrize("code", ["NOT_FOUND", "ACCESS_DENIED"])
def test_a_record_that_is_gone_or_hidden_says_so(code):
    with pytest.raises(PortalRefused) as caught:
        read(portal(**{"crm.item.get": refuse(code)}))
    assert caught.value.code == code


@pytest.mark.parametrize(
    "method", ["crm.requisite.list", "crm.address.list", "crm.item.productrow.list"]
)
@pytest.mark.parametrize(
    "code", ["INTERNAL_SERVER_ERROR", "OPERATION_TIME_LIMIT", "QUERY_LIMIT_EXCEEDED"]
)
def test_a_part_that_is_away_for_a_moment_is_waited_for_not_left_out(method, code):
    with pytest.raises(PortalUnavailable):
        read(portal(**{method: refuse(code)}))


def test_another_record_than_asked_for_is_refused():
    with pytest.raises(PortalRefused):
        read(portal(deal={"id": 8}))


def test_what_the_caller_may_not_read_is_missing_and_nothing_breaks():
    hidden = [
        "crm.requisite.list", "crm.requisite.get", "crm.address.list", "crm.requisite.bankdetail.list",
        "crm.requisite.bankdetail.get", "crm.requisite.link.get", "user.get", "crm.item.list",
        "crm.item.productrow.list", "crm.documentgenerator.document.list", "crm.deal.contact.items.get",
    ]  # fmt: skip
    client = portal(**dict.fromkeys(hidden, refuse("ACCESS_DENIED")))
    client.transport.table["crm.item.list"] = lambda _: {"items": []}
    snapshot, extras = read(client)
    assert snapshot.client.name == "Maison Verne"
    assert snapshot.us == Party()
    assert extras.colleagues == ()
