"""How much a door takes in, and which texts it refuses unread. The guards ask, before a door sees anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import request

from app.core.plain import is_plain, is_plain_value
from app.errors import BadInput, NotFound

P = ParamSpec("P")
R = TypeVar("R")
PORTAL_BYTES = 1024 * 1024
"""What Bitrix24 posts: a form of some kilobytes."""
FRAME_BYTES = 2 * 1024 * 1024
"""What our own pages in a frame post: some hundred fields at most."""
MAX_PARTS = 2_000


def takes(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a door that receives files take bodies of up to `size` bytes. Goes under its guard."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        view.__dict__["body_bytes"] = size
        return view

    return mark


def asked_by(view: Callable[..., object], usual: int) -> int:
    """Return how much `view` takes in: what `takes` says, else `usual`."""
    return int(view.__dict__.get("body_bytes", usual))


def take_at_most(size: int) -> None:
    """Refuse a larger body than `size` bytes with 413, whatever it claims to be."""
    request.max_content_length = size
    request.max_form_memory_size = size
    request.max_form_parts = MAX_PARTS


def refuse_odd_address() -> None:
    """Say of an address with what no database keeps (a zero byte) that nothing is there; raises NotFound."""
    if not all(is_plain(str(text)) for text in (request.view_args or {}).values()):
        raise NotFound


def refuse_odd_texts() -> None:
    """Refuse a form or query that no browser and no portal sends; raises BadInput."""
    for values in (request.args, request.form):
        if not all(is_plain(name) and is_plain(text) for name, text in values.items(multi=True)):
            raise BadInput


def posted_json() -> Any:
    """Return what was posted as JSON, None when it is none; raises BadInput for what no database keeps."""
    try:
        body = request.get_json(silent=True)
        is_fine = is_plain_value(body)
    except RecursionError as error:
        raise BadInput from error
    if not is_fine:
        raise BadInput
    return body
