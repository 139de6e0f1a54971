"""What the pages of verification show: one stage a finding, and dates in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePath

from babel.dates import format_date, format_datetime
from flask import request

from app.actions.verify import LARGEST_BYTES, LARGEST_MB, Finding
from app.errors import ParaphError
from app.http.context import services
from app.http.errors import sentence
from app.http.pages import page_language, render
from app.sealing.report import TIME_ISSUER_UNKNOWN
from app.store.register import SealedEntry
from app.texts import FRAME_LANGUAGES
from handlers.signing_pages import LANGUAGE_NAMES

LONGEST_NAME = 90


def start(
    fault: ParaphError | None = None, *, is_paper: bool = False, named: SealedEntry | None = None
) -> str:
    """Return the first page: with what was wrong with the last try, or what the paper in hand names."""
    said = sentence(fault, page_language(_wish())) if fault else ""
    return _render("start", fault=said, is_paper=is_paper, named=named)


def result(finding: Finding, name: str) -> str:
    """Return the page that tells the finding on the file called `name`."""
    return _render("result", finding=finding, stage=stage(finding), file_name=clean_name(name))


def stage(finding: Finding) -> str:
    """Return which page a finding gets.

    original: valid, and in the register; valid: not in the register (any more); kept: in the register, though the
    check did not pass; unknown_time: only the time is not vouched for; else the verdict: unknown_issuer, invalid,
    not_sealed.
    """
    if finding.report.is_valid:
        return "original" if finding.entry else "valid"
    if finding.entry:
        return "kept"
    is_time_only = finding.report.reasons == (TIME_ISSUER_UNKNOWN,)
    return "unknown_time" if is_time_only else finding.report.verdict.value


def clean_name(name: str) -> str:
    """Return a file's own name fit to be shown: no folders, nothing invisible, not too long."""
    shown = "".join(one for one in PurePath(name.replace("\\", "/")).name if one.isprintable())
    return shown if len(shown) <= LONGEST_NAME else f"{shown[: LONGEST_NAME - 12]}…{shown[-10:]}"


def _wish() -> str:
    return request.args.get("lang", "")


def _render(name: str, **values: object) -> str:
    lang = page_language(_wish())
    return render(
        f"verify/{name}.html",
        lang=lang,
        holder=services().settings.organisation,
        languages=[(code, LANGUAGE_NAMES[code]) for code in FRAME_LANGUAGES],
        largest_bytes=LARGEST_BYTES,
        largest_mb=LARGEST_MB,
        moment=_moment(lang),
        day=lambda at: format_date(at.astimezone(UTC), "d MMMM y", locale=lang),
        **values,
    )


def _moment(lang: str) -> Callable[[datetime], str]:
    def say(at: datetime) -> str:
        text = format_datetime(at, "d MMMM y, HH:mm:ss", tzinfo=UTC, locale=lang)
        return f"{text} UTC"

    return say
