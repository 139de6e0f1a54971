"""A begun form: which values of the first screen are kept for the next opening, and how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from app.core.draft import MAX_MESSAGE
from app.core.sources import MAX_DOCUMENTS

KEPT_FOR = timedelta(hours=24)
"""As long as a file that was brought may be named."""
_CLAIM = 2_000
"""Characters of the claim that stands for a brought file."""
_LENGTHS = {
    "source": _CLAIM,
    "source_name": 255,
    "our_user": 20,
    "contact": 20,
    "name": 200,
    "email": 254,
    "phone": 40,
    "channel": 8,
    "needs_code": 3,
    "first": 8,
    "message": MAX_MESSAGE,
    "layout_id": 40,
}

Values = dict[str, list[str]]
"""By the input's name; only further documents ("more", and "more_name" beside each) are several."""


def values_of(posted: Mapping[str, Sequence[str]]) -> Values:
    """Return what is kept of a posted form: known inputs, each cut to its length."""
    found = {
        name: [posted[name][0][:length]] for name, length in _LENGTHS.items() if posted.get(name)
    }
    for name, length in (("more", _CLAIM), ("more_name", 255)):
        found[name] = [one[:length] for one in posted.get(name, ())][: MAX_DOCUMENTS - 1]
    return found


def tells_of(values: Values, address: str) -> bool:
    """Whether an e-mail address or phone number stands anywhere in the form."""
    wanted = _plain(address)
    return bool(wanted) and any(wanted in _plain(text) for many in values.values() for text in many)


def _plain(text: str) -> str:
    """Without case and without what people put between the digits of a number."""
    return "".join(letter for letter in text.casefold() if letter not in " ().-\u00a0\u202f")
