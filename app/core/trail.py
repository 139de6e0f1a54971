"""What the evidence inside a sealed PDF says of the people: read for those who hold the file.

The file may be years old and of another version, so nothing is expected of it: what is missing or of another
shape is left out. Source of the shape: app.actions.certify.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TrailSigner:
    """A person who signed, as the evidence names them."""

    name: str
    company: str
    signed_at: datetime
    address: str
    """E-mail address or phone number used at the time."""
    identified: str
    """A sentence (English msgid) with the gap {address} or {witness}; "" when the evidence does not tell."""
    witness: str = ""
    """The colleague who was present, when signed in person."""

    def told(self, say: Callable[[str], str]) -> str:
        """Return in the language of `say` how this person was identified, "" when the evidence does not tell."""
        if not self.identified:
            return ""
        said = say(self.identified).replace("{address}", self.address or "–")
        return said.replace("{witness}", self.witness or "–")


@dataclass(frozen=True, slots=True)
class TrailSummary:
    """Whatever the evidence tells; "" and 0 where it does not."""

    number: str = ""
    title: str = ""
    company: str = ""
    events: int = 0
    signers: tuple[TrailSigner, ...] = ()


def _(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated when used."""
    return text


_IDENTIFIED = {
    "portal": _("Signed in to the company’s Bitrix24 portal."),
    "in_person": _("Signed in person, on a device of the company’s, in the presence of {witness}."),
    "code_other": _("Personal link, and a one-time code sent over another channel."),
    "code_same": _("Personal link sent to {address}, and a one-time code sent there too."),
    "link": _("Personal link sent to {address}. No further check."),
    "handed": _("Personal link handed over by the sender. No further check."),
}


def summarise(trail: Mapping[str, Any] | None) -> TrailSummary:
    """Return what `trail` tells a person; whatever it holds, nothing is raised."""
    if not isinstance(trail, Mapping):
        return TrailSummary()
    envelope, events = trail.get("envelope"), trail.get("events")
    about = envelope if isinstance(envelope, Mapping) else {}
    people = trail.get("recipients")
    rows = [one for one in people if isinstance(one, Mapping)] if isinstance(people, list) else []
    return TrailSummary(
        number=_text(about, "number"),
        title=_text(about, "title"),
        company=_text(about, "company"),
        events=len(events) if isinstance(events, list) else 0,
        signers=tuple(signer for row in rows for signer in _signers(row)),
    )


def _signers(row: Mapping[str, Any]) -> list[TrailSigner]:
    """Return the row's signer, if it is one who signed."""
    at = _moment(_text(row, "signed_at"))
    if at is None or not _text(row, "name"):
        return []
    return [
        TrailSigner(
            name=_text(row, "name"),
            company=_text(row, "company"),
            signed_at=at,
            address=_text(row, "address"),
            identified=_identified(row),
            witness=_text(row, "witness"),
        )
    ]


def _identified(row: Mapping[str, Any]) -> str:
    how = _text(row, "identified_by")
    is_handed = how == "link" and _text(row, "channel") == "link"
    return _IDENTIFIED.get("handed" if is_handed else how, "")


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None
