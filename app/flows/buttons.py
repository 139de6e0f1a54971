"""remind, extend, void: what the buttons of the timeline card ask for. The card is shown anew in any case,
because a pressed button stays blocked until then."""

from __future__ import annotations

from app.actions.card import refresh_card
from app.actions.expire import put_off
from app.actions.invite import remind_waiting
from app.actions.void import void as void_envelope
from app.errors import Refused
from app.flows.engine import flow, key, step


@flow("remind")
def remind(envelope_id: str, minute: str, _user_id: str) -> int:
    """Return how many reminders are on their way."""
    made = step(remind_waiting, envelope_id, minute)
    step(refresh_card, envelope_id, holder=key())
    return len(made)


@flow("extend")
def extend(envelope_id: str, minute: str, user_id: str) -> bool:
    """Return whether there is a week more to sign."""
    try:
        step(put_off, envelope_id, actor=f"portal_user:{user_id}", press=minute)
    except Refused:
        step(refresh_card, envelope_id, holder=key())
        return False
    step(refresh_card, envelope_id, holder=key())
    return True


@flow("void")
def void(envelope_id: str, _minute: str, user_id: str) -> bool:
    """Return whether the envelope is voided now."""
    try:
        step(void_envelope, envelope_id, actor=f"portal_user:{user_id}", reason="")
    except Refused:
        step(refresh_card, envelope_id, holder=key())
        return False
    step(refresh_card, envelope_id, holder=key())
    return True
