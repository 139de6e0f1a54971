"""The filters of our Word templates: money, words, dates, phones, addresses, in the document's language.

Each takes a plain value and returns text; an empty value gives empty text, so a document never says "None".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

import phonenumbers
from babel.core import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_name
from jinja2 import Undefined
from num2words import num2words

from app.errors import BadInput

Filter = Callable[..., object]
NOT_A_NUMBER = "“{value}” is not a number, so it cannot be written as an amount."
NOT_A_DATE = "“{value}” is not a date."
_LIMIT = Decimal(10) ** 15
_NO_CENTS = frozenset({"JPY", "KRW", "CLP", "VND", "ISK", "XOF", "XAF"})
_CENTS: dict[str, dict[str, tuple[str, str]]] = {
    "en": {"EUR": ("cent", "cents"), "USD": ("cent", "cents"), "GBP": ("penny", "pence"),
           "CHF": ("centime", "centimes"), "CAD": ("cent", "cents"), "RUB": ("kopeck", "kopecks")},
    "fr": {"EUR": ("centime", "centimes"), "USD": ("cent", "cents"), "GBP": ("penny", "pence"),
           "CHF": ("centime", "centimes"), "CAD": ("cent", "cents"), "RUB": ("kopeck", "kopecks")},
}  # fmt: skip
_FEMININE = ("livre", "couronne", "roupie", "lire", "hryvnia", "roupies", "livres", "couronnes")


def document_filters(lang: str, currency: str) -> dict[str, Filter]:
    """Return the filters by name. `currency` (ISO 4217) is used where a template names none."""
    locale = Locale.parse({"en": "en_GB"}.get(lang, lang))
    return {
        "money": partial(_money, locale=locale, default_currency=currency),
        "words": partial(_words, locale=locale, default_currency=currency),
        "number": partial(_number, locale=locale),
        "percent": partial(_percent, locale=locale),
        "date": partial(_date, locale=locale),
        "phone": _phone,
        "address": _address,
        "plural": _plural,
        "upper": lambda value: _text(value).upper(),
        "lower": lambda value: _text(value).lower(),
        "capitalize": _capitalize,
        "trim": lambda value: _text(value).strip(),
        "default": _default,
        "join": _join,
        "length": lambda value: len(value) if isinstance(value, (list, str)) else 0,
    }


def _empty(value: object) -> bool:
    return value is None or value == "" or isinstance(value, Undefined)


def _text(value: object) -> str:
    return "" if _empty(value) else str(value)


def to_decimal(value: object) -> Decimal:
    """Return `value` as a number. Raises BadInput, naming it."""
    try:
        number = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation as error:
        raise BadInput(NOT_A_NUMBER, value=str(value)[:40]) from error
    if not number.is_finite() or abs(number) >= _LIMIT:
        raise BadInput(NOT_A_NUMBER, value=str(value)[:40])
    return number


def _spaces(text: str) -> str:
    # The narrow no-break space is missing in many fonts; a no-break space is everywhere.
    return text.replace("\u202f", "\u00a0")


def _money(value: object, currency: object = "", *, locale: Locale, default_currency: str) -> str:
    if _empty(value):
        return ""
    code = str(currency or default_currency)
    if not code:
        return _spaces(format_decimal(to_decimal(value), "#,##0.00", locale=locale))
    return _spaces(format_currency(to_decimal(value), code, locale=locale))


def _number(value: object, digits: object = None, *, locale: Locale) -> str:
    if _empty(value):
        return ""
    number = to_decimal(value)
    if digits is None:
        return _spaces(format_decimal(number, "#,##0.######", locale=locale))
    places = min(max(int(str(digits)), 0), 6)
    return _spaces(format_decimal(number, "#,##0." + "0" * places, locale=locale).rstrip("."))


def _percent(value: object, *, locale: Locale) -> str:
    if _empty(value):
        return ""
    gap = "\u00a0" if locale.language == "fr" else ""
    return f"{_number(value, locale=locale)}{gap}%"


def _words(value: object, currency: object = "", *, locale: Locale, default_currency: str) -> str:
    """Amounts: "deux mille quatre cents euros et cinquante centimes"; with no currency, the number alone."""
    if _empty(value):
        return ""
    number = to_decimal(value)
    code = str(currency or default_currency)
    cents_of = 1 if code in _NO_CENTS else 100
    minor_total = int((abs(number) * cents_of).quantize(Decimal(1), "ROUND_HALF_UP"))
    whole, cents = divmod(minor_total, cents_of)
    said = _spell(whole, locale)
    if code:
        said = _with_currency(said, whole, code, locale)
    if cents:
        said += f" {_and(locale)} {_cents(cents, code, locale)}"
    return f"{'moins' if locale.language == 'fr' else 'minus'} {said}" if number < 0 else said


def _spell(number: int, locale: Locale) -> str:
    try:
        return str(num2words(number, lang=locale.language)).replace(",", "")
    except NotImplementedError:
        return str(num2words(number, lang="en")).replace(",", "")


def _with_currency(said: str, whole: int, code: str, locale: Locale) -> str:
    name = get_currency_name(code, count=whole, locale=locale)
    if locale.language == "fr":
        if name.startswith(_FEMININE) and said.endswith("un"):
            said += "e"
        if whole and whole % 1_000_000 == 0:
            link = "d’" if name[0].lower() in "aeiouyhéè" else "de "
            return f"{said} {link}{name}"
    return f"{said} {name}"


def _cents(cents: int, code: str, locale: Locale) -> str:
    names = _CENTS.get(locale.language, {}).get(code)
    if names is None:
        return f"{cents:02d}/100"
    return f"{_spell(cents, locale)} {names[0] if cents == 1 else names[1]}"


def _and(locale: Locale) -> str:
    return {"fr": "et", "en": "and"}.get(locale.language, "+")


def _date(value: object, style: object = "long", *, locale: Locale) -> str:
    if _empty(value):
        return ""
    day = value.date() if isinstance(value, datetime) else value
    if not isinstance(day, date):
        day = _read_date(str(value))
    if style == "iso":
        return day.isoformat()
    form = str(style) if style in ("short", "medium", "long", "full") else "long"
    if form == "short":
        # Two-digit years do not belong in a contract.
        form = "dd/MM/yyyy" if locale.language in ("fr", "en") else "medium"
    return _spaces(format_date(day, form, locale=locale))


def _read_date(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadInput(NOT_A_DATE, value=text[:40]) from error


def _phone(value: object, region: object = None) -> str:
    text = _text(value)
    try:
        number = phonenumbers.parse(text, str(region) if region else None)
    except phonenumbers.NumberParseException:
        return text
    style = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style).replace(" ", "\u00a0")


def _address(value: object, style: object = "lines") -> str:
    """An address over several lines; `address("line")` on one."""
    if not isinstance(value, Mapping):
        return _text(value)
    lines = value.get("lines")
    parts = [str(line) for line in lines] if isinstance(lines, Sequence) else []
    return (", " if style == "line" else "\n").join(part for part in parts if part)


def _plural(value: object, one: object, many: object) -> str:
    number = 0 if _empty(value) else (len(value) if isinstance(value, list) else to_decimal(value))
    return str(one if abs(number) == 1 else many)


def _capitalize(value: object) -> str:
    text = _text(value)
    return text[:1].upper() + text[1:]


def _default(value: object, instead: object = "") -> object:
    return instead if _empty(value) else value


def _join(value: object, between: object = ", ") -> str:
    if not isinstance(value, list):
        return _text(value)
    return str(between).join(_text(item) for item in value)


FILTER_NAMES = frozenset(document_filters("en", ""))
