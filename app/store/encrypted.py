"""Every encrypted value of the database with the purpose it is bound to, so that it can be encrypted anew."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store import begun
from app.store.tables import (
    BegunForm,
    Canary,
    CompanyKey,
    Delivery,
    Installation,
    PortalToken,
    RobotCallRow,
)

Anew = Callable[[str, str], str]
"""Takes (purpose, encrypted text), returns it encrypted with the newest key."""


def renew(session: Session, anew: Anew) -> int:
    """Replace every encrypted value by what `anew` makes of it; return how many there were."""
    done = 0
    for token in session.execute(select(PortalToken)).scalars():
        token.access_enc = anew(f"portal_tokens.access:{token.portal_id}", token.access_enc)
        token.refresh_enc = anew(f"portal_tokens.refresh:{token.portal_id}", token.refresh_enc)
        done += 2
    closed = select(Installation).where(Installation.farewell_enc != "")
    for portal in session.execute(closed).scalars():
        portal.farewell_enc = anew(f"farewell_token:{portal.portal_id}", portal.farewell_enc)
        done += 1
    waiting = select(Delivery).where(Delivery.secret_enc != "")
    for delivery in session.execute(waiting).scalars():
        delivery.secret_enc = anew(f"delivery:{delivery.id}", delivery.secret_enc)
        done += 1
    unproven = select(RobotCallRow).where(RobotCallRow.access_enc != "")
    for call in session.execute(unproven).scalars():
        call.access_enc = anew(f"robot_calls.access:{call.id}", call.access_enc)
        done += 1
    for form in session.execute(select(BegunForm)).scalars():
        form.values_enc = anew(begun.purpose_of(form), form.values_enc)
        done += 1
    brought = select(CompanyKey).where(CompanyKey.key_enc != "")
    for key in session.execute(brought).scalars():
        key.key_enc = anew(f"company_key:{key.id}", key.key_enc)
        done += 1
    for canary in session.execute(select(Canary)).scalars():
        canary.value_enc = anew("canary", canary.value_enc)
        done += 1
    return done
