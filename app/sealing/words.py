"""A judgement in plain words, for a terminal. The first line is the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from textwrap import wrap

from app.core.trail import TrailSigner, summarise
from app.sealing.checks import CheckState, checks
from app.sealing.report import ISSUER_UNKNOWN, SealReport, Verdict
from app.texts import Translate, translator

WIDTH = 88
_MARKS = {
    CheckState.PASSED: "[x]",
    CheckState.FAILED: "[!]",
    CheckState.DOUBTED: "[?]",
    CheckState.NOT_REACHED: "[ ]",
}


def _(text: str) -> str:
    """Mark a sentence for the catalogue; it is translated when used."""
    return text


_VERDICTS = {
    Verdict.VALID: _("Valid: sealed, and unchanged since."),
    Verdict.UNKNOWN_ISSUER: _("Not accepted: unchanged, but nobody known vouches for the seal."),
    Verdict.INVALID: _("Not accepted: this is not a sealed original."),
    Verdict.NOT_SEALED: _("Not sealed: nothing in this file can be checked."),
}
_LIMITS = (
    _(
        "Who the people are. That is as certain as the way each was identified, said beside their name."
    ),
    _(
        "What the document says, and whether the law asks for another form. "
        "These are electronic signatures, not qualified ones."
    ),
)


def as_text(report: SealReport, *, lang: str, name: str) -> str:
    """Return `report` on the file called `name`, in lines for a person."""
    say = translator(lang)
    lines = [say(_VERDICTS[report.verdict])]
    lines += [line for one in report.reasons for line in _folded(say(one.sentence))]
    lines += ["", *_facts(report, say, name)]
    for signer in summarise(report.trail).signers:
        lines += ["", *_signer(signer, say)]
    lines += ["", say("What was checked"), *_steps(report, say)]
    if report.is_valid:
        lines += ["", say("What was not checked")]
        lines += [line for one in _LIMITS for line in _folded(say(one), first="  - ", rest="    ")]
    return "\n".join(_printable(line) for line in lines)


def _facts(report: SealReport, say: Translate, name: str) -> list[str]:
    trail = summarise(report.trail)
    by = report.sealed_by
    if by and report.self_issued:
        by += f" ({say('with a key the company made itself')})"
    elif by and ISSUER_UNKNOWN in report.reasons:
        by += f" ({say('a name that anyone can write')})"
    elif by and report.is_valid:
        by += f" ({say('certified by {name}').format(name=report.issuer)})"
    at = f"{_moment(report.sealed_at)} ({report.authority})" if report.sealed_at else ""
    rows = {
        "File": name,
        "Document": trail.title,
        "Number": trail.number,
        "Sealed by": by,
        "Sealed at": at,
        "Level": report.level,
        "SHA-256": report.file_sha256,
    }
    width = max(len(say(label)) for label in rows) + 2
    return [f"{say(label):<{width}}{value}" for label, value in rows.items() if value]


def _signer(signer: TrailSigner, say: Translate) -> Iterator[str]:
    who = f"{signer.name}, {signer.company}" if signer.company else signer.name
    yield f"{say('Signed')}: {who}"
    yield f"  {_moment(signer.signed_at)}"
    if signer.identified:
        yield f"  {signer.told(say)}"


def _steps(report: SealReport, say: Translate) -> Iterator[str]:
    for step in checks(report):
        yield f"  {_MARKS[step.state]} {say(step.title)}"


def _folded(text: str, *, first: str = "", rest: str = "") -> list[str]:
    return wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def _printable(line: str) -> str:
    """Names come from the file: what could steer a terminal is shown as a mark."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in line)
