"""upkeep: what time brings: reminders, deadlines, receipts, work that was lost. Asked for by the clock."""

from __future__ import annotations

from app.actions.begun import drop_old
from app.actions.close_day import ask_for_day
from app.actions.company_keys import warn
from app.actions.expire import expire_due, warn_senders
from app.actions.invite import remind_due
from app.actions.portal_care import watch
from app.actions.receipts import ask_for_receipts
from app.actions.retain import delete_due
from app.actions.upkeep import find_lost
from app.flows.engine import flow, step

HOURLY = "07"
"""At which minute of an hour what is needed once an hour is done."""


@flow("upkeep")
def upkeep(minute: str) -> int:
    """Return how many envelopes expired and how many flows were asked for again."""
    step(watch)
    done = step(expire_due) + step(find_lost)
    step(ask_for_receipts)
    step(remind_due)
    step(warn_senders)
    step(ask_for_day)
    if minute.endswith(HOURLY):
        step(delete_due)
        step(warn)
        step(drop_old)
    return done
