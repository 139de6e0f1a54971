"""The envelope's life: no way to a seal without every signature, no way back from an end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.envelope import (
    FINAL,
    Act,
    Forbidden,
    RecipientState,
    Role,
    Seat,
    Status,
    advance,
    all_signed,
    is_final,
    whose_turn,
)

ACTS = st.sampled_from(list(Act))


def seat(number: int, *, order: int = 1, state: RecipientState = RecipientState.WAITING) -> Seat:
    return Seat(id=f"r{number}", role=Role.SIGNER, order=order, state=state)


SEATS = st.lists(
    st.builds(
        Seat,
        id=st.uuids().map(str),
        role=st.sampled_from(list(Role)),
        order=st.integers(1, 4),
        state=st.sampled_from(list(RecipientState)),
    ),
    max_size=5,
)


@given(st.lists(st.tuples(ACTS, SEATS), max_size=12))
def test_no_path_reaches_sealed_without_every_signature(
    steps: list[tuple[Act, list[Seat]]],
) -> None:
    status, everyone_signed = Status.DRAFT, False
    for act, seats in steps:
        try:
            status = advance(status, act, seats)
        except Forbidden:
            continue
        if act is Act.SIGN and status is Status.SIGNED:
            everyone_signed = all_signed(seats)
    assert status is not Status.SEALED or everyone_signed


@given(st.sampled_from(sorted(FINAL)), ACTS, SEATS)
def test_an_ended_envelope_never_changes(end: Status, act: Act, seats: list[Seat]) -> None:
    with pytest.raises(Forbidden) as refusal:
        advance(end, act, seats)
    assert (refusal.value.status, refusal.value.act) == (end, act)
    assert is_final(end)


def test_the_last_signature_ends_the_signing() -> None:
    signed = seat(1, state=RecipientState.SIGNED)
    assert advance(Status.SENT, Act.SIGN, [signed, seat(2)]) is Status.SENT
    assert advance(Status.SENT, Act.SIGN, [signed]) is Status.SIGNED


def test_an_envelope_without_signers_is_never_signed() -> None:
    viewer = Seat("v", Role.VIEWER, 1, RecipientState.WAITING)
    assert advance(Status.SENT, Act.SIGN, [viewer]) is Status.SENT


@pytest.mark.parametrize(
    ("status", "act", "after"),
    [
        (Status.DRAFT, Act.SEND, Status.SENT),
        (Status.DRAFT, Act.VOID, Status.VOIDED),
        (Status.SENT, Act.DECLINE, Status.DECLINED),
        (Status.SENT, Act.EXPIRE, Status.EXPIRED),
        (Status.SENT, Act.VOID, Status.VOIDED),
        (Status.SIGNED, Act.SEAL, Status.SEALED),
    ],
)
def test_the_table_holds(status: Status, act: Act, after: Status) -> None:
    assert advance(status, act) is after


@pytest.mark.parametrize("act", [Act.VOID, Act.DECLINE, Act.EXPIRE, Act.SIGN])
def test_what_everyone_signed_can_only_be_sealed(act: Act) -> None:
    with pytest.raises(Forbidden):
        advance(Status.SIGNED, act, [seat(1, state=RecipientState.SIGNED)])


def test_the_lowest_order_signs_first_and_equals_sign_together() -> None:
    people = [seat(1, order=2), seat(2, order=1), seat(3, order=1)]
    assert [s.id for s in whose_turn(people)] == ["r2", "r3"]
    after = [people[0], *(seat(n, order=1, state=RecipientState.SIGNED) for n in (2, 3))]
    assert [s.id for s in whose_turn(after)] == ["r1"]


def test_it_is_nobodys_turn_when_all_have_signed() -> None:
    assert whose_turn([seat(1, state=RecipientState.SIGNED)]) == []
