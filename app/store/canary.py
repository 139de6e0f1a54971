"""The canary: one known text, encrypted, that tells whether the keys belong to the database."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.store import once
from app.store.tables import Canary

NAME = "keys"


def read(session: Session) -> str | None:
    """Return the encrypted text, or None before the first start."""
    row = session.get(Canary, NAME)
    return row.value_enc if row else None


def write(session: Session, value_enc: str) -> bool:
    """Keep the encrypted text; return whether it was the first: False where another start was quicker."""
    return once.add(session, Canary(name=NAME, value_enc=value_enc))
