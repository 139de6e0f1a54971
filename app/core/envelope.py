"""The envelope's life: statuses, roles, who may go where, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    SIGNED = "signed"
    """Every signer has signed; the seal is being made."""
    SEALED = "sealed"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOIDED = "voided"


class Act(StrEnum):
    """What can happen to an envelope."""

    SEND = "send"
    SIGN = "sign"
    SEAL = "seal"
    DECLINE = "decline"
    EXPIRE = "expire"
    VOID = "void"


BY_HAND = "link"
"""The channel of a link that the sender hands over."""


class RecipientState(StrEnum):
    WAITING = "waiting"
    INVITED = "invited"
    SIGNED = "signed"
    DECLINED = "declined"


class Role(StrEnum):
    SIGNER = "signer"
    VIEWER = "viewer"
    PROPOSED = "proposed"
    """Named by a signer as the one to sign instead; the sender has not answered yet."""
    REFUSED = "refused"
    """Was proposed, and the sender said no or the signer took it back."""
    REPLACED = "replaced"
    """Handed over: another person signs instead. The row stays for the evidence."""


IN_PLAY = frozenset({Role.SIGNER, Role.VIEWER})
"""Roles of people who take part; the others are remembered, and nothing else."""
FINAL = frozenset({Status.SEALED, Status.DECLINED, Status.EXPIRED, Status.VOIDED})

_TABLE: dict[tuple[Status, Act], Status] = {
    (Status.DRAFT, Act.SEND): Status.SENT,
    (Status.DRAFT, Act.VOID): Status.VOIDED,
    (Status.SENT, Act.DECLINE): Status.DECLINED,
    (Status.SENT, Act.EXPIRE): Status.EXPIRED,
    (Status.SENT, Act.VOID): Status.VOIDED,
    (Status.SIGNED, Act.SEAL): Status.SEALED,
}


class Forbidden(ValueError):
    """The transition table has no such step; `status` and `act` say which."""

    def __init__(self, status: Status, act: Act) -> None:
        self.status, self.act = status, act
        super().__init__(f"{act.value} is not possible when {status.value}")


@dataclass(frozen=True, slots=True)
class Seat:
    """What the rules need to know of one recipient. Equal `order` means in parallel."""

    id: str
    role: Role
    order: int
    state: RecipientState


def advance(status: Status, act: Act, seats: Sequence[Seat] = ()) -> Status:
    """Return the status after `act`; for SIGN, `seats` are the recipients *after* this signature.

    Raises Forbidden. No path leads to SIGNED while a signer has not signed.
    """
    if act is Act.SIGN and status is Status.SENT:
        return Status.SIGNED if all_signed(seats) else Status.SENT
    try:
        return _TABLE[status, act]
    except KeyError:
        raise Forbidden(status, act) from None


def signers(seats: Sequence[Seat]) -> list[Seat]:
    """Return those whose role is to sign."""
    return [seat for seat in seats if seat.role is Role.SIGNER]


def all_signed(seats: Sequence[Seat]) -> bool:
    """Whether there is a signer and every signer has signed."""
    states = {seat.state for seat in signers(seats)}
    return states == {RecipientState.SIGNED}


def whose_turn(seats: Sequence[Seat]) -> list[Seat]:
    """Return the signers who may act now: the lowest order among those who have not signed."""
    open_seats = [s for s in signers(seats) if s.state is not RecipientState.SIGNED]
    if not open_seats:
        return []
    first = min(seat.order for seat in open_seats)
    return [seat for seat in open_seats if seat.order == first]


def is_final(status: Status) -> bool:
    """Whether nothing can change any more."""
    return status in FINAL
