"""The sealed PDF in a file field of its record: an administrator chooses the field for each kind of record.

Look before write: what stood in the field is remembered before the first try, so that a try whose answer was lost
finds its own files there.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.core.envelope import Status
from app.core.file_names import pdf_name
from app.core.record import PortalUser
from app.crm import file_fields, timeline
from app.crm.file_fields import FileField, RecordKind
from app.errors import BadInput, NotAllowed, PortalRefused
from app.services import Services
from app.store import envelopes, installations
from app.store.tables import Document, Envelope
from app.texts import best_language, translator

CHOSEN = "file_fields"
"""Among an installation's preferences: {"2": {"name", "title", "many"}} by type of record."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of record, and the field chosen for it, "" for none."""

    kind: RecordKind
    chosen: str


def choices(services: Services, who: PortalUser) -> list[Choice]:
    """Return the kinds of record that have file fields; raises NotAllowed, PortalErrors."""
    _require_admin(who)
    with services.database.reading() as session:
        kept = dict(installations.get(session, who.portal_id).preferences.get(CHOSEN, {}))
    found = file_fields.kinds(services.portals.client(who.portal_id, who.user_id))
    return [Choice(one, kept.get(str(one.entity_type_id), {}).get("name", "")) for one in found]


def choose(services: Services, who: PortalUser, entity_type_id: int, field: str) -> None:
    """Keep the field for this kind of record; "" for none. Raises BadInput, NotAllowed, PortalErrors."""
    found = [one.kind for one in choices(services, who)]
    known = {f.name: f for k in found if k.entity_type_id == entity_type_id for f in k.fields}
    if field and field not in known:
        raise BadInput("This field is not there any more. Choose another one.", field="field")
    with services.database.transaction() as session:
        kept = dict(installations.lock(session, who.portal_id).preferences.get(CHOSEN, {}))
        kept.pop(str(entity_type_id), None)
        if field:
            one = known[field]
            kept[str(entity_type_id)] = {
                "name": one.name,
                "title": one.title,
                "many": one.is_multiple,
            }
        installations.prefer(session, who.portal_id, **{CHOSEN: kept})


def file_sealed(services: Services, envelope_id: str) -> str:
    """Put the sealed PDFs into the chosen field, once; return done, refused, or "" where none was chosen.

    A field for one file gets the first document. A refusal is told in the record's log. Raises PortalErrors that
    time mends.
    """
    with services.database.reading() as session:
        envelope = envelopes.get(session, envelope_id)
        papers = envelopes.documents(session, envelope_id)
        portal = installations.get(session, envelope.portal_id)
    field = _field_of(portal.preferences, envelope)
    state = str(envelope.filed.get("state", ""))
    if field is None or envelope.status != Status.SEALED or state in ("done", "refused"):
        return state
    try:
        _fill(services, envelope, field, papers)
    except PortalRefused as error:
        _keep(services, envelope, field, state="refused", error=error.code)
        _say_refused(services, envelope, field, best_language(portal.lang))
        return "refused"
    _keep(services, envelope, field, state="done")
    return "done"


def _field_of(preferences: dict[str, object], envelope: Envelope) -> FileField | None:
    """Return the field that was chosen when the first try began, else the one chosen now."""
    kept = preferences.get(CHOSEN, {})
    chosen = kept.get(str(envelope.entity_type_id)) if isinstance(kept, dict) else None
    started = envelope.filed.get("field") or chosen
    if not started:
        return None
    return FileField(
        envelope.entity_type_id, started["name"], started["title"], bool(started["many"])
    )


def _fill(services: Services, envelope: Envelope, field: FileField, papers: list[Document]) -> None:
    client = services.portals.client(envelope.portal_id)
    record = (envelope.entity_type_id, envelope.entity_id)
    names = [(pdf_name(one.name, envelope.number), one.sealed_digest) for one in papers]
    names = names if field.is_multiple else names[:1]
    there = file_fields.files_in(client, record, field.name)
    before = envelope.filed.get("before")
    if before is None:
        _keep(services, envelope, field, state="trying", before=list(there))
    elif len(set(there) - set(before)) >= len(names):
        return
    files = [(name, services.files.get(digest)) for name, digest in names]
    file_fields.put_files(client, record, field, files, keep=there)


def _keep(services: Services, envelope: Envelope, field: FileField, **told: object) -> None:
    chosen = {"name": field.name, "title": field.title, "many": field.is_multiple}
    with services.database.transaction() as session:
        row = envelopes.lock(session, envelope.id)
        row.filed = {**row.filed, "field": chosen, **told}


def _say_refused(services: Services, envelope: Envelope, field: FileField, lang: str) -> None:
    said = translator(lang)("The signed document could not be put into the field “{field}”.")
    try:
        timeline.add_log(
            services.portals.client(envelope.portal_id),
            entity_type_id=envelope.entity_type_id,
            entity_id=envelope.entity_id,
            title="Paraph",
            text=said.format(field=field.title),
        )
    except PortalRefused:
        return


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed("Only an administrator of your Bitrix24 may see this.")
