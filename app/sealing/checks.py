"""What was looked at, in the order `verify` looks, and how far a file came: for people to read.

Nothing is judged here; the verdict and its reasons say which step was the last.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.sealing import report as said
from app.sealing.report import Reason, SealReport


class CheckState(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    DOUBTED = "doubted"
    """In order by itself, but nobody we trust vouches for it."""
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class Check:
    """One step. `title` and `sentence` are English (gettext keys); the latter says what was wrong, or ""."""

    title: str
    state: CheckState
    sentence: str = ""


def _(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated when used."""
    return text


_DOUBTS = frozenset({said.ISSUER_UNKNOWN, said.TIME_ISSUER_UNKNOWN})
_STEPS: tuple[tuple[str, frozenset[Reason]], ...] = (
    (_("A PDF that carries a seal"), frozenset({said.NOT_PDF, said.NO_SEAL, said.TOO_LARGE})),
    (
        _("One seal over the whole file, to the last byte"),
        frozenset({said.SEVERAL_SEALS, said.NOT_WHOLE_FILE, said.CONTAINER_FORM}),
    ),
    (_("Content exactly as it was sealed"), frozenset({said.CONTENT_CHANGED})),
    (_("Seal made with the key it names"), frozenset({said.SIGNATURE_WRONG})),
    (
        _("Time certified by an independent authority"),
        frozenset({said.TIME_WRONG, said.TIME_ISSUER_UNKNOWN}),
    ),
    (
        _("Key known to us, and valid at that time"),
        frozenset({said.CERTIFICATE_WRONG, said.ISSUER_UNKNOWN}),
    ),
    (_("Further changes forbidden by the seal"), frozenset({said.STRUCTURE})),
    (_("Attached evidence complete, each event tied to the one before"), frozenset({said.TRAIL_BROKEN})),
)  # fmt: skip
_FIRST_INSIDE = 6
"""The first step that opens the file as a PDF."""


def checks(report: SealReport) -> tuple[Check, ...]:
    """Return every step of the check, with how `report`'s file did in it."""
    if said.UNFINISHED in report.reasons:
        return tuple(Check(title, CheckState.NOT_REACHED) for title, _reasons in _STEPS)
    # What a stranger wrote is never opened: the last steps need a key and a time that we know.
    is_closed = any(one in _DOUBTS for one in report.reasons)
    found, has_ended = [], False
    for number, (title, reasons) in enumerate(_STEPS):
        reason = next((one for one in report.reasons if one in reasons), None)
        has_ended = has_ended or (is_closed and number >= _FIRST_INSIDE)
        found.append(_check(title, reason, has_ended=has_ended))
        has_ended = has_ended or (reason is not None and reason not in _DOUBTS)
    if report.is_valid and report.trail is None:
        found[-1] = Check(found[-1].title, CheckState.NOT_REACHED)
    return tuple(found)


def _check(title: str, reason: Reason | None, *, has_ended: bool) -> Check:
    if has_ended:
        return Check(title, CheckState.NOT_REACHED)
    if reason is None:
        return Check(title, CheckState.PASSED)
    state = CheckState.DOUBTED if reason in _DOUBTS else CheckState.FAILED
    return Check(title, state, reason.sentence)
