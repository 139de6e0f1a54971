"""Queries on layouts: what was remembered for a document type on a portal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.layout import LayoutSpec, from_json, to_json
from app.store.tables import Layout

LOOKED_THROUGH = 300
"""How many of the newest layouts are looked through; those of the asked clients come on top."""


@dataclass(frozen=True, slots=True)
class Taste:
    """Whose layouts come first: of these clients (contacts), then those this person used."""

    user_id: str = ""
    clients: tuple[str, ...] = ()

    def rank(self, row: Layout) -> tuple[bool, bool]:
        """Return a key that sorts the fitting first."""
        return (row.client_id not in self.clients, row.created_by != self.user_id)


ANYBODY = Taste()


def find(session: Session, portal_id: str, layout_id: str) -> Layout | None:
    """Return the layout if it belongs to `portal_id`, else None."""
    found = session.get(Layout, layout_id) if layout_id else None
    return found if found and found.portal_id == portal_id else None


def used_last(
    session: Session,
    portal_id: str,
    *,
    types: Collection[str] = (),
    taste: Taste = ANYBODY,
    limit: int = 3,
) -> list[Layout]:
    """Return the layouts used last on the portal, by `taste` and newest first, one for each document type.

    types: only these document types; empty: all.
    """
    query = select(Layout).where(Layout.portal_id == portal_id)
    if types:
        query = query.where(Layout.document_type.in_(types))
    query = query.order_by(Layout.used_at.desc(), Layout.id)
    rows = list(session.execute(query.limit(LOOKED_THROUGH)).scalars())
    if taste.clients:
        rows += session.execute(query.where(Layout.client_id.in_(taste.clients))).scalars()
    best: dict[str, Layout] = {}
    for row in _ranked(rows, taste):
        best.setdefault(row.document_type, row)
    return list(best.values())[:limit]


def _ranked(rows: Iterable[Layout], taste: Taste) -> list[Layout]:
    unique = list({row.id: row for row in rows}.values())
    newest = sorted(unique, key=lambda row: row.used_at, reverse=True)
    return sorted(newest, key=taste.rank)


def of_envelope(session: Session, portal_id: str, envelope_id: str) -> Layout | None:
    """Return the layout that this envelope left and nothing has used since, else None."""
    query = select(Layout).where(Layout.portal_id == portal_id, Layout.envelope_id == envelope_id)
    return session.execute(query).scalars().first()


def remember(
    session: Session,
    *,
    portal_id: str,
    document_type: str,
    spec: LayoutSpec,
    used_at: datetime,
    used_on: str,
    envelope_id: str,
    user_id: str,
    client_id: str,
    new_id: str,
) -> Layout:
    """Keep `spec` as this person's layout of `document_type` for this client, in place of the one kept before.

    Returns its row. client_id: the contact who signs, "" when the CRM has none.
    """
    query = select(Layout).where(
        Layout.portal_id == portal_id,
        Layout.document_type == document_type,
        or_(Layout.created_by == user_id, Layout.created_by == ""),
        Layout.client_id == client_id,
    )
    newest_first = query.order_by(Layout.used_at.desc()).limit(1).with_for_update()
    row = session.execute(newest_first).scalar_one_or_none()
    if row is None:
        row = Layout(id=new_id, portal_id=portal_id, document_type=document_type)
        session.add(row)
    row.created_by, row.client_id = user_id, client_id
    row.name, row.spec = spec.title, to_json(spec)
    row.used_at, row.used_on, row.envelope_id = used_at, used_on, envelope_id
    session.flush()
    return row


def shown_record(row: Layout, user_id: str) -> str:
    """Return the title of the record the layout was last used on, "" unless this person used it there.

    A layout serves the whole portal; who may see which record is the portal's to say.
    """
    return row.used_on if row.created_by == user_id else ""


def read(row: Layout) -> LayoutSpec:
    """Return what the row remembers."""
    return from_json(row.spec)


def spec_of(session: Session, layout_id: str) -> LayoutSpec | None:
    """Return what the layout remembers, None when there is none of this id."""
    row = session.get(Layout, layout_id) if layout_id else None
    return read(row) if row else None
