"""Send text as gzip: on a slow phone the signing page's code and styles are a third as long.

Only answers to GET are compressed. An answer to a post may repeat what was posted beside a secret of the
page, and the length of the two together would tell about the secret.
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Response, request

KINDS = frozenset(
    {"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml", "text/plain"}
)
LEAST_BYTES = 600
"""Below this a packet is not saved."""
LEVEL = 6


def compress(response: Response) -> Response:
    """Return `response` with its body as gzip, where the browser and the kind of text allow it."""
    if response.mimetype not in KINDS or request.method not in ("GET", "HEAD"):
        return response
    response.vary.add("Accept-Encoding")
    if not _is_compressible(response):
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < LEAST_BYTES:
        return response
    is_static = request.path.startswith("/static/")
    response.set_data(_kept(body) if is_static else _squeezed(body))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)
    return response


def _is_compressible(response: Response) -> bool:
    return (
        response.status_code == 200
        and "Content-Encoding" not in response.headers
        and request.accept_encodings.best_match(["gzip"]) is not None
    )


@lru_cache(maxsize=64)
def _kept(body: bytes) -> bytes:
    """Static files are the same for everyone, and few: pressed once, as small as they get."""
    return gzip.compress(body, compresslevel=9, mtime=0)


def _squeezed(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=LEVEL, mtime=0)
