"""All contacts of a record sign on one document: each has a place of their own, within the one there was."""

from __future__ import annotations

from itertools import combinations

import pytest

from app.core.fields import Field, FieldKind
from app.core.rule_client import shared

OURS = Field("us-signature-1", FieldKind.SIGNATURE, "us", 0, 0.1, 0.8, 0.3, 0.06)
THEIRS = Field("client-signature-1", FieldKind.SIGNATURE, "client", 0, 0.5, 0.8, 0.3, 0.06)
DATE = Field("client-date-1", FieldKind.DATE_SIGNED, "client", 0, 0.5, 0.9, 0.1, 0.02)
ALL = ((OURS, ""), (THEIRS, "moved"), (DATE, ""))


def overlap(one: Field, other: Field) -> bool:
    across = one.x < other.x + other.w and other.x < one.x + one.w
    return across and one.y < other.y + other.h and other.y < one.y + one.h


def test_one_contact_has_the_place_as_it_was() -> None:
    assert shared(ALL, ["us", "client"]) == list(ALL)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_several_contacts_share_the_place_side_by_side(count: int) -> None:
    roles = ["us", "client", *(f"client{n}" for n in range(2, count + 1))]
    found = shared(ALL, roles)
    places = [one for one, _ in found if one.kind is FieldKind.SIGNATURE and one.role != "us"]
    assert [one.role for one in places] == roles[1:]
    assert len({one.key for one in places}) == count
    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
    for one in places:
        assert THEIRS.x <= one.x
        assert one.x + one.w <= THEIRS.x + THEIRS.w
        assert THEIRS.y <= one.y
        assert one.y + one.h <= THEIRS.y + THEIRS.h + 1e-9
    assert {question for one, question in found if one in places} == {"moved"}
    assert [
        one for one in found if one[0].role == "us" or one[0].kind is FieldKind.DATE_SIGNED
    ] == [
        (OURS, ""),
        (DATE, ""),
    ]


def test_a_place_that_the_document_has_for_the_second_contact_stays_theirs() -> None:
    second = Field("client2-signature-1", FieldKind.SIGNATURE, "client2", 0, 0.5, 0.6, 0.3, 0.06)
    fields = (*ALL, (second, ""))
    assert shared(fields, ["us", "client", "client2"]) == list(fields)
