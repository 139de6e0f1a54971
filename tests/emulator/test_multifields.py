"""Phones and e-mails of a client, changed as the documentation's examples do."""

from __future__ import annotations

from typing import Any

import pytest
from portal_kit import Client, Listener

from emulator.state import COMPANY, CONTACT


def values(admin: Client, kind: int = CONTACT, ident: int = 1) -> list[tuple[str, str, str]]:
    found = admin.call("crm.item.get", entityTypeId=kind, id=ident)["item"]["fm"]
    return [(m["typeId"], m["valueType"], m["value"]) for m in found]


def ident_of(admin: Client, type_id: str) -> str:
    found = admin.call("crm.item.get", entityTypeId=CONTACT, id=1)["item"]["fm"]
    return str(next(m["id"] for m in found if m["typeId"] == type_id))


def update(admin: Client, fm: Any, *, kind: int = CONTACT) -> None:
    admin.call("crm.item.update", entityTypeId=kind, id=1, fields={"fm": fm})


@pytest.mark.parametrize("key", ["n0", "999999"])
def test_a_new_key_adds_a_value_and_keeps_the_others(admin: Client, key: str) -> None:
    before = values(admin)
    update(admin, {key: {"typeId": "EMAIL", "valueType": "WORK", "value": "new@example.com"}})
    assert values(admin) == [*before, ("EMAIL", "WORK", "new@example.com")]


def test_a_list_adds_too(admin: Client) -> None:
    before = values(admin)
    update(admin, [{"typeId": "EMAIL", "valueType": "HOME", "value": "home@example.com"}])
    assert values(admin) == [*before, ("EMAIL", "HOME", "home@example.com")]


def test_the_id_of_a_value_changes_that_value_alone(admin: Client) -> None:
    phone = ident_of(admin, "PHONE")
    update(admin, {phone: {"typeId": "PHONE", "valueType": "MOBILE", "value": "+33199000299"}})
    assert ("PHONE", "MOBILE", "+33199000299") in values(admin)
    assert ident_of(admin, "PHONE") == phone
    assert len(values(admin)) == 2


def test_an_empty_value_removes_it(admin: Client) -> None:
    update(admin, {ident_of(admin, "EMAIL"): {"typeId": "EMAIL", "value": ""}})
    assert [kind for kind, *_ in values(admin)] == ["PHONE"]
    assert admin.call("crm.item.get", entityTypeId=CONTACT, id=1)["item"]["hasEmail"] == "N"


def test_a_company_takes_the_same_and_an_unknown_kind_is_refused(admin: Client) -> None:
    update(admin, {"n0": {"typeId": "PHONE", "value": "+33199000298"}}, kind=COMPANY)
    assert ("PHONE", "WORK", "+33199000298") in values(admin, COMPANY)
    fields = {"fm": {"n0": {"typeId": "FAX", "value": "1"}}}
    refused = admin.error("crm.item.update", entityTypeId=CONTACT, id=1, fields=fields)
    assert refused == (400, "CRM_FIELD_ERROR_VALUE_NOT_VALID")


def test_the_classic_method_takes_rows_with_ids(admin: Client) -> None:
    rows = [{"ID": ident_of(admin, "EMAIL"), "VALUE": "claire@example.org", "VALUE_TYPE": "HOME"},
            {"VALUE": "second@example.org"}]  # fmt: skip
    assert admin.call("crm.contact.update", id=1, fields={"EMAIL": rows, "POST": "CEO"}) is True
    contact = admin.call("crm.contact.get", id=1)
    assert [m["VALUE"] for m in contact["EMAIL"]] == ["claire@example.org", "second@example.org"]
    assert contact["POST"] == "CEO"


@pytest.mark.parametrize("gone", [{"DELETE": "Y"}, {"VALUE": ""}, {}])
def test_the_classic_method_removes_in_three_ways(admin: Client, gone: dict[str, str]) -> None:
    rows = [{"ID": ident_of(admin, "PHONE"), **gone}]
    admin.call("crm.contact.update", id=1, fields={"PHONE": rows})
    assert "PHONE" not in admin.call("crm.contact.get", id=1)


def test_fields_a_record_does_not_have_are_ignored(admin: Client) -> None:
    fields = {"title": "x", "contactIds": [1], "opportunity": 5, "stageId": "NEW", "fm": {}}
    admin.call("crm.item.update", entityTypeId=CONTACT, id=1, fields=fields)
    assert len(values(admin)) == 2


def test_a_changed_contact_is_told_to_who_listens(admin: Client, listener: Listener) -> None:
    admin.call("event.bind", event="ONCRMCONTACTUPDATE", handler=f"{listener.url}/events")
    update(admin, {"n0": {"typeId": "EMAIL", "value": "new@example.com"}})
    admin.portal.engine.outbox.wait_idle()
    (told,) = listener.of("ONCRMCONTACTUPDATE")
    assert told["data"] == {"FIELDS": {"ID": "1"}}
