"""Queries on links that deadlines need: who may move one, and the links that move with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.store.tables import SigningLink


def by_hash(session: Session, token_hash: str) -> SigningLink | None:
    """Return the link whose token hashes to `token_hash`, alive or not."""
    query = select(SigningLink).where(SigningLink.token_hash == token_hash)
    return session.execute(query).scalar_one_or_none()


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
