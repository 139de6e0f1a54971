"""Queries on layouts: what was remembered for a document type on a portal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.layout import LayoutSpec, from_json, to_json
from app.store.tables import Layout


def find(session: Session, portal_id: str, layout_id: str) -> Layout | None:
    """Return the layout if it belongs to `portal_id`, else None."""
    found = session.get(Layout, layout_id) if layout_id else None
    return found if found and found.portal_id == portal_id else None


def used_last(
    session: Session, portal_id: str, *, types: Collection[str] = (), limit: int = 3
) -> list[Layout]:
    """Return the layouts used last on the portal, newest first, one for each document type.

    types: only these document types; empty: all.
    """
    query = select(Layout).where(Layout.portal_id == portal_id)
    if types:
        query = query.where(Layout.document_type.in_(types))
    rows = session.execute(query.order_by(Layout.used_at.desc(), Layout.id)).scalars()
    newest: dict[str, Layout] = {}
    for row in rows:
        newest.setdefault(row.document_type, row)
        if len(newest) >= limit:
            break
    return list(newest.values())


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
    new_id: str,
) -> Layout:
    """Keep `spec` as the layout of `document_type`, in place of the one kept before; return its row."""
    query = select(Layout).where(
        Layout.portal_id == portal_id, Layout.document_type == document_type
    )
    newest_first = query.order_by(Layout.used_at.desc()).limit(1).with_for_update()
    row = session.execute(newest_first).scalar_one_or_none()
    if row is None:
        row = Layout(id=new_id, portal_id=portal_id, document_type=document_type)
        session.add(row)
    row.created_by = user_id
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
