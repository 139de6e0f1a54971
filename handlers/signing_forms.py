"""What a signing form brings, turned into a typed submission. Untrusted until it leaves here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from flask import request

from app.core.fields import MAX_POINTS, MAX_STROKES, SignatureImage, SignatureWay
from app.core.plain import is_plain_value, plain_name
from app.core.signing import BroughtFile, Submission
from app.documents.hands import HANDS
from app.errors import BadInput

MAX_NAME = 120
MAX_FORM_BYTES = 1_500_000
MAX_PICTURE_BYTES = 9 * 1024 * 1024
MAX_JSON = 600_000
PREFIX = "value-"
FILE_PREFIX, UPLOAD_PREFIX = "file-", "upload-"
"""A file that is kept already, as digest, mark and name; and a file in the form itself."""
PLAIN_KEPT = ("seen", "consent", "typed_name", "hand", "own_stamp")
"""Inputs of the plain form that its code page carries on; values come beside them."""


def limit_body(*, takes_files: bool) -> None:
    """Refuse a body that is too large before it is read; only uploads to doors that take files may be large."""
    is_large = takes_files and request.mimetype == "multipart/form-data"
    request.max_content_length = MAX_PICTURE_BYTES if is_large else MAX_FORM_BYTES
    request.max_form_memory_size = MAX_FORM_BYTES
    request.max_form_parts = 2_000


def submission_from(form: Mapping[str, str]) -> Submission:
    """Return the submission in `form`; raises BadInput.

    A page with a script sends `signature`, `initials` and `stamp` as JSON, a plain one `typed_name` and
    `hand`. Pictures are named by digest and mark.
    """
    return Submission(
        seen=form.get("seen", ""),
        consent_hash=form.get("consent", ""),
        values=values_from(form),
        signature=_image(form.get("signature", "")) or _typed(form),
        initials=_image(form.get("initials", "")),
        stamp=_image(form.get("stamp", "")),
        uses_drawn_stamp=form.get("own_stamp") == "yes",
        marks=_marks(form),
        files=files_from(form),
        code="".join(c for c in form.get("code", "") if c.isdigit())[:12],
    )


def values_from(form: Mapping[str, str]) -> dict[str, str]:
    """Return the texts and ticks in `form`, by field id."""
    return {k.removeprefix(PREFIX): v for k, v in form.items() if k.startswith(PREFIX)}


def files_from(form: Mapping[str, str]) -> dict[str, BroughtFile]:
    """Return the files that `form` names, by field id; whether they are this signer's is checked later."""
    named = {k.removeprefix(FILE_PREFIX): v for k, v in form.items() if k.startswith(FILE_PREFIX)}
    found = {field_id: text.split(" ", 2) for field_id, text in named.items() if text}
    if any(len(parts) != 3 for parts in found.values()):
        raise BadInput("Please choose the file again.")
    return {
        field_id: BroughtFile(digest=digest, mark=mark, name=plain_name(name))
        for field_id, (digest, mark, name) in found.items()
    }


def file_text(file: BroughtFile) -> str:
    """Return a kept file as `files_from` reads it."""
    return f"{file.digest} {file.mark} {file.name}"


def plain_values(form: Mapping[str, str]) -> dict[str, str]:
    """Return what the code page of the plain form carries on in hidden inputs."""
    return {k: v for k, v in form.items() if k.startswith((PREFIX, FILE_PREFIX)) or k in PLAIN_KEPT}


def _marks(form: Mapping[str, str]) -> dict[str, str]:
    loaded = [_loaded(form.get(name, "")) for name in ("signature", "initials", "stamp")]
    named = [values for values in loaded if values.get("picture")]
    return {str(values["picture"]): str(values.get("mark", "")) for values in named}


def _typed(form: Mapping[str, str]) -> SignatureImage | None:
    name = form.get("typed_name", "").strip()
    if not name:
        return None
    return SignatureImage(
        way=SignatureWay.TYPED, text=name[:MAX_NAME], hand=_hand(form.get("hand"))
    )


def _hand(name: object) -> str:
    return name if isinstance(name, str) and name in HANDS else HANDS[0]


def _loaded(text: str) -> dict[str, Any]:
    if not text:
        return {}
    if len(text) > MAX_JSON:
        raise BadInput("This drawing is too detailed. Please draw it again.", field="signature")
    try:
        # A whole number of a thousand digits becomes infinite, and is refused where a place is expected.
        values = json.loads(text, parse_int=float)
        is_fine = is_plain_value(values)
    except (ValueError, RecursionError) as error:
        raise BadInput(field="signature") from error
    if not isinstance(values, dict) or not is_fine:
        raise BadInput(field="signature")
    return values


def _image(text: str) -> SignatureImage | None:
    values = _loaded(text)
    if not values:
        return None
    try:
        way = SignatureWay(str(values.get("way")))
    except ValueError as error:
        raise BadInput(field="signature") from error
    if way is SignatureWay.TYPED:
        name = str(values.get("text", ""))[:MAX_NAME].strip()
        return SignatureImage(way=way, text=name, hand=_hand(values.get("hand")))
    if way is SignatureWay.PICTURE:
        return SignatureImage(way=way, picture=str(values.get("picture", "")))
    return SignatureImage(
        way=way, strokes=_strokes(values.get("strokes")), aspect=_aspect(values.get("aspect"))
    )


def _aspect(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return 3.0
    return min(20.0, max(0.05, float(value)))


def _strokes(raw: object) -> tuple[tuple[tuple[float, float], ...], ...]:
    if not isinstance(raw, list) or len(raw) > MAX_STROKES:
        raise BadInput("This drawing is too detailed. Please draw it again.", field="signature")
    if sum(len(stroke) for stroke in raw if isinstance(stroke, list)) > MAX_POINTS:
        raise BadInput("This drawing is too detailed. Please draw it again.", field="signature")
    return tuple(tuple(_point(p) for p in stroke) for stroke in raw if isinstance(stroke, list))


def _point(raw: object) -> tuple[float, float]:
    if not isinstance(raw, list) or len(raw) != 2:
        raise BadInput(field="signature")
    x, y = raw
    for value in (x, y):
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadInput(field="signature")
        if not math.isfinite(value):
            raise BadInput(field="signature")
    return float(x), float(y)
