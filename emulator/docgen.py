"""The document generator: a document from a template now, its PDF a little later.

The record in the timeline is an activity of provider CRM_DOCUMENT whose associated id is the
document [U]. ONCRMDOCUMENTGENERATORDOCUMENTUPDATE does not fire when the conversion ends [U].
"""

from __future__ import annotations

import secrets
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from emulator import docgen_bodies, events
from emulator.convert import ConversionFailed
from emulator.state import ACTIVITY, Activity, DocTemplate, Document

if TYPE_CHECKING:
    from emulator.engine import Engine

PROVIDER = "CRM_DOCUMENT"


class QuotaReached(Exception):
    """The plan's number of documents is used up."""


def create(
    engine: Engine,
    template: DocTemplate,
    entity_type_id: int,
    entity_id: int,
    *,
    by_user: int,
    values: dict[str, Any] | None = None,
    stamps: bool = False,
) -> Document:
    """Return a new document of a card; its conversion is under way. Raises QuotaReached."""
    state = engine.state
    with state.lock:
        quota = state.portal.document_quota
        if quota and len(state.documents) >= quota:
            raise QuotaReached("Maximum count of documents has been reached")
        ident = state.next_id("document")
        values = dict(values or {})
        number = str(values.get("DocumentNumber") or f"{state.now():%Y}-{ident:03d}")
        now = state.now()
        document = Document(
            id=ident,
            title=str(values.get("DocumentTitle") or f"{template.name} {number}"),
            number=number,
            template_id=template.id,
            entity_type_id=entity_type_id,
            entity_id=entity_id,
            created=now,
            updated=now,
            created_by=by_user,
            values=values,
            stamps_enabled=stamps,
            public_hash=secrets.token_hex(8),
        )
        state.documents[ident] = document
        record(engine, document, by_user)
        render(engine, document, template)
        announce(engine, document, "ADD", by_user)
        return document


def record(engine: Engine, document: Document, by_user: int) -> None:
    """Add the document's record to the card's timeline."""
    state = engine.state
    now = state.now()
    activity = Activity(
        id=state.next_id("activity"),
        owner_type_id=document.entity_type_id,
        owner_id=document.entity_id,
        type_id=ACTIVITY,
        provider_id=PROVIDER,
        provider_type_id="DOCUMENT",
        subject=document.title,
        created=now,
        updated=now,
        author_id=by_user,
        responsible_id=by_user,
        completed=True,
        associated_entity_id=document.id,
        settings={"DOCUMENT_ID": document.id},
    )
    state.activities[activity.id] = activity
    document.activity_id = activity.id
    state.add_entry(
        "activity",
        document.entity_type_id,
        document.entity_id,
        author_id=by_user,
        activity_id=activity.id,
    )


def render(engine: Engine, document: Document, template: DocTemplate) -> None:
    """Write the DOCX now and queue its conversion."""
    state = engine.state
    body = docgen_bodies.build(state, template, document)
    document.file_id = state.add_file(f"{document.title}.docx", body).id
    document.pdf_file_id = document.image_file_id = 0
    document.error_code, document.error_message = 0, ""
    engine.background(partial(convert, engine, document, body))


def convert(engine: Engine, document: Document, body: bytes) -> None:
    """Convert in the background; the PDF appears not before the portal's delay is over."""
    due = time.monotonic() + engine.docgen_delay_s
    try:
        if engine.faults.take("docgen:convert"):
            raise ConversionFailed("Transformation failed")
        pdf: bytes | None = engine.converter(body)
    except ConversionFailed as error:
        pdf, document_error = None, str(error)
    if engine.stopped.wait(max(0.0, due - time.monotonic())):
        return
    with engine.state.lock:
        if engine.state.documents.get(document.id) is not document:
            return
        if pdf is None:
            document.error_code, document.error_message = 100, document_error
        else:
            document.pdf_file_id = engine.state.add_file(f"{document.title}.pdf", pdf).id
        engine.state.touch()


def resume(engine: Engine) -> None:
    """Queue again the conversions that a stop of the program interrupted."""
    for document in engine.state.documents.values():
        stored = engine.state.files.get(document.file_id)
        if stored and not document.pdf_file_id and not document.error_message:
            engine.background(partial(convert, engine, document, stored.content))


def announce(engine: Engine, document: Document, verb: str, by_user: int) -> None:
    fields = {
        "ID": str(document.id),
        "ENTITY_TYPE_ID": str(document.entity_type_id),
        "ENTITY_ID": str(document.entity_id),
    }
    events.emit(
        engine, f"ONCRMDOCUMENTGENERATORDOCUMENT{verb}", {"FIELDS": fields}, user_id=by_user
    )


def delete(engine: Engine, document: Document, by_user: int) -> None:
    """Remove a document and its record."""
    state = engine.state
    with state.lock:
        state.documents.pop(document.id, None)
        state.activities.pop(document.activity_id, None)
        for entry in list(state.timeline.values()):
            if entry.activity_id == document.activity_id:
                del state.timeline[entry.id]
        announce(engine, document, "DELETE", by_user)
        state.touch()


def wait_converted(document: Document, timeout_s: float = 60.0) -> bool:
    """Return whether a document's conversion ended (well or not) within the time; for tests."""
    pause = threading.Event()
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        if document.pdf_file_id or document.error_message:
            return True
        pause.wait(0.02)
    return False
