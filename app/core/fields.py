"""Fields: places on a page that a recipient fills, and the rules for their values.

A position is kept twice: as fractions of the page (x, y from the upper left corner; 0..1), and as an
anchor, the words around it, by which it is found again in another document of the same type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class FieldKind(StrEnum):
    SIGNATURE = "signature"
    INITIALS = "initials"
    STAMP = "stamp"
    TEXT = "text"
    DATE_SIGNED = "date_signed"
    CHECKBOX = "checkbox"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    FILE = "file"


FILLED_BY_US = frozenset({FieldKind.DATE_SIGNED})
"""Kinds that get their value from the act of signing, never from the signer's keyboard."""
TYPED_IN = frozenset(
    {FieldKind.TEXT, FieldKind.CHECKBOX, FieldKind.NUMBER, FieldKind.DATE, FieldKind.CHOICE}
)
"""Kinds whose value the signer gives: text, "yes", 1250.5, 2026-11-24, one of the options."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The words a field is tied to. `dx`, `dy`: field corner minus first letter, page fractions."""

    before: str
    after: str
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class Field:
    """A place on a page. `page` counts from 0; x, y, w, h are page fractions from the upper left."""

    key: str
    """Unique in its document; kept over layouts."""
    kind: FieldKind
    role: str
    """Key of the recipient who fills it: "us", "client", ..."""
    page: int
    x: float
    y: float
    w: float
    h: float
    required: bool = True
    label: str = ""
    from_tag: bool = False
    """Placed by a tag in the template: it is found by its tag, never by copied coordinates."""
    anchor: Anchor | None = None
    options: tuple[str, ...] = ()
    """The answers of a choice."""
    crm_name: str = ""
    """Placeholder whose CRM value stands in it beforehand ("client.phone"); "" for none."""
    help: str = ""
    """A sentence of the sender's under the label, up to MAX_HELP letters."""
    format: str = ""
    """One of core.field_formats.FORMATS for its kind; "" for any."""


class SignatureWay(StrEnum):
    """How a signature was made."""

    TYPED = "typed"
    DRAWN = "drawn"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class SignatureImage:
    """What a signature, initials or stamp looks like.

    TYPED: `text` in `hand`. DRAWN: `strokes`, polylines of (x, y) in 0..1 of the drawing's own box, whose
    width over height is `aspect`. PICTURE: `picture` is the SHA-256 of a stored PNG.
    """

    way: SignatureWay
    text: str = ""
    hand: str = ""
    strokes: tuple[tuple[tuple[float, float], ...], ...] = ()
    aspect: float = 3.0
    picture: str = ""


MAX_TEXT = 2_000
MAX_HELP = 300
MAX_STROKES = 400
MAX_POINTS = 20_000


def check_position(field: Field, page_count: int) -> str | None:
    """Return what is wrong with the place of `field`, as an English msgid, or None."""
    if not 0 <= field.page < page_count:
        return "A field lies on a page that this document does not have."
    # Said positively: what is not a number is neither inside nor outside.
    across = 0 <= field.x <= 1 and field.w > 0 and field.x + field.w <= 1.001
    down = 0 <= field.y <= 1 and field.h > 0 and field.y + field.h <= 1.001
    if not (across and down):
        return "A field lies outside its page."
    return None


def check_value(field: Field, value: str) -> str | None:
    """Return what is wrong with a typed `value` for `field`, as an English msgid, or None."""
    if field.required and not value.strip():
        return "This field is required."
    if field.kind is FieldKind.CHECKBOX and value not in ("", "yes"):
        return "A box is either ticked or not."
    if len(value) > MAX_TEXT:
        return "This text is too long."
    return _check_form(field, value.strip()) if value.strip() else None


def _check_form(field: Field, value: str) -> str | None:
    if field.kind is FieldKind.NUMBER and to_number(value) is None:
        return "This is not a number."
    if field.kind is FieldKind.DATE and to_date(value) is None:
        return "This is not a date."
    if field.kind is FieldKind.CHOICE and value not in field.options:
        return "Please choose one of the answers."
    return None


def to_number(value: str) -> Decimal | None:
    """Return a typed number ("1 250,50", "1250.5"), or None when it is none."""
    plain = re.sub(r"[\s\u00a0\u202f']", "", value).replace(",", ".")
    if not re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]{1,6})?", plain, re.ASCII):
        return None
    return Decimal(plain)


def to_date(value: str) -> date | None:
    """Return a date written YYYY-MM-DD, or None when it is none."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def check_signature(image: SignatureImage) -> str | None:
    """Return what is wrong with a drawn or typed signature, as an English msgid, or None.

    Nothing is ever "too simple": one point is a signature if its owner says so.
    """
    if image.way is SignatureWay.TYPED:
        return None if 0 < len(image.text.strip()) <= 120 else "Please type your name."
    if image.way is SignatureWay.PICTURE:
        return None if image.picture else "Please choose a picture of your signature."
    points = sum(len(stroke) for stroke in image.strokes)
    if points == 0:
        return "Please draw your signature."
    if len(image.strokes) > MAX_STROKES or points > MAX_POINTS:
        return "This drawing is too detailed. Please draw it again."
    flat = (value for stroke in image.strokes for point in stroke for value in point)
    return None if all(-0.01 <= v <= 1.01 for v in flat) else "Please draw your signature again."
