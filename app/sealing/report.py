"""What a judgement on a PDF says: a verdict, reasons with stable codes, and what is known of the seal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The value is the word in JSON output."""

    VALID = "valid"
    """Ours, whole, unchanged."""
    UNKNOWN_ISSUER = "unknown_issuer"
    """Unchanged since it was sealed, but nobody we trust vouches for the key or the time: never accepted."""
    INVALID = "invalid"
    NOT_SEALED = "not_sealed"


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code for programs and an English sentence (the gettext key) for people."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class SealReport:
    """What is known about a file. What follows `file_sha256` is empty unless the seal itself holds."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    """Why the verdict is not "valid"; empty when it is."""
    file_sha256: str
    sealed_at: datetime | None = None
    """The time-stamp authority's time, aware UTC."""
    sealed_by: str = ""
    issuer: str = ""
    authority: str = ""
    level: str = ""
    """For example "PAdES B-T"."""
    covers_whole_file: bool = False
    self_issued: bool = False
    """The key was made by the installation itself; nobody else vouches for the name in it."""
    trail: Mapping[str, Any] | None = None
    """The attached evidence; only of a file whose verdict is valid."""
    trail_head: str = ""

    @property
    def is_valid(self) -> bool:
        return self.verdict is Verdict.VALID


NOT_PDF = Reason("not_pdf", "This is not a PDF file.")
NO_SEAL = Reason("no_seal", "This PDF carries no seal.")
TOO_LARGE = Reason("too_large", "This file is too large to be checked (more than 64 MB).")
SEVERAL_SEALS = Reason(
    "several_seals", "This file carries more than one signature; a sealed original has exactly one."
)
NOT_WHOLE_FILE = Reason(
    "not_whole_file", "The seal does not cover the whole file: something was added, cut or changed."
)
CONTAINER_FORM = Reason("container_form", "The seal itself was altered.")
CONTENT_CHANGED = Reason("content_changed", "The file was changed after it was sealed.")
SIGNATURE_WRONG = Reason("signature_wrong", "The seal does not fit the key it names.")
TIME_WRONG = Reason("time_wrong", "The time stamp is missing or does not belong to this seal.")
CERTIFICATE_WRONG = Reason(
    "certificate_wrong", "The certificate behind the seal does not hold, or did not at that time."
)
ISSUER_UNKNOWN = Reason(
    "issuer_unknown",
    "The file is unchanged since it was sealed, but by a key that we do not know. "
    "Anyone can make such a seal.",
)
TIME_ISSUER_UNKNOWN = Reason(
    "time_issuer_unknown", "The time stamp comes from an authority that we do not know."
)
STRUCTURE = Reason("structure", "The file is not built as a sealed original is.")
TRAIL_BROKEN = Reason("trail_broken", "The attached evidence is not whole.")
UNFINISHED = Reason(
    "unfinished", "The check did not come to an end: this file asks for too much work."
)

ALL_REASONS = (
    NOT_PDF,
    NO_SEAL,
    TOO_LARGE,
    SEVERAL_SEALS,
    NOT_WHOLE_FILE,
    CONTAINER_FORM,
    CONTENT_CHANGED,
    SIGNATURE_WRONG,
    TIME_WRONG,
    CERTIFICATE_WRONG,
    ISSUER_UNKNOWN,
    TIME_ISSUER_UNKNOWN,
    STRUCTURE,
    TRAIL_BROKEN,
    UNFINISHED,
)


def to_json(report: SealReport) -> dict[str, Any]:
    """Return `report` as JSON values: what programs read, and what `from_json` takes back."""
    return {
        "verdict": report.verdict.value,
        "reasons": [{"code": one.code, "sentence": one.sentence} for one in report.reasons],
        "sha256": report.file_sha256,
        "sealed_at": report.sealed_at.isoformat() if report.sealed_at else None,
        "sealed_by": report.sealed_by,
        "issuer": report.issuer,
        "authority": report.authority,
        "level": report.level,
        "covers_whole_file": report.covers_whole_file,
        "self_issued": report.self_issued,
        "trail": report.trail,
        "trail_head": report.trail_head,
    }


def from_json(values: Mapping[str, Any]) -> SealReport:
    """Return the report that `to_json` gave; raises KeyError, TypeError or ValueError for anything else."""
    known = {one.code: one for one in ALL_REASONS}
    at = values["sealed_at"]
    return SealReport(
        verdict=Verdict(values["verdict"]),
        reasons=tuple(known[one["code"]] for one in values["reasons"]),
        file_sha256=values["sha256"],
        sealed_at=datetime.fromisoformat(at) if at else None,
        sealed_by=values["sealed_by"],
        issuer=values["issuer"],
        authority=values["authority"],
        level=values["level"],
        covers_whole_file=values["covers_whole_file"],
        self_issued=values["self_issued"],
        trail=values["trail"],
        trail_head=values["trail_head"],
    )
