"""The pages on which a layout's fields were placed last: the envelope it was remembered from has them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.store.tables import Document, Layout


def documents_of(session: Session, portal_id: str, layout_id: str) -> list[Document]:
    """Return the documents, in order, on whose pages the layout's fields were placed; [] when they are gone."""
    row = session.get(Layout, layout_id) if layout_id else None
    if row is None or row.portal_id != portal_id or not row.envelope_id:
        return []
    query = select(Document).where(
        Document.envelope_id == row.envelope_id, Document.portal_id == portal_id
    )
    return list(session.execute(query.order_by(Document.position)).scalars())
