from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from crm_stub import Refusal, TablePortal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crm import robots
from app.crm.client import CrmClient
from app.crm.robots import parse_event, parse_frame, parse_robot_call
from app.errors import BadInput, PortalRefused

CALL = {
    "workflow_id": "5f.1",
    "code": "paraph_send",
    "document_id": ["crm", "CCrmDocumentDeal", "DEAL_8061"],
    "document_type": ["crm", "CCrmDocumentDeal", "DEAL"],
    "event_token": "tok|A1",
    "properties": {"layout": "L1", "our_signer": "user_14", "tags": ["a", "b"]},
    "use_subscription": "Y",
    "timeout_duration": "0",
    "ts": "1795000000",
    "auth": {
        "access_token": "acc",
        "refresh_token": "ref",
        "expires_in": "3600",
        "domain": "lumen.bitrix24.fr",
        "member_id": "m1",
        "user_id": "5",
        "application_token": "apptok",
    },
}


def as_form(value, prefix=""):
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return {prefix: [str(value)]}
    found = {}
    for key, inner in items:
        found.update(as_form(inner, f"{prefix}[{key}]" if prefix else str(key)))
    return found


def changed(**changes):
    return as_form({key: value for key, value in {**CALL, **changes}.items() if value is not None})


def test_form_and_json_give_the_same_call():
    call = parse_robot_call(as_form(CALL))
    assert call == parse_robot_call(json.loads(json.dumps(CALL)))
    assert (call.member_id, call.application_token, call.event_token) == ("m1", "apptok", "tok|A1")
    assert (call.code, call.entity_type_id, call.entity_id) == ("paraph_send", 2, "8061")
    assert call.properties == {"layout": "L1", "our_signer": "user_14", "tags": ["a", "b"]}
    assert call.use_subscription
    assert call.user_id == "5"
    assert call.auth_tokens is not None
    assert call.auth_tokens.access == "acc"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("LEAD_3", (1, "3")),
        ("SMART_INVOICE_3", (31, "3")),
        ("DYNAMIC_147_1", (147, "1")),
        ("QUOTE_12", (7, "12")),
    ],
)
def test_every_kind_of_record_is_understood(record, expected):
    call = parse_robot_call(changed(document_id=["crm", "X", record]))
    assert (call.entity_type_id, call.entity_id) == expected


def test_a_call_without_tokens_is_normal():
    auth = {"member_id": "m1", "application_token": "apptok"}
    assert parse_robot_call(changed(auth=auth)).auth_tokens is None


@pytest.mark.parametrize("flag", ["N", "", "no"])
def test_a_rule_that_does_not_wait_says_so(flag):
    assert not parse_robot_call(changed(use_subscription=flag)).use_subscription


@pytest.mark.parametrize(
    "changes",
    [
        {"event_token": None},
        {"event_token": ["a", "b"]},
        {"event_token": "x" * 2000},
        {"code": "../../etc"},
        {"code": None},
        {"document_id": ["crm", "CCrmDocumentDeal"]},
        {"document_id": ["lists", "X", "DEAL_1"]},
        {"document_id": ["crm", "X", "DEAL_0"]},
        {"document_id": ["crm", "X", "DEAL_1; DROP"]},
        {"document_id": ["crm", "X", "DEAL_١"]},
        {"document_id": "crm"},
        {"auth": {"application_token": "x"}},
        {"auth": "x"},
    ],
)  # fmt: skip
def test_a_malformed_call_is_refused(changes):
    with pytest.raises(BadInput):
        parse_robot_call(changed(**changes))


def test_tokens_do_not_show_in_a_call():
    shown = repr(parse_robot_call(as_form(CALL)))
    assert not [secret for secret in ("apptok", "tok|A1", "acc'", "ref'") if secret in shown]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("user_14", "14"), ("14", "14"), ("", ""), ("group_1", ""), ("user_", "")],
)
def test_a_user_property_may_be_spelled_two_ways(value, expected):
    assert robots.portal_user(value) == expected


def test_an_answer_carries_values_and_log_line():
    portal = TablePortal({"bizproc.event.send": lambda _: True})
    robots.answer(CrmClient(portal), "tok", {"status": "sent"}, "Sent to Inès")
    assert portal.done == [
        (
            "bizproc.event.send",
            {
                "EVENT_TOKEN": "tok",
                "RETURN_VALUES": {"status": "sent"},
                "LOG_MESSAGE": "Sent to Inès",
            },
        )
    ]


def test_a_second_answer_is_refused_with_a_code_one_can_read():
    def refuse(_params):
        raise Refusal("ACCESS_DENIED")

    with pytest.raises(PortalRefused) as caught:
        robots.answer(CrmClient(TablePortal({"bizproc.event.send": refuse})), "tok", {}, "")
    assert caught.value.code == "ACCESS_DENIED"


def test_an_event_keeps_its_data_nested_and_its_name_upper_case():
    form = {
        "event": ["onAppInstall"],
        "event_handler_id": ["1"],
        "data[VERSION]": ["1"],
        "data[FIELDS][ID]": ["12"],
        "ts": ["1795000000"],
        "auth[member_id]": ["m1"],
        "auth[application_token]": ["apptok"],
    }
    event = parse_event(form)
    assert event.event == "ONAPPINSTALL"
    assert event.data == {"VERSION": "1", "FIELDS": {"ID": "12"}}
    assert (event.member_id, event.application_token, event.auth) == ("m1", "apptok", None)


def test_an_event_without_application_token_is_read_as_such():
    assert (
        parse_event({"event": ["ONAPPPAYMENT"], "auth[member_id]": ["m1"]}).application_token == ""
    )


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"event": [""]},
        {"event": ["<script>"]},
        {"event[]": ["ONAPPINSTALL"]},
        {"event": ["ONAPPINSTALL"], "data": ["x"]},
        {"event": ["ONAPPINSTALL", "ONAPPUNINSTALL"]},
    ],
)
def test_a_malformed_event_is_refused(form):
    with pytest.raises(BadInput):
        parse_event(form)


FRAME = (
    "AUTH_ID=acc123&AUTH_EXPIRES=3600&REFRESH_ID=ref123&SERVER_ENDPOINT=https%3A%2F%2Fevil.example.com%2Frest%2F"
    "&APPLICATION_TOKEN=apptok&APPLICATION_SCOPE=crm%2Cplacement&member_id=m1&status=L"
    "&PLACEMENT=CRM_DEAL_DETAIL_TAB&PLACEMENT_OPTIONS=%7B%22ID%22%3A%228061%22%7D"
)


def frame(body=FRAME, query="DOMAIN=Lumen.bitrix24.fr&PROTOCOL=1&LANG=fr&APP_SID=s1"):
    return parse_frame(parse_qs(body), parse_qs(query))


def test_a_frame_is_read_from_form_and_query():
    call = frame()
    assert (call.auth_id, call.refresh_id, call.auth_expires) == ("acc123", "ref123", 3600)
    assert (call.member_id, call.domain, call.lang) == ("m1", "lumen.bitrix24.fr", "fr")
    assert (call.placement, call.options) == ("CRM_DEAL_DETAIL_TAB", {"ID": "8061"})
    assert "acc123" not in repr(call)
    assert "evil" not in repr(call)


def test_a_main_page_without_options_is_a_default_placement():
    call = frame("AUTH_ID=acc123&member_id=m1")
    assert (call.placement, call.options) == ("DEFAULT", {})


@pytest.mark.parametrize(
    "body",
    [
        "member_id=m1",
        "AUTH_ID=acc123",
        "AUTH_ID[]=acc123&member_id=m1",
        "AUTH_ID=a&AUTH_ID=b&member_id=m1",
        "AUTH_ID=acc123&member_id=m1&PLACEMENT_OPTIONS=%5B1%5D",
        "AUTH_ID=acc123&member_id=m1&PLACEMENT_OPTIONS=%7B",
        "AUTH_ID=acc123&member_id=m1&PLACEMENT_OPTIONS=" + "%5B" * 40_000,
    ],
)
def test_a_malformed_frame_is_refused(body):
    with pytest.raises(BadInput):
        frame(body)


SCRAMBLED = st.recursive(
    st.one_of(st.text(max_size=12), st.integers(), st.none(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(list(CALL)), SCRAMBLED))
def test_no_call_of_a_stranger_breaks_the_parsers(changes):
    body = {**CALL, **changes}
    for parse in (parse_robot_call, parse_event):
        try:
            parse(body)
        except BadInput:
            continue


@pytest.mark.parametrize(
    ("properties", "taken"),
    [
        ("x", {}),
        ({"a": {"b": {"c": "d"}}}, {"a": []}),
        ({"a": {"0": "x", "1": "y"}, "b": "z"}, {"a": ["x", "y"], "b": "z"}),
    ],
)
def test_odd_properties_are_taken_for_what_they_say(properties, taken):
    """Refused at the door, the rule would wait for ever; taken, it is told what is wrong."""
    assert parse_robot_call(changed(properties=properties)).properties == taken


def test_more_properties_than_any_rule_has_are_left_out():
    many = {f"p{number}": "x" for number in range(90)}
    call = parse_robot_call(changed(properties=many))
    assert len(call.properties) == robots.MAX_PROPERTIES


def test_the_twin_in_the_process_designer_is_the_same_rule():
    assert robots.kind("paraph_send_activity") == robots.kind("paraph_send") == "paraph_send"
