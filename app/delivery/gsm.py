"""Short texts: the GSM 7-bit alphabet (3GPP TS 23.038), and sentences cut to fit one SMS."""

from __future__ import annotations

import re
import unicodedata

from app.core.own_words import filled

ONE_PART = 150
"""Septets we allow ourselves; a part holds 160, some gateways add a few of their own."""
_WHOLE, _SPLIT, _WIDE_WHOLE, _WIDE_SPLIT = 160, 153, 70, 67
"""Septets, and letters of other alphabets, of one SMS and of each part of a longer one."""
TWO_WIDE_PARTS = 134
"""Letters of two parts in UCS-2, which other alphabets need: 67 in each."""
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")
_LOOKALIKES = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "‑": "-"}
    | {
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "\u00a0": " ",
        "\u202f": " ",
        "·": "-",
        "°": "o",
        "ł": "l",
        "Ł": "L",
    }
)
_SHORTEST = 6
_CUT = "..."
# A value cut short ends in dots; the sentence around it may bring its own stop.
_MORE_DOTS = re.compile(r"\.{4,}")
_READABLE = 14
"""Letters of a value that is cut between words; a shorter one is cut anywhere."""
_DANGLING = re.compile(r"[\s,;:(-]+(?:\w{1,2}\.?)?$")


def gsm7(text: str) -> str:
    """Return `text` in the GSM alphabet where a letter has a plain form there.

    Letters without one (Cyrillic, Greek small letters...) stay, and the message is sent as UCS-2.
    """
    return "".join(_plain(char) for char in text.translate(_LOOKALIKES))


def septets(text: str) -> int:
    """Return the length of `text` in GSM septets; brackets, braces and the euro count twice."""
    return sum(2 if char in _EXTENDED else 1 for char in text)


def is_gsm7(text: str) -> bool:
    """Whether `text` needs no other alphabet."""
    return set(text) <= _BASIC | _EXTENDED


def parts(text: str) -> int:
    """Return how many SMS a gateway charges for `text`."""
    if is_gsm7(text):
        length, whole, split = septets(text), _WHOLE, _SPLIT
    else:
        length, whole, split = len(text.encode("utf-16-le")) // 2, _WIDE_WHOLE, _WIDE_SPLIT
    return 1 if length <= whole else -(-length // split)


def fit(pattern: str, tail: str, **values: object) -> str:
    """Return `pattern` filled with `values`, then `tail`, within ONE_PART septets or TWO_WIDE_PARTS.

    The longest value is shortened first, at its end, never below six letters; `tail` stays whole.
    """
    texts = {name: gsm7(str(value)) for name, value in values.items()}
    space = " " if tail and not tail.startswith("\n") else ""
    while True:
        whole = _MORE_DOTS.sub(_CUT, gsm7(filled(pattern, texts))) + space + tail
        excess = septets(whole) - (ONE_PART if is_gsm7(whole) else TWO_WIDE_PARTS)
        name = max(texts, key=lambda key: len(texts[key]), default="")
        if excess <= 0 or not name or len(texts[name]) <= _SHORTEST:
            return whole
        texts[name] = _shorter(texts[name])


def _shorter(text: str) -> str:
    """Return `text` without its last word, or one letter shorter, ending in dots that mark the cut.

    A word of two letters is not left dangling there ("contract no...").
    """
    rest = text.removesuffix(_CUT)
    head = _DANGLING.sub("", rest.rpartition(" ")[0])
    return (head if len(head) >= _READABLE else rest[:-1].rstrip()) + _CUT


def _plain(char: str) -> str:
    if char in _BASIC or char in _EXTENDED:
        return char
    bare = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
    return bare if bare and is_gsm7(bare) else char
