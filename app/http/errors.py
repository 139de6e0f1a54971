"""The error tree becomes a page or JSON here, once."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, jsonify, make_response, request
from werkzeug.exceptions import HTTPException

from app.errors import BadInput, NotFound, ParaphError
from app.http.pages import page_language, render
from app.texts import translator

log = structlog.get_logger()

FRAMES = "/placements/"
"""Pages of employees; all others are opened by signers, whose next step is another."""


def register(app: Flask) -> None:
    """Make `app` answer every failure with a sentence and a next step."""
    app.register_error_handler(ParaphError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _last_resort)


def sentence(error: ParaphError, lang: str = "") -> str:
    """Return what `error` says, in the reader's language."""
    text = translator(page_language(lang))(error.message_key)
    try:
        return text.format_map(error.values)
    except (KeyError, ValueError, IndexError):
        return text


def _ours(error: ParaphError) -> Response:
    if error.status >= 500:
        log.warning("failed", error=type(error).__name__, path=request.path)
    return answer(sentence(error), error.status, field=getattr(error, "field", ""))


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code in (301, 302, 303, 304, 307, 308):
        return make_response(error.get_response())
    known = {404: NotFound.message_key, 413: "This is too large. Please choose a smaller file."}
    text = known.get(code, BadInput.message_key if code < 500 else ParaphError.message_key)
    return answer(translator(page_language())(text), code)


def _last_resort(error: Exception) -> Response:
    log.error("unexpected", path=request.path, exc_info=error)
    return answer(translator(page_language())(ParaphError.message_key), 500)


def answer(text: str, status: int, *, field: str = "") -> Response:
    """Return `text` as JSON to scripts and as a page to people."""
    if wants_json():
        body: dict[str, Any] = {"error": text}
        if field:
            body["field"] = field
        response = jsonify(body)
    else:
        is_frame = request.path.startswith(FRAMES)
        response = make_response(
            render("error.html", message=text, status=status, is_frame=is_frame)
        )
    response.status_code = status
    return response


def wants_json() -> bool:
    """Whether a script asks."""
    if request.is_json or request.headers.get("X-Paraph-Ticket"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"
