"""Queries on the words that portals put in place of ours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.own_words import OwnWords
from app.store import once
from app.store.tables import MessageText


def find(session: Session, portal_id: str, edition: str, lang: str) -> OwnWords | None:
    """Return the portal's words for this edition and language, None where ours stand."""
    row = session.get(MessageText, (portal_id, edition, lang))
    if row is None:
        return None
    return OwnWords(subject=row.subject, heading=row.heading, body=row.body, sms=row.sms)


def worded(session: Session, portal_id: str) -> frozenset[tuple[str, str]]:
    """Return (edition, language) of all that the portal says in its own words."""
    query = select(MessageText.name, MessageText.lang).where(MessageText.portal_id == portal_id)
    return frozenset((name, lang) for name, lang in session.execute(query))


def keep(
    session: Session,
    portal_id: str,
    edition: str,
    lang: str,
    *,
    words: OwnWords,
    user_id: str,
    now: datetime,
) -> None:
    """Keep the portal's words, in place of earlier ones; empty words let ours stand again."""
    names = {"portal_id": portal_id, "name": edition, "lang": lang}
    if words.is_empty:
        session.execute(delete(MessageText).filter_by(**names))
        return
    row = once.held(session, MessageText, names, changed_by=user_id, changed_at=now)
    row.subject, row.heading, row.body, row.sms = (
        words.subject,
        words.heading,
        words.body,
        words.sms,
    )
    row.changed_by, row.changed_at = user_id, now
