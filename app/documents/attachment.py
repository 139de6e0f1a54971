"""A file that a signer brings with the document: plain pages are kept of it, and nothing that acts by itself."""

from __future__ import annotations

from app.documents.uploads import from_upload
from app.errors import BadInput

UNUSABLE = (
    "This file cannot be used. Please choose a PDF without a password, or a picture (JPEG, PNG)."
)
_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def attached_pages(data: bytes) -> bytes:
    """Return the PDF to keep of an untrusted PDF or picture, made in the limited child; raises BadInput."""
    if b"%PDF-" not in data[:1024] and not data.startswith(_STARTS):
        raise BadInput(UNUSABLE, field="file")
    try:
        return from_upload("", data).ready
    except BadInput as error:
        raise BadInput(UNUSABLE, field="file") from error
