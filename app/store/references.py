"""Which stored files something in the database still needs: asked before a file is deleted.

Every column whose name ends in "digest" is compared, and every JSON column searched, in all tables but logs and
the audit: so a new table that names files is not forgotten. Rows of an envelope whose retention has ended keep
their digests as proof; they do not need the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import JSON, Column, ColumnElement, Text, cast, or_, select
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from app.store.tables import Keeping, Table

NO_NEED = frozenset({"audit_details", "audit_days", "keeping", "portal_events", "rest_calls"})
"""Tables that tell of files and do not need them."""


def still_needed(session: Session, digests: Iterable[str]) -> set[str]:
    """Return those of `digests` that a row refers to."""
    wanted = {one for one in digests if one}
    return {one for one in wanted if _is_needed(session, one)}


def _is_needed(session: Session, digest: str) -> bool:
    for table in Table.metadata.sorted_tables:
        if table.name in NO_NEED:
            continue
        named = list(_naming(table, digest))
        if not named:
            continue
        query = select(1).select_from(table).where(or_(*named), *_living(table)).limit(1)
        if session.execute(query).first():
            return True
    return False


def _naming(table: SqlTable, digest: str) -> Iterator[ColumnElement[bool]]:
    for column in table.columns:
        if isinstance(column.type, JSON):
            yield cast(column, Text).contains(digest)
        elif column.name.endswith("digest"):
            yield column == digest


def _living(table: SqlTable) -> Iterator[ColumnElement[bool]]:
    """Leave out what belongs to envelopes whose retention has ended."""
    column: Column[str] | None = table.columns.get(
        "id" if table.name == "envelopes" else "envelope_id"
    )
    if column is not None:
        yield column.not_in(select(Keeping.envelope_id).where(Keeping.deleted_at.is_not(None)))
