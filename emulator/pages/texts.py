"""What the pages say, in English and French, and how they print money, dates and sizes."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from markupsafe import Markup, escape

from emulator.pages.french import FRENCH

# The invented company and its clients are in France; a portal has one time zone.
ZONE = ZoneInfo("Europe/Paris")


def say(english: str, lang: str, **values: object) -> str:
    """Return the sentence in `lang` (fr, else English) with its {places} filled."""
    text = FRENCH.get(english, english) if lang == "fr" else english
    return text.format(**values) if values else text


def locale_of(lang: str) -> str:
    return "fr_FR" if lang == "fr" else "en_GB"


def money(amount: Decimal, currency: str, lang: str) -> str:
    """Return an amount of money as a person reads it."""
    return format_currency(amount, currency, locale=locale_of(lang))


def number(amount: Decimal, lang: str) -> str:
    return format_decimal(amount.normalize(), locale=locale_of(lang))


def clock(moment: datetime, lang: str) -> str:
    return format_datetime(moment.astimezone(ZONE), "HH:mm", locale=locale_of(lang))


def day(moment: datetime, lang: str) -> str:
    """Return the day in words, "24 novembre 2026"."""
    return format_date(moment.astimezone(ZONE).date(), "d MMMM y", locale=locale_of(lang))


def day_and_clock(moment: datetime, lang: str) -> str:
    return format_datetime(moment.astimezone(ZONE), "d MMM HH:mm", locale=locale_of(lang))


def size(length: int, lang: str) -> str:
    """Return a file size: 740 B, 21 KB, 1.4 MB (octets in French)."""
    unit = "o" if lang == "fr" else "B"
    if length < 1000:
        return f"{length} {unit}"
    if length < 1_000_000:
        return f"{length / 1000:.0f} K{unit}".replace("K", "k" if lang == "fr" else "K")
    return f"{number(Decimal(f'{length / 1_000_000:.1f}'), lang)} M{unit}"


def phone(number: str) -> str:
    """Return a phone number in international writing; other texts come back as they are."""
    try:
        parsed = phonenumbers.parse(number, "FR")
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


LINKS = re.compile(
    r"\[URL=(https?://[^\]\s]+)\](.*?)\[/URL\]|<a href=[\"'](https?://[^\"'\s]+)[\"'][^>]*>(.*?)</a>",
    re.IGNORECASE | re.DOTALL,
)
MARKS = re.compile(r"\[/?(?:B|I|U|BR|URL)(?:=[^\]]*)?\]|</?(?:b|i|u|a|br)\b[^>]*>", re.IGNORECASE)


def bbcode(text: str) -> Markup:
    """Return a notification as HTML: its links work, other marks are left out."""
    parts, at = [], 0
    for found in LINKS.finditer(text):
        parts.append(escape(MARKS.sub("", text[at : found.start()])))
        href, words = found.group(1) or found.group(3), found.group(2) or found.group(4)
        link = Markup('<a href="{}" target="_blank" rel="noopener">{}</a>')
        parts.append(link.format(href, MARKS.sub("", words)))
        at = found.end()
    return Markup("").join([*parts, escape(MARKS.sub("", text[at:]))])


# Sentences the scripts say; printed into the page by `base.html`.
SCRIPT_TEXTS = (
    "Application", "Cancel", "Choose", "Choose a colleague", "Choose a rule", "Choose colleagues",
    "Choose from the CRM", "Close", "Deal moved to “{stage}”.", "Delete", "Delete this rule?",
    "Document is being prepared.", "Name on the board", "No", "No value yet", "Nothing found.",
    "Nothing set yet: choose above", "{n} of {all} values set",
    "Opening the application…", "Panel", "Rule deleted.", "Rule saved.", "Save", "Search",
    "Settings received from the application. Press Save to keep them.",
    "The application could not be opened.", "The portal does not answer.", "Try again",
    "When this happens, the deal moves here.", "Who has access", "Yes",
)  # fmt: skip


def script_texts(lang: str) -> dict[str, str]:
    """Return the scripts' sentences, English to `lang`."""
    return {text: say(text, lang) for text in SCRIPT_TEXTS}
