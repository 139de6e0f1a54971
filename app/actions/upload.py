"""A file that a person brings: looked at, cleaned and kept, before anything is made from it."""

from __future__ import annotations

from app.core.sources import UploadedFile
from app.documents.uploads import from_upload
from app.services import Services


def keep_upload(
    services: Services, name: str, data: bytes, *, lang: str = "en", password: str | None = None
) -> UploadedFile:
    """Store `data` as it came, its cleaned form and, where they exist already, its pages; return what it is.

    Storing the same file again changes nothing. password: as in `from_upload`; it is not kept. Raises BadInput
    with a sentence for every file that cannot be signed, NoRoom when the disk is nearly full.
    """
    services.files.require_room()
    found = from_upload(name, data, lang=lang, password=password)
    return UploadedFile(
        digest=services.files.put(data),
        name=name[:200],
        kind=found.kind,
        clean=services.files.put(found.data),
        ready=services.files.put(found.ready) if found.ready else "",
        page_count=found.page_count,
        had_form=found.had_form,
        is_template=found.is_template,
        was_locked=found.was_locked,
    )
