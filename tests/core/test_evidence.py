"""The audit chain: any change to any event is found and located."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.core.evidence import GENESIS, AuditEvent, EventKind, append, check_chain, to_json

AT = datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=UTC)


def chain(length: int) -> list[dict[str, Any]]:
    last: AuditEvent | None = None
    made = []
    for number in range(length):
        last = append(
            last,
            envelope_id="e1",
            kind=EventKind.VIEWED,
            at=AT + timedelta(seconds=number),
            actor="recipient:r1",
            ip="203.0.113.7",
            data={"page": str(number)},
        )
        made.append(to_json(last))
    return made


def test_an_untouched_chain_holds() -> None:
    assert check_chain(chain(5)) is None
    assert check_chain([]) is None


def test_the_first_event_follows_nothing() -> None:
    assert chain(1)[0]["previous"] == GENESIS


@given(
    st.integers(0, 4),
    st.sampled_from(
        ["envelope", "number", "kind", "at", "actor", "ip", "browser", "data", "previous", "hash"]
    ),
)
def test_any_altered_value_breaks_the_chain_and_is_located(index: int, key: str) -> None:
    entries = chain(5)
    entries[index][key] = {"x": "1"} if key == "data" else f"{entries[index][key]}x"
    fault = check_chain(entries)
    assert fault is not None
    assert fault.startswith((f"event {index + 1}:", f"event {index + 2}:"))


@given(st.integers(0, 3))
def test_a_removed_event_is_noticed(index: int) -> None:
    entries = chain(5)
    del entries[index]
    assert check_chain(entries) is not None


@given(st.permutations(range(4)))
def test_another_order_is_noticed(order: list[int]) -> None:
    entries = chain(4)
    shuffled = [entries[n] for n in order]
    assert (check_chain(shuffled) is None) == (list(order) == [0, 1, 2, 3])


def test_times_are_kept_in_utc_with_milliseconds() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    event = append(None, envelope_id="e", kind=EventKind.SENT, at=paris, actor="system")
    assert to_json(event)["at"] == "2026-11-24T09:30:00.123Z"


def test_a_chain_read_back_from_json_text_still_holds() -> None:
    import json

    assert check_chain(json.loads(json.dumps(chain(3)))) is None
