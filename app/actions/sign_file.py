"""Keep a file that a signer brings for a field, until they sign: a PDF or picture, made into plain pages."""

from __future__ import annotations

from app.core import signing
from app.core.fields import FieldKind
from app.core.plain import plain_name
from app.core.signing import BroughtFile, SigningCaller
from app.documents.attachment import attached_pages
from app.errors import NotFound
from app.services import Services
from app.store import signing as store


def keep_file(
    services: Services, caller: SigningCaller, field_id: str, *, name: str, data: bytes
) -> BroughtFile:
    """Store the pages of `data` and return where they are; what acts by itself in it is left out.

    Raises BadInput (what it is, how big), NotFound for a field that is not this signer's, NotYourTurn, WrongState.
    """
    with services.database.reading() as session:
        desk = store.desk(session, caller.envelope_id, caller.recipient_id)
    signing.require_ready(desk.stage(services.now()))
    if not any(row.id == field_id and row.kind == FieldKind.FILE for row in desk.mine):
        raise NotFound
    digest = services.files.put(attached_pages(data))
    mark = store.picture_mark(services.secrets, caller.recipient_id, f"{field_id}:{digest}")
    return BroughtFile(digest=digest, mark=mark, name=plain_name(name))
