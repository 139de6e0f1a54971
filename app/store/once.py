"""Rows that two requests may want to make at the same moment: one makes it, the other finds it and waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

Row = TypeVar("Row")


def held(session: Session, kind: type[Row], names: Mapping[str, Any], **first: Any) -> Row:
    """Return the row of `kind` with these `names` (its primary key), held until the transaction ends.

    Where there is none it is made with the values of `first`.
    """
    found = _find(session, kind, names)
    if found is None:
        made = kind(**names, **first)
        if add(session, made):
            return made
        found = _find(session, kind, names)
    if found is None:  # Made and removed by others in between: the caller's request is tried again.
        raise LookupError(kind.__name__)
    return found


def add(session: Session, row: object) -> bool:
    """Add `row`; return whether it was the first of its kind: False where another has its unique names already."""
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        return False
    return True


def _find(session: Session, kind: type[Row], names: Mapping[str, Any]) -> Row | None:
    return session.get(kind, dict(names), with_for_update=True, populate_existing=True)
