"""Rules of the signing page: what a recipient may do now, how one is identified, what is bound by digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from app.core.envelope import RecipientState, Role, Seat, Status, whose_turn
from app.core.evidence import digest_of
from app.core.fields import SignatureImage, SignatureWay
from app.errors import NotYourTurn, WrongState


class LinkPurpose(StrEnum):
    """Who was meant to open a signing link."""

    SIGN = "sign"
    COPIED = "copied"
    """Shown to the sender, who handed it over."""
    PORTAL = "portal"
    """Opened by the colleague who is signed in to the portal."""
    HERE = "here"
    """Opened by a colleague on their own device, for the person who sits beside them."""
    APPROVE = "approve"
    """Lets the sender answer whether someone else may sign; it opens no document."""


class Stage(StrEnum):
    """What the page shows: each stage has one page and one next step."""

    READY = "ready"
    NOT_YOUR_TURN = "not_your_turn"
    WAITING = "waiting"
    """This person has nothing (more) to do; others have."""
    SEALING = "sealing"
    DONE = "done"
    DECLINED = "declined"
    EXPIRED = "expired"
    VOIDED = "voided"
    HANDING_OVER = "handing_over"
    """This person proposed a colleague; the sender has not answered."""
    HANDED_OVER = "handed_over"


_BY_STATUS = {
    Status.SIGNED: Stage.SEALING,
    Status.SEALED: Stage.DONE,
    Status.DECLINED: Stage.DECLINED,
    Status.EXPIRED: Stage.EXPIRED,
    Status.VOIDED: Stage.VOIDED,
}


@dataclass(frozen=True, slots=True)
class SigningCaller:
    """Who knocks at the signing page: proven by a link, never by what a request says."""

    link_id: str
    purpose: LinkPurpose
    portal_id: str
    envelope_id: str
    recipient_id: str
    lang: str = "en"
    """Language of the pages: the recipient's, unless switched."""
    witness: str = ""
    """Name of the colleague who is present, on a link HERE."""
    ip: str = ""
    browser: str = ""

    @property
    def actor(self) -> str:
        """How the audit chain names this person."""
        return f"recipient:{self.recipient_id}"


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file a signer brought for one field: the digest of what is kept of it, proof and name."""

    digest: str
    mark: str
    name: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What a signer sends, typed. `values` by field id; one image serves all fields of its kind."""

    seen: str
    """The `shown_digest` of what the page displayed."""
    consent_hash: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    signature: SignatureImage | None = None
    initials: SignatureImage | None = None
    stamp: SignatureImage | None = None
    uses_drawn_stamp: bool = False
    """The stamp we draw from the company's name, when no picture of one came."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Digest of each picture named above → the proof that this signer brought it."""
    code: str = ""
    files: Mapping[str, BroughtFile] = field(default_factory=dict)
    """By field id."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What one field receives: a text, the look of a signature, or a file (its digest; `value` is its name)."""

    value: str = ""
    file: str = ""
    image: SignatureImage | None = None


CODE_DIGITS = 6
CODE_TRIES = 5
CODES_A_DAY = 5
CODE_LIFE_S = 600
CODE_PAUSE_S = 30
PORTAL_CODES_AN_HOUR = 300
"""Ceiling for one portal against SMS pumping."""


def stage(status: Status, me: Seat, seats: Sequence[Seat], *, is_late: bool = False) -> Stage:
    """Return what `me` is shown. `is_late`: the deadline has passed, though nothing marked it yet."""
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if is_late:
        return Stage.EXPIRED
    if me.role is not Role.SIGNER or me.state is RecipientState.SIGNED:
        return Stage.WAITING
    turn = {seat.id for seat in whose_turn(seats)}
    return Stage.READY if me.id in turn else Stage.NOT_YOUR_TURN


def require_ready(stage: Stage) -> None:
    """Pass when the person may sign or decline now; raises NotYourTurn, else WrongState."""
    if stage is Stage.NOT_YOUR_TURN:
        raise NotYourTurn
    if stage is not Stage.READY:
        raise WrongState


def asks_code(purpose: LinkPurpose, needs_code: bool) -> bool:
    """Whether signing over a link of `purpose` takes a one-time code: not from whom the portal has proven.

    A colleague who is present does not stand in for the code: the sender asked for it, and may lift it.
    """
    return needs_code and purpose is not LinkPurpose.PORTAL


def identified_by(
    purpose: LinkPurpose, needs_code: bool, channel: str, *, code_channel: str = ""
) -> str:
    """Return the level reached: portal, in_person, code_other, code_same or link (see the recipients table).

    code_channel: over which the accepted code travelled; "" when it is the invitation's.
    """
    if purpose is LinkPurpose.PORTAL:
        return "portal"
    if purpose is LinkPurpose.HERE:
        return "in_person"
    if not needs_code:
        return "link"
    is_other = channel == "link" or code_channel not in ("", channel)
    return "code_other" if is_other else "code_same"


def code_address(channel: str, email: str, phone: str) -> tuple[str, str]:
    """Return (channel, address) that a code travels over: the invitation's, else what there is.

    ("", "") when the person has neither an e-mail address nor a phone number.
    """
    return next(iter(code_ways(channel, email, phone)), ("", ""))


def code_ways(channel: str, email: str, phone: str) -> list[tuple[str, str]]:
    """Return every (channel, address) that a code may travel over, the invitation's first."""
    ways = [("email", email), ("sms", phone)]
    if channel == "sms":
        ways.reverse()
    return [(way, address) for way, address in ways if address]


def shown_digest(printed: Sequence[str]) -> str:
    """Return one digest for what is shown: of one document its own, of several that of their list."""
    if len(printed) == 1:
        return printed[0]
    return hashlib.sha256("\n".join(printed).encode()).hexdigest()


def filled_digest(filled: Mapping[str, Filled]) -> str:
    """Return the SHA-256 over every value and signature a person put on the document, by field key."""
    return digest_of({key: _filling(one) for key, one in filled.items()})


def _filling(filled: Filled) -> object:
    if filled.file:
        return {"name": filled.value, "sha256": filled.file}
    return image_to_json(filled.image) or filled.value


def image_to_json(image: SignatureImage | None) -> dict[str, object] | None:
    """Return `image` as the JSON a field row keeps: only what its way needs."""
    if image is None:
        return None
    values: dict[str, object] = {"way": image.way.value, "text": image.text, "hand": image.hand}
    values["strokes"] = [[list(point) for point in stroke] for stroke in image.strokes]
    return {**values, "aspect": image.aspect, "picture": image.picture}


def image_from_json(values: Mapping[str, Any]) -> SignatureImage:
    """Return the image that `image_to_json` kept."""
    strokes = values.get("strokes") or ()
    return SignatureImage(
        way=SignatureWay(values["way"]),
        text=str(values.get("text", "")),
        hand=str(values.get("hand", "")),
        strokes=tuple(tuple((float(x), float(y)) for x, y in stroke) for stroke in strokes),
        aspect=float(values.get("aspect", 3.0)),
        picture=str(values.get("picture", "")),
    )


def masked(address: str) -> str:
    """Return an e-mail or phone number that its owner recognises and nobody else learns."""
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}•••{name[-1:] if len(name) > 3 else ''}@{host}"
    digits = [c for c in address if c.isdigit()]
    return f"••\u00a0••\u00a0{''.join(digits[-2:])}" if len(digits) > 4 else "••••"


def stamp_name(role_key: str, company: str, our_company: str) -> str:
    """Return the name on a drawn stamp: the person's company, or the sender's for its own signer."""
    return company or (our_company if role_key == "us" else "")


def initials_of(name: str) -> str:
    """Return the initials of a person: "Anne-Marie Le Goff" gives "AMLG"."""
    parts = name.replace("-", " ").split()
    return "".join(part[0].upper() for part in parts)[:4]


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

_SEPARATORS = {"fr": "/", "es": "/", "it": "/", "pt-BR": "/", "de": ".", "pl": ".", "ru": "."}


def date_in_words(day: date, lang: str) -> str:
    """Return the date a "date signed" field shows: 24/11/2026 in French, 24.11.2026 in German; else in words."""
    if lang in _SEPARATORS:
        return _SEPARATORS[lang].join((f"{day.day:02d}", f"{day.month:02d}", str(day.year)))
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def signed_date(now: datetime, lang: str) -> str:
    """Return the UTC date of `now` for a "date signed" field."""
    return date_in_words(now.astimezone(UTC).date(), lang)
