"""Queries on templates: .docx files to fill, one row a version; those shipped with the app belong to all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.store.tables import Template


def current(session: Session, portal_id: str) -> list[Template]:
    """Return the newest version of each template the portal may use, by name.

    A template of the portal's own hides a shipped one of the same slug.
    """
    query = select(Template).where(
        Template.is_current, or_(Template.portal_id == portal_id, Template.portal_id.is_(None))
    )
    rows = session.execute(query.order_by(Template.name, Template.id)).scalars().all()
    own = {row.slug for row in rows if row.portal_id}
    return [row for row in rows if row.portal_id or row.slug not in own]


def get(session: Session, portal_id: str, template_id: str) -> Template:
    """Return the template if the portal may use it; raises NotFound."""
    found = session.get(Template, template_id)
    if found is None or found.portal_id not in (None, portal_id):
        raise NotFound
    return found


def by_slug(session: Session, portal_id: str, slug: str) -> Template | None:
    """Return the current version of the template `slug` that the portal may use, if there is one."""
    return next((row for row in current(session, portal_id) if row.slug == slug), None)


def ship(
    session: Session,
    *,
    template_id: str,
    slug: str,
    name: str,
    lang: str,
    digest: str,
    created_at: datetime,
) -> Template:
    """Make `digest` the current version of the shipped template `slug`; the same file again changes nothing."""
    query = select(Template).where(Template.portal_id.is_(None), Template.slug == slug)
    versions = session.execute(query.order_by(Template.version)).scalars().all()
    newest = versions[-1] if versions else None
    if newest and newest.digest == digest and newest.is_current:
        newest.name = name
        return newest
    for row in versions:
        row.is_current = False
    made = Template(
        id=template_id,
        portal_id=None,
        slug=slug,
        name=name,
        lang=lang,
        version=newest.version + 1 if newest else 1,
        digest=digest,
        is_current=True,
        created_at=created_at,
    )
    session.add(made)
    session.flush()
    return made


def versions(session: Session, portal_id: str, slug: str) -> list[Template]:
    """Return every version the portal may see of the template `slug`, its own first, the newest first."""
    mine = or_(Template.portal_id == portal_id, Template.portal_id.is_(None))
    rows = session.execute(select(Template).where(mine, Template.slug == slug)).scalars()
    return sorted(rows, key=lambda row: (row.portal_id is None, -row.version))


def add_version(session: Session, made: Template) -> Template:
    """Make `made`, a template of a portal's own, the current version of its slug; it gets the next number.

    The same file as the current version changes nothing; returns the current version.
    """
    own = _own(session, made.portal_id, made.slug)
    now = next((row for row in own if row.is_current), None)
    if now is not None and now.digest == made.digest:
        now.name = made.name
        return now
    for row in own:
        row.is_current = False
    made.version = max((row.version for row in own), default=0) + 1
    made.is_current = True
    session.add(made)
    session.flush()
    return made


def activate(session: Session, portal_id: str, template_id: str) -> Template:
    """Make one of the portal's own versions the current one. Raises NotFound, for a shipped one too."""
    chosen = get(session, portal_id, template_id)
    if chosen.portal_id is None:
        raise NotFound
    for row in _own(session, portal_id, chosen.slug):
        row.is_current = row.id == chosen.id
    return chosen


def retire(session: Session, portal_id: str, slug: str) -> None:
    """Offer the portal's own template no longer; a shipped one of the same slug shows again."""
    for row in _own(session, portal_id, slug):
        row.is_current = False


def _own(session: Session, portal_id: str | None, slug: str) -> list[Template]:
    query = select(Template).where(Template.portal_id == portal_id, Template.slug == slug)
    return list(session.execute(query.order_by(Template.version)).scalars())
