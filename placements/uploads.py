"""Files brought into a frame: checked at once, and given back as a signed claim that the next form carries.

The claim says which portal brought the file, so that a digest alone opens nothing of another portal.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict

from flask import Blueprint, Response, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app.actions import upload
from app.core.sources import UploadedFile, title_of_upload
from app.documents.pdf_info import MAX_PDF
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.limits import takes
from app.http.pages import page_language
from app.texts import translator
from placements import frame

blueprint = Blueprint("uploads", __name__, url_prefix="/placements/uploads")
BODY_BYTES = MAX_PDF + 1024 * 1024
CLAIM_S = 24 * 3600
PASSWORD_LIMIT = 127
"""Bytes that a PDF's password may have (ISO 32000-2, 7.6.4.3.3)."""
TOO_OLD = "This file was chosen too long ago. Please choose it again."


@blueprint.post("")
@frame_ticket
@takes(BODY_BYTES)
def bring() -> Response:
    """Check and keep a file; answer with its claim, name and a line about it."""
    found = upload.keep_upload(
        services(),
        *posted_file(),
        lang=page_language(),
        password=request.form.get("password", "")[:PASSWORD_LIMIT],
    )
    return frame.answer(
        claim=_claims().dumps({"portal": frame.who().portal_id, "file": asdict(found)}),
        name=title_of_upload(found.name),
        note=_note(found),
    )


def posted_file() -> tuple[str, bytes]:
    """Return name and bytes of the posted file; raises BadInput when there is none."""
    posted = request.files.get("file")
    if posted is None or not posted.filename:
        raise BadInput("Choose a file first.", field="file")
    with closing(posted):
        return posted.filename, posted.read()


def claimed(texts: Iterable[str]) -> dict[str, UploadedFile]:
    """Return the files of these claims by their text; raises BadInput for an old or a foreign one."""
    return {text: _claimed(text) for text in texts}


def _claimed(text: str) -> UploadedFile:
    try:
        values = _claims().loads(text, max_age=CLAIM_S)
    except BadData as error:
        raise BadInput(TOO_OLD, field="source") from error
    if values["portal"] != frame.who().portal_id:
        raise BadInput(TOO_OLD, field="source")
    return UploadedFile(**values["file"])


def _note(file: UploadedFile) -> str:
    say = translator(page_language())
    if file.was_locked:
        return say("{count} pages; opened with the password, kept without it").format(
            count=file.page_count
        )
    if file.had_form:
        return say("{count} pages; the form’s fields become part of them").format(
            count=file.page_count
        )
    if file.page_count == 1:
        return say("One page")
    if file.page_count:
        return say("{count} pages").format(count=file.page_count)
    if file.is_template:
        return say("Filled from this card, signature places included")
    return say("Printed as it is")


def _claims() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(services().secrets.signing_key("upload"), salt="upload")
