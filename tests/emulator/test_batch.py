"""The method batch: references, halt, limits, refused commands."""

from __future__ import annotations

from urllib.parse import quote

import requests
from portal_kit import Client

DEAL_BATCH = {
    "deal": "crm.item.get?entityTypeId=2&id=1",
    "link": "crm.requisite.link.get?entityTypeId=2&entityId=1",
    "dcont": "crm.deal.contact.items.get?id=1",
    "comp": "crm.item.get?entityTypeId=4&id=$result[deal][item][companyId]",
    "creq": "crm.requisite.list?filter[ENTITY_TYPE_ID]=4"
    "&filter[ENTITY_ID]=$result[deal][item][companyId]&order[SORT]=ASC",
    "caddr": "crm.address.list?filter[ENTITY_TYPE_ID]=8&filter[ENTITY_ID]=$result[creq][0][ID]",
    "cbank": "crm.requisite.bankdetail.list?filter[ENTITY_ID]=$result[creq][0][ID]",
    "mreq": "crm.requisite.get?id=$result[link][MC_REQUISITE_ID]",
    "mbank": "crm.requisite.bankdetail.get?id=$result[link][MC_BANK_DETAIL_ID]",
    "mycos": "crm.item.list?entityTypeId=4&filter[isMyCompany]=Y&select[]=*",
    "user": "user.get?FILTER[ID]=$result[deal][item][assignedById]",
}


def test_one_batch_reads_a_deal_with_both_parties(admin: Client) -> None:
    answer = admin.call("batch", cmd=DEAL_BATCH, halt=0)
    result = answer["result"]
    assert answer["result_error"] == []
    assert result["comp"]["item"]["title"] == "Maison Verdier"
    assert result["caddr"][0]["CITY"] == "Paris"
    assert result["mreq"]["RQ_COMPANY_FULL_NAME"] == "Atelier Lumen SARL"
    assert result["mycos"]["items"][0]["fm"][0]["typeId"] == "PHONE"
    assert result["user"][0]["ID"] == "2"
    assert answer["result_total"]["creq"] == 1


def test_a_form_batch_encodes_its_commands_twice(admin: Client) -> None:
    body = "&".join(f"cmd[{k}]={quote(v, safe='')}" for k, v in DEAL_BATCH.items())
    answer = requests.post(
        f"{admin.portal.portal_url}/rest/batch",
        data=f"{body}&halt=0&auth={admin.access}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        timeout=5,
    ).json()["result"]
    assert answer["result"]["comp"]["item"]["title"] == "Maison Verdier"


def test_a_reference_into_nothing_is_empty_and_an_empty_filter_matches_everything(
    admin: Client,
) -> None:
    answer = admin.call(
        "batch",
        cmd={
            "none": "crm.requisite.link.get?entityTypeId=2&entityId=5",
            "all": "crm.requisite.list?filter[ENTITY_ID]=$result[none][REQUISITE_ID]",
        },
    )
    assert answer["result_error"]["none"] == {"error": "", "error_description": "Not found"}
    assert answer["result_total"]["all"] == len(admin.portal.state.requisites)


def test_errors_stay_with_their_command_unless_halt_is_asked(admin: Client) -> None:
    commands = {"bad": "crm.item.get?entityTypeId=2&id=999", "good": "server.time"}
    going_on = admin.call("batch", cmd=commands, halt=0)
    assert going_on["result_error"]["bad"]["error"] == "NOT_FOUND"
    assert "good" in going_on["result"]
    halted = admin.call("batch", cmd=commands, halt=1)
    assert halted["result"] == []


def test_the_fifty_first_command_and_a_batch_in_a_batch_are_refused(admin: Client) -> None:
    answer = admin.call("batch", cmd=[*["server.time"] * 50, "server.time"])
    assert answer["result_error"]["50"]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"
    nested = admin.call("batch", cmd={"b": "batch?cmd[]=server.time"})
    assert nested["result_error"]["b"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"


def test_a_list_of_commands_answers_with_lists(admin: Client) -> None:
    answer = admin.call("batch", cmd=["profile", "server.time"])
    assert [type(v) for v in answer["result"]] == [dict, str]
    assert answer["result_error"] == []


def test_an_ampersand_in_a_value_survives_its_encoding(admin: Client) -> None:
    text = quote("A & B = 100 %", safe="")
    command = (
        "crm.timeline.comment.add?fields[ENTITY_TYPE]=deal&fields[ENTITY_ID]=1"
        f"&fields[COMMENT]={text}"
    )
    answer = admin.call("batch", cmd={"c": command})
    entry = admin.portal.state.timeline[answer["result"]["c"]]
    assert entry.text == "A & B = 100 %"
