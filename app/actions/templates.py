"""Our Word templates on a portal: what there is, a new version, what one may write in it.

Everyone may look; administrators change. The sample print is app.actions.sample.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core import catalogue, merge
from app.core.catalogue import Group
from app.core.record import PortalUser, RecordKey
from app.core.sources import title_of_upload
from app.crm import records
from app.crm.record_list import RecordLine, latest_records
from app.documents.fill import TemplateInfo, inspect_template
from app.documents.filters import document_filters
from app.documents.units import with_units
from app.errors import BadInput, NotAllowed, NotFound
from app.services import Services
from app.store import templates
from app.store.tables import Template
from app.texts import LANGUAGES

ADMINS_ONLY = "Only an administrator of your Bitrix24 may change templates."
MAX_NAME = 80
DEAL = 2
Filters = Mapping[str, Callable[..., object]]


@dataclass(frozen=True, slots=True)
class Page:
    """One template with everything its page shows. `docx_problems`: sentences about the current version."""

    current: Template
    versions: tuple[Template, ...]
    info: TemplateInfo
    problems: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        """Whether it belongs to the portal, and not to the app."""
        return self.current.portal_id is not None


@dataclass(frozen=True, slots=True)
class Line:
    """A placeholder with its value as the document would say it."""

    write: str
    name: str
    value: str
    is_used: bool


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All placeholders by group, beside the values of `record` ("" title: of no record)."""

    groups: tuple[tuple[Group, tuple[Line, ...]], ...]
    record: RecordKey | None
    title: str
    empty: tuple[str, ...]
    """Names the template uses for which this record has no value."""


@dataclass(frozen=True, slots=True)
class Added:
    """What became of an uploaded template: kept under `slug`, or refused with the `problems` it has."""

    slug: str
    problems: tuple[str, ...]


def shelf(services: Services, who: PortalUser) -> list[Template]:
    """Return the current version of each template the portal may use, by name."""
    with services.database.reading() as session:
        return templates.current(session, who.portal_id)


def look(services: Services, who: PortalUser, slug: str) -> Page:
    """Return one template with its versions and what it uses. Raises NotFound."""
    with services.database.reading() as session:
        current = templates.by_slug(session, who.portal_id, slug)
        versions = templates.versions(session, who.portal_id, slug)
    if current is None:
        raise NotFound
    info = inspect_template(services.files.get(current.digest))
    said = tuple(problem.sentence(who.lang) for problem in info.problems)
    return Page(current, tuple(versions), info, said)


def add(
    services: Services,
    who: PortalUser,
    file_name: str,
    data: bytes,
    *,
    name: str = "",
    lang: str = "",
    slug: str = "",
) -> Added:
    """Check `data` and keep it as a new template, or as the next version of `slug`.

    With problems nothing is kept: each is a sentence that names its place and what was meant. Raises NotAllowed,
    BadInput for what is no Word document, NotFound for an unknown slug.
    """
    _require_admin(who)
    services.files.require_room()
    info = inspect_template(data)
    if info.problems:
        return Added(slug, tuple(problem.sentence(who.lang) for problem in info.problems))
    digest = services.files.put(info.docx)
    with services.database.transaction() as session:
        before = templates.by_slug(session, who.portal_id, slug) if slug else None
        if slug and before is None:
            raise NotFound
        title = (name.strip() or (before.name if before else title_of_upload(file_name)))[:MAX_NAME]
        spoken = before.lang if before else lang if lang in LANGUAGES else who.lang
        made = Template(
            id=services.new_id(),
            portal_id=who.portal_id,
            slug=slug or slug_of(title, spoken),
            name=title,
            lang=spoken,
            digest=digest,
            created_at=services.now(),
        )
        return Added(templates.add_version(session, made).slug, ())


def activate(services: Services, who: PortalUser, template_id: str) -> str:
    """Make an earlier version the current one; return its slug. Raises NotAllowed, NotFound."""
    _require_admin(who)
    with services.database.transaction() as session:
        return templates.activate(session, who.portal_id, template_id).slug


def retire(services: Services, who: PortalUser, slug: str) -> None:
    """Offer the portal's own template no longer; envelopes made from it keep their copy. Raises NotAllowed."""
    _require_admin(who)
    with services.database.transaction() as session:
        templates.retire(session, who.portal_id, slug)


def download(services: Services, who: PortalUser, template_id: str) -> tuple[str, bytes]:
    """Return the name and bytes of one version. Raises NotFound."""
    with services.database.reading() as session:
        row = templates.get(session, who.portal_id, template_id)
    return f"{row.name} v{row.version}.docx", services.files.get(row.digest)


def latest(services: Services, who: PortalUser) -> tuple[RecordLine, ...]:
    """Return the deals changed last that this person may see. Raises PortalErrors."""
    return latest_records(services.portals.client(who.portal_id, who.user_id), DEAL)


def values_of(
    services: Services, who: PortalUser, page: Page, record: RecordKey | None
) -> Catalogue:
    """Return every placeholder beside the value it has on `record`, read with this person's rights.

    Raises PortalErrors.
    """
    if record is None:
        return _catalogue(page, merge.blank_values(), None, "", ())
    snapshot, _ = records.read_snapshot(
        services.portals.client(who.portal_id, who.user_id),
        entity_type_id=record.entity_type_id,
        entity_id=record.entity_id,
        now=services.now(),
    )
    values = with_units(merge.merge_values(snapshot), lang=page.current.lang)
    empty = tuple(merge.missing_values(values, page.info.placeholders))
    return _catalogue(page, values, record, snapshot.record.title, empty)


def slug_of(title: str, lang: str) -> str:
    """Return the name under which versions of one template belong together: "services-contract.fr"."""
    plain = unicodedata.normalize("NFKD", title.casefold())
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    words = re.sub(r"[^\w]+", "-", letters).strip("-_")[:60]
    if not words:
        raise BadInput("Give this template a name.", field="name")
    return f"{words}.{lang}"


def _catalogue(
    page: Page,
    values: Mapping[str, object],
    record: RecordKey | None,
    title: str,
    empty: tuple[str, ...],
) -> Catalogue:
    filters = document_filters(page.current.lang, str(values.get("currency", "")))
    used = set(page.info.placeholders)
    groups = tuple(
        (
            group,
            tuple(
                _line(entry, filters, used, is_live=record is not None) for entry in group.entries
            ),
        )
        for group in catalogue.catalogue(values)
    )
    return Catalogue(groups, record, title, empty)


def _line(entry: catalogue.Entry, filters: Filters, used: set[str], *, is_live: bool) -> Line:
    if not is_live:
        said = ""
    elif entry.filter:
        said = str(filters[entry.filter](entry.value))
    else:
        said = str(entry.value)
    is_used = entry.name in used or f"{entry.name}.line" in used
    return Line(entry.write, entry.name, said, is_used)


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed(ADMINS_ONLY)
