"""Sentences the signing page's script says, and names of field kinds: from the same catalogues as the pages."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import (
    format_skeleton,
    format_time,
    get_timezone_gmt,
    get_timezone_location,
)

from app.core.fields import FieldKind
from app.texts import Translate, locale_name

FIELD_NAMES = {
    FieldKind.SIGNATURE: "Signature",
    FieldKind.INITIALS: "Initials",
    FieldKind.STAMP: "Stamp",
    FieldKind.TEXT: "Text",
    FieldKind.DATE_SIGNED: "Date of signing",
    FieldKind.CHECKBOX: "Box to tick",
    FieldKind.NUMBER: "A number",
    FieldKind.DATE: "A date",
    FieldKind.CHOICE: "A choice",
    FieldKind.FILE: "A file",
}

INPUTS = {
    ("number", ""): ("text", "decimal"),
    ("number", "money"): ("text", "decimal"),
    ("number", "whole"): ("text", "numeric"),
    ("date", ""): ("date", ""),
    ("date", "past"): ("date", ""),
    ("date", "future"): ("date", ""),
    ("text", "email"): ("email", "email"),
    ("text", "phone"): ("tel", "tel"),
}
"""Type and keyboard of a plain input, by kind and format; several lines of text where there is none."""

SCRIPT = {
    "start": "Start",
    "next": "Continue",
    "sign": "Sign",
    "apply": "Use this",
    "ready": "All set",
    "readyHint": "Only your signature is left",
    "stepOf": "{n} of {total}",
    "required": "required",
    "optional": "optional",
    "onPage": "page {n}",
    "filled": "filled",
    "signHere": "Sign here",
    "initialHere": "Initials",
    "stampHere": "Stamp",
    "yourSignature": "Your signature",
    "yourInitials": "Your initials",
    "yourName": "Your name",
    "yourStamp": "Your stamp",
    "confirm": "Confirm",
    "places": "It goes in {n} places.",
    "drawHere": "Sign here with your finger or mouse",
    "pictureHere": "A photo of your signature on white paper works best",
    "stampPictureHere": "A photo of the stamp on white paper works best",
    "typeName": "Please type your name.",
    "drawFirst": "Please draw your signature.",
    "pictureFirst": "Please choose a picture of your signature.",
    "working": "One moment…",
    "signing": "Signing…",
    "tickFirst": "Please tick the box to agree before you sign.",
    "fieldRequired": "This field is required.",
    "notNumber": "This is not a number.",
    "notEmail": "Please enter an e-mail address, such as name@example.com.",
    "chooseOne": "Please choose one of the answers.",
    "addFile": "Please add the file.",
    "fileTooBig": "This file is too big: at most 8 MB.",
    "lettersLeft": "{n} letters left",
    "pleaseTick": "Please tick to go on",
    "enterCode": "Enter the code",
    "codeSent": "We sent a code of 6 digits to {address}.",
    "again": "Send a new code",
    "bysms": "Send it by text message instead",
    "byemail": "Send it by e-mail instead",
    "againIn": "Send a new code in {s} s",
    "offline": "No connection. Nothing is lost; we go on as soon as you are back online.",
    "failed": "This did not work. Please try again.",
}


def for_script(say: Translate, *, act: str) -> dict[str, str]:
    """Return the script's sentences in the reader's language; `act` names the act (English msgid)."""
    return {**{key: say(text) for key, text in SCRIPT.items()}, "act": say(act)}


def moment(at: datetime, *, zone: str, lang: str) -> str:
    """Return `at` as a person in `zone` says it, with the zone's city: "24 December, 16:29 (Paris, GMT+01:00)"."""
    where, place = ZoneInfo(zone), Locale.parse("en_GB" if lang == "en" else locale_name(lang))
    day = format_skeleton("MMMMd", at, tzinfo=where, locale=place)
    hour = format_time(at, "short", tzinfo=where, locale=place)
    offset = get_timezone_gmt(at.astimezone(where), "long", locale=place).removesuffix("+00:00")
    return (
        f"{day}, {hour} ({get_timezone_location(where, locale=place, return_city=True)}, {offset})"
    )
