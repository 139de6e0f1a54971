"""A portal's own words for our messages: plain texts with named gaps, checked when kept, filled by no language.

Only {gap}s of the message are known; everything else is letters. What protects people stays ours: the button and
its link, the small print, why somebody receives this, the code itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from types import MappingProxyType
from typing import Final

from app.errors import BadInput

GAP: Final = re.compile(r"\{([a-z]+)\}")
LIMITS: Mapping[str, int] = MappingProxyType(
    {"subject": 150, "heading": 120, "body": 2_000, "sms": 300}
)
"""Letters that a person may write in each part."""
# A scheme, www, a host with something behind it ("evil.example/login"), a name@host, a number of four.
_ADDRESS = re.compile(
    r"https?:|www\.|://|\b[^\W_][\w-]*(?:\.[\w-]+)*\.[^\W\d_]{2,}(?=[/?#:]\S)"
    r"|[\w.+-]+@[\w-]+\.\w|\b\d{1,3}(?:\.\d{1,3}){3}\b",
    re.IGNORECASE,
)
# What mail programs and phones turn into a link by themselves, of the endings people know.
_KNOWN_ENDINGS = (
    "com|org|net|info|biz|app|dev|io|co|me|ru|fr|de|es|it|pl|br|eu|uk|us|ch|at|be|nl|pt|by|kz|ua|cn|in|xyz|top|site"
    "|online|shop|club|link|click|live|page|example|test|ly|gl|to|cc|tk|рф"
)
_BARE = re.compile(rf"\b[^\W_][\w-]*(?:\.[\w-]+)*\.(?:{_KNOWN_ENDINGS})\b", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Edition:
    """One message as people are offered to word it. `role`: whom it is for, as `render` knows them."""

    message: str
    group: str
    """signers, end or team."""
    gaps: tuple[str, ...]
    role: str = ""


_EVERY = ("sender", "company", "title", "name")
EDITIONS: Mapping[str, Edition] = MappingProxyType(
    {
        "invitation": Edition("invitation", "signers", (*_EVERY, "date")),
        "reminder": Edition("reminder", "signers", (*_EVERY, "date")),
        "deadline": Edition("deadline", "signers", (*_EVERY, "date")),
        "code": Edition("code", "signers", (*_EVERY, "minutes", "code")),
        "copy": Edition("copy", "end", _EVERY),
        "declined": Edition("declined", "end", (*_EVERY, "person")),
        "expired": Edition("expired", "end", (*_EVERY, "date")),
        "voided": Edition("voided", "end", _EVERY),
        "colleague-turn": Edition("invitation", "team", (*_EVERY, "client", "date"), "us"),
        "ending": Edition("ending", "team", (*_EVERY, "date"), "sender"),
        "declined-sender": Edition("declined", "team", (*_EVERY, "person"), "sender"),
        "expired-sender": Edition("expired", "team", (*_EVERY, "date"), "sender"),
        "handover": Edition("handover", "team", _EVERY, "sender"),
        "not_meant": Edition("not_meant", "team", _EVERY, "sender"),
        "renewal": Edition("renewal", "team", _EVERY, "sender"),
    }
)
"""All that may be worded anew, in the order of a document's life."""


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What a portal says in our place; "" where our words stand. `body`: an empty line parts two paragraphs."""

    subject: str = ""
    heading: str = ""
    body: str = ""
    sms: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said in our place."""
        return not any(astuple(self))


def edition_of(message: str, role: str) -> str:
    """Return which edition a message to `role` (us, sender or another) is."""
    if message == "invitation" and role == "us":
        return "colleague-turn"
    is_teams = role == "sender" and message in ("declined", "expired")
    return f"{message}-sender" if is_teams else message


def checked(edition: str, words: OwnWords) -> OwnWords:
    """Return `words` tidied; raises BadInput that names the part to correct."""
    parts = {name: _tidy(name, getattr(words, name)) for name in LIMITS}
    for name, text in parts.items():
        _check(edition, name, text)
    return OwnWords(**parts)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its {gaps} filled; a gap without a value comes out empty. Nothing else is understood."""
    return GAP.sub(lambda gap: values.get(gap[1], ""), text)


def _tidy(name: str, text: str) -> str:
    text = _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return re.sub(r"\n{3,}", "\n\n", text) if name == "body" else " ".join(text.split())


def _check(edition: str, name: str, text: str) -> None:
    known = EDITIONS[edition].gaps
    if len(text) > LIMITS[name]:
        raise BadInput("Please write {limit} letters at most.", field=name, limit=LIMITS[name])
    if _names_an_address(GAP.sub("x", text)):
        raise BadInput(
            "Leave web addresses out: the message carries its own link, and a second one looks like spam.",
            field=name,
        )
    for gap in GAP.findall(text):
        if gap not in known or (gap == "code" and name == "subject"):
            raise BadInput("This message has no value for “{gap}”.", field=name, gap=gap)
    if "{" in GAP.sub("", text) or "}" in GAP.sub("", text):
        raise BadInput(
            "Braces are for the values that we fill in. Choose one from the list.", field=name
        )
    if edition == "code" and name == "sms" and text and "{code}" not in text:
        raise BadInput("An SMS with a code must say the code.", field=name)


def _names_an_address(text: str) -> bool:
    return bool(_ADDRESS.search(text) or _BARE.search(text))
