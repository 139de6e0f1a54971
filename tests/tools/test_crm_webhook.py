from __future__ import annotations

import json
import warnings
from urllib.parse import parse_qs, urlsplit

import pytest
from crm_stub import scripted

from app.crm.webhook import WebhookTransport
from app.errors import BadInput, PortalRefused, PortalUnavailable

JSON = {"Content-Type": "application/json"}
METHOD = "/rest/1/s3cret/crm.deal.add.json"


@pytest.fixture
def portal():
    with scripted() as stub:
        stub.script[METHOD] = [(200, {"result": 5, "time": {}}, JSON)]
        yield stub


def transport(portal, slept=None):
    return WebhookTransport(
        f"{portal.url}/rest/1/s3cret/", sleep=(slept if slept is not None else []).append
    )


def sent(portal):
    return parse_qs(urlsplit(portal.requests[-1].path).query, keep_blank_values=True)


@pytest.mark.parametrize(
    "title", ["A & B=1#x", "100 % +1", "é € 中", "a;b,c/d?e", "$result[a]", "q\"'<>\\"]
)
def test_a_value_arrives_as_it_was(portal, title):
    transport(portal).call("crm.deal.add", {"fields": {"TITLE": title}})
    assert sent(portal) == {"fields[TITLE]": [title]}


def test_nested_lists_arrive_as_php_writes_them(portal):
    transport(portal).call("crm.deal.add", {"FILTER": {"INCLUDE": [["crm", "X"]]}, "on": True})
    assert sent(portal) == {
        "FILTER[INCLUDE][0][0]": ["crm"],
        "FILTER[INCLUDE][0][1]": ["X"],
        "on": ["1"],
    }


def test_the_whole_answer_comes_back_without_a_warning(portal):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert transport(portal).call("crm.deal.add", {})["result"] == 5


def test_the_rate_limit_ends_after_three_tries(portal):
    slept = []
    portal.script[METHOD] = [(503, {"error": "QUERY_LIMIT_EXCEEDED"}, JSON)]
    with pytest.raises(PortalUnavailable) as caught:
        transport(portal, slept).call("crm.deal.add", {})
    assert caught.value.code == "QUERY_LIMIT_EXCEEDED"
    assert len(portal.requests) == 3
    assert slept == [3, 3]


def test_an_error_with_status_200_keeps_its_code(portal):
    portal.script[METHOD] = [(200, {"error": "ERROR_ARGUMENT", "error_description": "x"}, JSON)]
    with pytest.raises(PortalRefused) as caught:
        transport(portal).call("crm.deal.add", {})
    assert caught.value.code == "ERROR_ARGUMENT"


@pytest.mark.parametrize(
    "answer", [(400, {"error": "X"}, JSON), (404, b"<html>", {"Content-Type": "text/html"})]
)
def test_other_errors_are_refusals_without_the_address(portal, answer):
    portal.script[METHOD] = [answer]
    with pytest.raises(PortalRefused) as caught:
        transport(portal).call("crm.deal.add", {})
    assert "s3cret" not in json.dumps([str(caught.value), repr(caught.value.values)])
    assert caught.value.__suppress_context__


def test_html_with_status_200_is_waited_for(portal):
    portal.script[METHOD] = [(200, b"<html>", {"Content-Type": "text/html"})]
    with pytest.raises(PortalUnavailable):
        transport(portal).call("crm.deal.add", {})


@pytest.mark.parametrize(
    "address", ["", "portal.example.com", "https://portal.example.com/", "ftp:x"]
)
def test_what_is_no_webhook_is_refused_at_once(address):
    with pytest.raises(BadInput):
        WebhookTransport(address)
