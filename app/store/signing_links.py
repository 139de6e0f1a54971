"""Queries on signing links that a moved deadline needs."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.store.tables import SigningLink


def prolong(session: Session, recipient_ids: Collection[str], until: datetime) -> None:
    """Let the links in force of these people live until then; those of the portal keep their short life."""
    session.execute(
        update(SigningLink)
        .where(
            SigningLink.recipient_id.in_(recipient_ids),
            SigningLink.purpose.in_(("sign", "copied")),
            SigningLink.revoked_at.is_(None),
        )
        .values(expires_at=until)
    )
