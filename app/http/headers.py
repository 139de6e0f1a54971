"""Headers of every answer: nothing from another host, nothing inline, framed only by its portal."""

from __future__ import annotations

import re
import time
from uuid import uuid4

import structlog
from flask import Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.http.context import services

log = structlog.get_logger()
REQUEST_ID = "X-Request-Id"
SOUND_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src {connect}; font-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors {ancestors}"
)


def secure(response: Response) -> Response:
    """Add the security headers; a frame page names its portal's proven origin in `g.portal_origin`.

    `g.is_excuse`: the portal cannot be proven because Bitrix24 is away. That page holds one sentence and nothing
    to click, so any portal may show it; a person would see a broken frame instead.
    """
    origin = g.get("portal_origin", "")
    framer = origin or ("*" if g.get("is_excuse") else "")
    policy = POLICY.format(connect=f"'self' {origin}".strip(), ancestors=framer or "'none'")
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), payment=()")
    if not framer:
        response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers[REQUEST_ID] = g.get("request_id", "")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def log_request(response: Response) -> Response:
    """One line a request: what was asked and how it was answered, never what was in it."""
    if not request.path.startswith("/static/"):
        log.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            ms=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000),
        )
    return response


def start_clock() -> None:
    """Remember when the request began, and give it an id that every line of its log carries.

    A proxy that we trust may bring its own id; what a stranger brings never enters the log.
    """
    g.started = time.perf_counter()
    brought = request.headers.get(REQUEST_ID, "") if services().settings.proxies else ""
    g.request_id = brought if SOUND_ID.fullmatch(brought) else uuid4().hex
    clear_contextvars()
    bind_contextvars(request_id=g.request_id)
