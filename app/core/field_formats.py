"""Forms that a sender may ask of a value: an e-mail address, a whole number, a day in the past."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from app.core.fields import FieldKind, to_date, to_number

FORMATS: Mapping[FieldKind, tuple[str, ...]] = {
    FieldKind.TEXT: ("", "email", "phone", "iban", "lines"),
    FieldKind.NUMBER: ("", "whole", "money"),
    FieldKind.DATE: ("", "past", "future"),
}
"""By kind, the default first. "lines": several lines are expected; "money": two decimals at most."""

SMALLEST_PT = 6.0
LEAST = 24
_LETTER, _LEADING = 0.5, 1.2
"""Width of an average letter and height of a line, in sizes of the type."""
_ELSEWHERE = timedelta(days=1)
"""Somewhere on earth it is another day already, or still."""
_EMAIL = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;.]+(\.[^\s@<>,;.]+)+")
_PHONE = re.compile(r"\+?[0-9 ().\-/\u00a0]{6,24}")


def check_format(kind: FieldKind, form: str, value: str, *, today: date) -> str | None:
    """Return what is wrong with the form of a filled `value`, as an English msgid, or None.

    today: the day past and future are counted from. The kind itself is checked by `fields.check_value`.
    """
    if not value or form not in FORMATS.get(kind, ()):
        return None
    if kind is FieldKind.NUMBER:
        return _check_number(form, value)
    if kind is FieldKind.DATE:
        return _check_day(form, value, today)
    return _check_text(form, value)


def _check_number(form: str, value: str) -> str | None:
    number = to_number(value)
    if number is None:
        return "This is not a number."
    if form == "whole" and number != number.to_integral_value():
        return "Please enter a whole number."
    if form == "money" and number != round(number, 2):
        return "Please enter an amount with two decimals at most."
    return None


def _check_day(form: str, value: str, today: date) -> str | None:
    day = to_date(value)
    if day is None:
        return "This is not a date."
    if form == "past" and day > today + _ELSEWHERE:
        return "Please choose a day that has passed."
    if form == "future" and day < today - _ELSEWHERE:
        return "Please choose a day that is still to come."
    return None


def _check_text(form: str, value: str) -> str | None:
    if form == "email" and not _EMAIL.fullmatch(value):
        return "Please enter an e-mail address, such as name@example.com."
    if form == "phone" and not (_PHONE.fullmatch(value) and sum(c.isdigit() for c in value) > 5):
        return "Please enter a phone number."
    if form == "iban" and not is_iban(value):
        return "This IBAN is not right. Please check it."
    return None


def is_iban(value: str) -> bool:
    """Whether `value` is an IBAN whose check digits fit (ISO 13616, ISO 7064 MOD 97-10)."""
    plain = "".join(value.split()).upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", plain, re.ASCII):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def room_for(width_pt: float, height_pt: float) -> int:
    """Return how many letters of a text can still be read in a box of that size, in points; at least LEAST."""
    a_line = int(width_pt / (SMALLEST_PT * _LETTER))
    lines = max(1, int(height_pt / (SMALLEST_PT * _LEADING)))
    return max(LEAST, a_line * lines)
