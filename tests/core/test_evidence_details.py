"""What an event tells of a person stands behind a commitment: it can be erased, and never changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.core.evidence import EventKind, append, canonical, check_chain, digest_of, to_json

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EVENT = append(
    None,
    envelope_id="e1",
    kind=EventKind.VIEWED,
    at=AT,
    actor="recipient:r1",
    ip="203.0.113.7",
    data={"name": "Claire"},
    salt="5a" * 16,
)


def test_the_hash_does_not_need_the_details() -> None:
    erased = replace(EVENT, ip="", browser="", data={}, salt="", is_erased=True)
    assert canonical(erased) == canonical(EVENT)
    assert check_chain([to_json(erased)]) is None
    assert "203.0.113.7" not in str(to_json(erased))


def test_the_same_details_are_hidden_behind_another_number_each_time() -> None:
    again = append(
        None,
        envelope_id="e1",
        kind=EventKind.VIEWED,
        at=AT,
        actor="recipient:r1",
        ip="203.0.113.7",
        data={"name": "Claire"},
        salt="a5" * 16,
    )
    assert again.commitment != EVENT.commitment


def test_a_detail_taken_away_alone_is_an_alteration() -> None:
    entry = to_json(EVENT)
    del entry["ip"]
    assert check_chain([entry]) == "event 1: its details were altered"


def test_something_written_beside_the_known_parts_is_an_alteration() -> None:
    assert check_chain([{**to_json(EVENT), "note": "harmless"}]) == "event 1: was altered"


def test_trails_of_the_first_form_are_still_understood() -> None:
    first = {
        "envelope": "e1",
        "number": 1,
        "kind": "viewed",
        "at": "2026-11-24T09:30:00.000Z",
        "actor": "recipient:r1",
        "ip": "203.0.113.7",
        "browser": "",
        "data": {"name": "Claire"},
        "previous": "0" * 64,
    }
    entry = {**first, "hash": digest_of(first)}
    assert check_chain([entry]) is None
    assert check_chain([{**entry, "ip": "::1"}]) == "event 1: was altered"
