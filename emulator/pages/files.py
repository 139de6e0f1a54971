"""Files of the portal: what hangs on the timeline, and attachments of mails."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, send_file

from emulator.pages.shell import pages, state

SHOWN = ("application/pdf", "image/png", "image/jpeg", "text/plain")


@pages.get("/-/file/<int:file_id>/<name>")
def file(file_id: int, name: str) -> Any:
    """Return a file of the portal's disk; PDFs and pictures open in the browser."""
    stored = state().files.get(file_id)
    if stored is None:
        abort(404)
    return answer(stored.content, stored.mime, stored.name)


@pages.get("/-/mail/<int:mail_id>/file/<int:place>/<name>")
def attachment(mail_id: int, place: int, name: str) -> Any:
    """Return one attachment of a mail, counted from 0."""
    mail = next((m for m in state().mails if m.id == mail_id), None)
    if mail is None or place >= len(mail.attachments):
        abort(404)
    found = mail.attachments[place]
    return answer(found.content, found.mime, found.name)


def answer(content: bytes, mime: str, name: str) -> Any:
    response = send_file(
        io.BytesIO(content),
        mimetype=mime,
        as_attachment=mime not in SHOWN,
        download_name=name,
        max_age=0,
    )
    # A PDF viewer of the browser needs no policy; anything else must not run.
    response.headers["Content-Security-Policy"] = "default-src 'none'; object-src 'self'"
    return response
