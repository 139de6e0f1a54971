from __future__ import annotations

import contextlib
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.crm.php import build_query, list_at, parse_fields, text_at
from app.errors import BadInput


def test_nested_values_become_php_brackets():
    query = build_query({"filter": {"@id": [1, 2]}, "select": ["*"], "halt": True, "none": None})
    assert query == "filter[%40id][0]=1&filter[%40id][1]=2&select[0]=%2A&halt=1"


def test_a_value_with_ampersand_equals_plus_and_hash_arrives_unchanged():
    value = "A & B=1#x +100 % é"
    assert parse_qs(build_query({"fields": {"TITLE": value}})) == {"fields[TITLE]": [value]}


def test_a_reference_stays_readable_for_the_portal():
    assert (
        build_query({"id": "$result[deal][item][companyId]"}) == "id=$result[deal][item][companyId]"
    )


def test_a_form_of_flat_keys_becomes_nested_values():
    form = {
        "document_id[0]": ["crm"],
        "document_id[1]": ["CCrmDocumentDeal"],
        "auth[member_id]": ["m1"],
    }
    body = parse_fields(form)
    assert list_at(body, "document_id") == ["crm", "CCrmDocumentDeal"]
    assert text_at(body, "auth", "member_id") == "m1"


def test_empty_brackets_append():
    assert list_at(parse_fields({"a[]": ["x", "y"]}), "a") == ["x", "y"]


def test_json_and_form_give_the_same_values():
    as_json = parse_fields({"code": "c", "ts": 17, "list": ["a", True], "nothing": None})
    assert as_json == {"code": "c", "ts": "17", "list": {"0": "a", "1": "1"}, "nothing": ""}


@pytest.mark.parametrize(
    "form",
    [
        {"event": ["a", "b"]},
        {"a": ["x"], "a[b]": ["y"]},
        {"a[b": ["x"]},
        {"[a]": ["x"]},
        {"a" + "[b]" * 9: ["x"]},
        {"a" * 600: ["x"]},
        {"a": ["x" * 600_000]},
        {f"k{n}": ["x"] for n in range(2_001)},
        {f"k{n}": ["x" * 400_000] for n in range(4)},
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": "deep"}}}}}}}}},
    ],
    ids=[
        "a key twice", "text and list", "open bracket", "no name", "too deep", "key too long", "value too long",
        "too many", "too much", "json too deep",
    ],
)  # fmt: skip
def test_what_bitrix24_never_sends_is_refused(form):
    with pytest.raises(BadInput):
        parse_fields(form)


def test_a_list_where_text_is_expected_is_refused():
    with pytest.raises(BadInput):
        text_at(parse_fields({"event[]": ["a"]}), "event")


@given(
    st.dictionaries(
        st.text(max_size=40),
        st.one_of(
            st.lists(st.text(max_size=20), max_size=3),
            st.integers(),
            st.text(max_size=20),
            st.none(),
        ),
        max_size=8,
    )
)
def test_no_input_does_anything_but_parse_or_be_refused(form):
    with contextlib.suppress(BadInput):
        parse_fields(form)
