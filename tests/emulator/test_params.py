"""PHP's reading of queries, forms and JSON."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
import requests
from portal_kit import Client

from emulator.rest import params


def read(query: str) -> object:
    return params.from_pairs(parse_qsl(query, keep_blank_values=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("a=1&b=", {"a": "1", "b": ""}),
        ("a[b][c]=1&a[b][d]=2", {"a": {"b": {"c": "1", "d": "2"}}}),
        ("a[]=x&a[]=y", {"a": ["x", "y"]}),
        ("a[0]=x&a[1]=y", {"a": ["x", "y"]}),
        ("a[1]=x", {"a": {"1": "x"}}),
        ("f[%3DownerId]=5", {"f": {"=ownerId": "5"}}),
        ("a[0][n]=1&a[1][n]=2", {"a": [{"n": "1"}, {"n": "2"}]}),
        ("a=1&a=2", {"a": "2"}),
    ],
)
def test_square_brackets_become_nested_values(query: str, expected: object) -> None:
    assert read(query) == expected


def test_writing_a_form_and_reading_it_gives_the_same_values() -> None:
    values = {"event": "X", "data": {"FIELDS": {"ID": "7"}}, "list": ["a", "b & c=d"], "n": "é"}
    assert params.from_query(params.to_query(values)) == values


def test_get_form_multipart_and_json_all_reach_the_method(admin: Client) -> None:
    url = f"{admin.portal.portal_url}/rest/crm.item.get"
    plain = {"entityTypeId": "2", "id": "3", "auth": admin.access}
    answers = [
        requests.get(url + ".json", params=plain, timeout=5),
        requests.post(url, data=plain, timeout=5),
        requests.post(url, files={k: (None, v) for k, v in plain.items()}, timeout=5),
        requests.post(url, json={**plain, "id": 3}, timeout=5),
        requests.post(url, params={"auth": admin.access}, data={"entityTypeId": 2, "id": 3}),
        requests.post(
            url,
            json={"entityTypeId": 2, "id": 3},
            headers={"Authorization": f"Bearer {admin.access}"},
            timeout=5,
        ),
    ]
    assert [a.status_code for a in answers] == [200] * len(answers)
    assert {a.json()["result"]["item"]["title"] for a in answers} == {"Hall et vingt-deux chambres"}


def test_broken_json_is_refused_as_a_bad_request(admin: Client) -> None:
    answer = requests.post(
        f"{admin.portal.portal_url}/rest/profile",
        data="{not json",
        headers={"Content-Type": "application/json"},
        timeout=5,
    )
    assert answer.status_code == 400


def test_a_browser_of_another_origin_may_ask_first(admin: Client) -> None:
    answer = requests.options(
        f"{admin.portal.portal_url}/rest/profile",
        headers={"Origin": "http://localhost:8610", "Access-Control-Request-Method": "POST"},
        timeout=5,
    )
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"]


def test_a_large_file_in_a_form_arrives_whole(admin: Client) -> None:
    content = "A" * 2_000_000
    form = {
        "fields[ENTITY_TYPE]": "deal",
        "fields[ENTITY_ID]": "1",
        "fields[COMMENT]": "big",
        "fields[FILES][0][0]": "big.bin",
        "fields[FILES][0][1]": content,
        "auth": admin.access,
    }
    url = f"{admin.portal.portal_url}/rest/crm.timeline.comment.add"
    assert requests.post(url, data=form, timeout=10).status_code == 200
    (entry, *_) = admin.portal.state.deal_timeline(1)
    assert len(admin.portal.state.files[entry.file_ids[0]].content) == 1_500_000


def test_a_kept_connection_survives_a_refused_call_with_a_body(admin: Client) -> None:
    admin.portal.engine.faults.add("profile", "QUERY_LIMIT_EXCEEDED")
    url = f"{admin.portal.portal_url}/rest/profile"
    with requests.Session() as session:
        body = {"auth": admin.access, "filler": "x" * 300_000}
        assert session.post(url, json=body, timeout=5).status_code == 503
        assert session.post(url, json=body, timeout=5).status_code == 200
