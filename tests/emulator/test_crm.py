"""CRM data in the shapes of the documentation."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import requests
from portal_kit import Client

from emulator.state import CONTACT


def test_an_item_is_camel_case_with_numbers(admin: Client) -> None:
    item = admin.call("crm.item.get", entityTypeId=2, id=1)["item"]
    assert (item["id"], item["companyId"], item["contactIds"]) == (1, 2, [1, 6])
    assert (item["opportunity"], item["currencyId"]) == (5256, "EUR")
    assert "mycompanyId" not in item


def test_multifields_come_with_get_and_with_a_star_only(admin: Client) -> None:
    got = admin.call("crm.item.get", entityTypeId=CONTACT, id=1)["item"]["fm"]
    assert {m["typeId"]: m["value"] for m in got} == {
        "PHONE": "+33199000211",
        "EMAIL": "claire.verdier@example.com",
    }
    plain = admin.call("crm.item.list", entityTypeId=CONTACT)["items"]
    assert all("fm" not in item for item in plain)
    star = admin.call("crm.item.list", entityTypeId=CONTACT, select=["*"])["items"]
    assert all("fm" in item for item in star)


def test_the_demonstration_has_people_who_can_be_reached_in_every_way(admin: Client) -> None:
    people = admin.portal.state.contacts.values()
    ways = {(bool(p.first("EMAIL")), bool(p.first("PHONE"))) for p in people}
    assert ways == {(True, True), (True, False), (False, True), (False, False)}


def test_classic_records_are_texts_and_leave_empty_multifields_out(admin: Client) -> None:
    deal = admin.call("crm.deal.get", id=1)
    assert (deal["ID"], deal["OPPORTUNITY"], deal["COMPANY_ID"]) == ("1", "5256.00", "2")
    phone_only = admin.call("crm.contact.get", id=2)
    assert phone_only["PHONE"][0]["VALUE"] == "+33199000221"
    assert "EMAIL" not in phone_only
    assert admin.call("crm.company.get", ID=1)["IS_MY_COMPANY"] == "Y"


def test_lists_filter_order_and_page_like_the_portal(admin: Client) -> None:
    filtered = admin.call(
        "crm.item.list",
        entityTypeId=2,
        filter={">opportunity": 5000, "!stageId": "NEW"},
        order={"opportunity": "DESC"},
        select=["id", "opportunity"],
    )["items"]
    assert [i["id"] for i in filtered] == [3, 1]
    assert set(filtered[0]) == {"id", "opportunity"}
    either = {"logic": "OR", "0": {"id": 1}, "1": {"%title": "Noël"}}
    found = admin.call("crm.item.list", entityTypeId=2, filter=either)["items"]
    assert [i["id"] for i in found] == [1, 6]
    among = admin.call("crm.item.list", entityTypeId=2, filter={"@id": [2, 4]})["items"]
    assert [i["id"] for i in among] == [2, 4]


def test_pages_hold_fifty_and_minus_one_skips_the_count(admin: Client) -> None:
    state = admin.portal.state
    for _ in range(60):
        state.add_entry("comment", 2, 1, text="c")
    where = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1}
    first = admin.raw("crm.timeline.comment.list", filter=where).json()
    assert (len(first["result"]), first["total"], first["next"]) == (50, 60, 50)
    second = admin.raw("crm.timeline.comment.list", filter=where, start=50).json()
    assert len(second["result"]) == 10
    assert "next" not in second
    uncounted = admin.raw("crm.timeline.comment.list", filter=where, start=-1).json()
    assert "total" not in uncounted


def test_unknown_fields_in_a_filter_are_refused(admin: Client) -> None:
    refused = admin.error("crm.item.list", entityTypeId=2, filter={"nonsense": 1})
    assert refused == (400, "INVALID_ARG_VALUE")
    refused = admin.error("crm.item.list", entityTypeId=2, order={"id": "UP"})
    assert refused == (400, "INVALID_ARG_VALUE")


def test_unknown_records_and_types_are_not_found(admin: Client) -> None:
    assert admin.error("crm.item.get", entityTypeId=2, id=99) == (400, "NOT_FOUND")
    assert admin.error("crm.item.get", entityTypeId=177, id=1) == (400, "NOT_FOUND")
    assert admin.error("crm.item.get", entityTypeId=2) == (400, "100")


def test_a_person_without_crm_rights_sees_nothing(admin: Client, seller: Client) -> None:
    admin.portal.state.users[2].crm_access = False
    assert seller.error("crm.item.get", entityTypeId=2, id=1) == (400, "ACCESS_DENIED")
    assert seller.call("crm.deal.list") == []


def test_product_rows_want_their_owner_and_show_prices_with_and_without_tax(
    admin: Client,
) -> None:
    rows = admin.call("crm.item.productrow.list", filter={"=ownerType": "D", "=ownerId": 1})
    first = rows["productRows"][0]
    assert (first["price"], first["priceExclusive"], first["taxRate"]) == (1440, 1200, 20)
    assert admin.error("crm.item.productrow.list", filter={"=ownerId": 1}) == (400, "100")


def test_a_file_field_takes_a_pair_and_gives_an_address(admin: Client) -> None:
    pair = ["signed.pdf", base64.b64encode(b"%PDF-x").decode()]
    admin.call("crm.item.update", entityTypeId=2, id=1, fields={"ufCrm_SIGNED": pair})
    shown = admin.call("crm.item.get", entityTypeId=2, id=1)["item"]["ufCrm_SIGNED"]
    answer = requests.get(shown["urlMachine"], headers={"User-Agent": "Mozilla/5.0"}, timeout=5)
    assert answer.content == b"%PDF-x"


def test_the_stage_list_and_the_pipeline(admin: Client) -> None:
    stages = admin.call("crm.status.list", filter={"ENTITY_ID": "DEAL_STAGE"})
    assert [s["STATUS_ID"] for s in stages] == [
        "NEW",
        "PREPARATION",
        "EXECUTING",
        "FINAL_INVOICE",
        "WON",
        "LOSE",
    ]
    assert stages[4]["SEMANTICS"] == "S"
    assert admin.call("crm.category.list", entityTypeId=2)["categories"][0]["id"] == 0


def test_a_stage_that_does_not_exist_is_not_valid(admin: Client) -> None:
    refused = admin.error("crm.item.update", entityTypeId=2, id=1, fields={"stageId": "MOON"})
    assert refused == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")


def test_requisites_hang_together(admin: Client) -> None:
    link = admin.call("crm.requisite.link.get", entityTypeId=2, entityId=1)
    requisite = admin.call("crm.requisite.get", id=link["REQUISITE_ID"])
    assert (requisite["ENTITY_ID"], requisite["RQ_SIRET"]) == ("2", "900 000 029 00011")
    assert requisite["RQ_INN"] is None
    bank = admin.call("crm.requisite.bankdetail.get", id=link["MC_BANK_DETAIL_ID"])
    assert bank["RQ_IBAN"].startswith("FR00")
    names = [
        f["FIELD_NAME"] for f in admin.call("crm.requisite.preset.field.list", preset={"ID": 1})
    ]
    assert "RQ_SIRET" in names


@pytest.mark.parametrize(
    ("scopes", "has_email"), [(("user_basic",), True), (("user_brief",), False)]
)
def test_the_scope_decides_whether_people_have_addresses(
    admin: Client, scopes: tuple[str, ...], has_email: bool
) -> None:
    app: Any = next(iter(admin.portal.state.apps.values()))
    app.scopes = scopes
    (user,) = admin.call("user.get", FILTER={"ID": 2})
    assert ("EMAIL" in user) is has_email
