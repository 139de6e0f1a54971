"""Structured logs: one JSON object a line, without secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

SECRET_NAMES = re.compile(r"token|secret|password|code|auth|refresh|key", re.IGNORECASE)
LINK = re.compile(r"(/s/(?:[a-z-]+/)*)[A-Za-z0-9_-]{20,}")
QUERY = re.compile(
    r"((?:auth|access_token|refresh_token|application_token|client_secret|token|key)=)[^&\s\"']+",
    re.IGNORECASE,
)
HIDDEN = r"\1***"


def configure(level: str) -> None:
    """Send every log line of this process to standard error."""
    logging.setLogRecordFactory(_MaskedRecord)
    logging.basicConfig(stream=sys.stderr, level=level, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper(), 20)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class _MaskedRecord(logging.LogRecord):
    """A line of a library, without secrets: Flask, gunicorn and urllib3 name whole addresses."""

    def getMessage(self) -> str:  # noqa: N802
        return clean(super().getMessage())


def clean(text: str) -> str:
    """Return `text` without signing tokens in addresses and without secrets in queries."""
    return QUERY.sub(HIDDEN, LINK.sub(HIDDEN, text))


def mask(_logger: Any, _name: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values with telling names, and signing tokens inside addresses."""
    for name, value in line.items():
        if SECRET_NAMES.search(name):
            line[name] = "***"
        elif isinstance(value, str):
            line[name] = clean(value)
    return line
