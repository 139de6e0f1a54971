from __future__ import annotations

import pytest
from crm_stub import Refusal, TablePortal

from app.crm.client import CrmClient, rows_of
from app.errors import InstallationGone, PortalRefused, PortalUnavailable


def refuse(code):
    def answer(_params):
        raise Refusal(code)

    return answer


def test_call_returns_the_result_and_counts():
    client = CrmClient(TablePortal({"profile": lambda _: {"ID": "1"}}))
    assert client.call("profile") == {"ID": "1"}
    assert client.http_calls == 1


def test_a_batch_is_one_call_and_references_reach_later_commands():
    portal = TablePortal(
        {"crm.item.get": lambda p: {"item": {"id": int(p["id"]), "companyId": 40 + int(p["id"])}}}
    )
    client = CrmClient(portal)
    answer = client.batch(
        {
            "deal": ("crm.item.get", {"entityTypeId": 2, "id": 7}),
            "comp": ("crm.item.get", {"entityTypeId": 4, "id": "$result[deal][item][companyId]"}),
        }
    )
    assert answer.result("comp")["item"]["id"] == 47
    assert client.http_calls == 1


def test_a_failed_command_leaves_the_others_alone():
    portal = TablePortal({"a.get": lambda _: 1, "b.get": refuse("NOT_FOUND")})
    answer = CrmClient(portal).batch({"a": ("a.get", {}), "b": ("b.get", {})})
    assert answer.results == {"a": 1}
    assert answer.errors["b"].code == "NOT_FOUND"
    with pytest.raises(PortalRefused):
        answer.result("b")


def test_an_error_with_an_empty_code_is_still_an_error():
    answer = CrmClient(TablePortal({"a.get": refuse("")})).batch({"a": ("a.get", {})})
    assert isinstance(answer.errors["a"], PortalRefused)


class Canned:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.starts = []

    def call(self, _method, params):
        self.starts.append(params.get("start"))
        return self.answers.pop(0)


def test_php_lists_and_empty_maps_in_a_batch_answer_are_read():
    canned = Canned({"result": {"result": ["x"], "result_error": []}})
    assert CrmClient(canned).batch({"0": ("a.get", {})}).results == {"0": "x"}


def test_a_command_that_was_never_run_is_an_error_not_a_gap():
    canned = Canned({"result": {"result": [], "result_error": []}})
    assert CrmClient(canned).batch({"a": ("a.get", {})}).errors["a"].code == "NOT_RUN"


def test_more_than_fifty_commands_are_a_mistake_of_ours():
    with pytest.raises(ValueError, match="50"):
        CrmClient(TablePortal({})).batch({str(n): ("a.get", {}) for n in range(51)})


def test_pages_are_followed_to_the_end():
    canned = Canned(
        {"result": {"items": [{"id": n} for n in range(50)]}, "next": 50, "total": 51},
        {"result": {"items": [{"id": 50}]}, "total": 51},
    )
    rows = CrmClient(canned).all_pages("crm.item.list", {"entityTypeId": 3})
    assert [row["id"] for row in rows] == list(range(51))
    assert canned.starts == [0, 50]


def test_a_portal_that_repeats_its_page_number_does_not_hold_us_for_ever():
    canned = Canned({"result": [1], "next": 50}, {"result": [2], "next": 50})
    assert CrmClient(canned).all_pages("x.list") == [1, 2]


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ([1, 2], [1, 2]),
        ({"documents": [3]}, [3]),
        ({"templates": {"39": {"id": "39"}}}, [{"id": "39"}]),
        ([], []),
        (None, []),
    ],
)
def test_rows_are_found_in_every_shape_of_list(result, expected):
    assert rows_of(result) == expected


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("NOT_INSTALLED", InstallationGone),
        ("application_not_found", InstallationGone),
        ("QUERY_LIMIT_EXCEEDED", PortalUnavailable),
        ("access_denied", PortalRefused),
    ],
)
def test_codes_are_read_whatever_their_case(code, kind):
    with pytest.raises(kind):
        CrmClient(TablePortal({"a.get": refuse(code)})).call("a.get")
