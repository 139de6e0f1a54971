"""What we write to people: one template a message gives its sentences, two layouts dress them.

`templates/messages/<name>.jinja` only sets words (subject, heading, paragraphs...); `layout.html` and
`layout.txt` place them. So the plain text says what the HTML says, and no value is ever markup.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.core.own_words import EDITIONS, OwnWords, filled
from app.delivery.channel import Kind
from app.delivery.gsm import fit, gsm7
from app.delivery.message_values import EVERY, GAPS, NEEDS, OPTIONAL, OUTLINE, WORDS
from app.texts import signer_language, translator

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "messages"
TEXT_WIDTH = 76
PREVIEW = 140
"""Letters of a portal's own text that stand beside the subject in a list of mails."""


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """One message in one language for one channel; an SMS has only its text."""

    subject: str
    text: str
    html: str
    outline: Mapping[str, object] = field(default_factory=dict)
    """What the mail is made of: greeting, heading, paragraphs, action..., to show it elsewhere."""


def render(
    name: str, lang: str, values: Mapping[str, object], own: OwnWords | None = None
) -> RenderedMessage:
    """Return the message `name` (a key of NEEDS) in `lang`, or English when we do not speak it.

    own: a portal's words for this edition and language, which stand in place of ours.
    values: EVERY, NEEDS[name] and any of OPTIONAL; others are ignored. Raises ValueError for a missing
    one. An SMS fits one part wherever its letters allow (GSM 03.38), link included.
    """
    _check(name, values)
    say = _sayer(signer_language(lang))
    scope = {**OPTIONAL, **values, "lang": signer_language(lang), "_": say, "fit": fit}
    scope["sender_name"] = values["sender_name"] or values["company_name"]
    scope["company_name"] = values["company_name"] or values["sender_name"]
    scope["autofill"] = _autofill(scope)
    words = _words(_template(name, scope), scope)
    if own is not None:
        words |= _worded(own, scope)
    if scope["channel"] == Kind.SMS:
        return RenderedMessage("", gsm7(str(words["sms"])), "")
    dressed = {**scope, **words, **_around(scope, words, say)}
    return RenderedMessage(
        subject=" ".join(str(words["subject"]).split()),
        text=_squeezed(_environment().get_template("layout.txt").render(dressed)),
        html=_environment().get_template("layout.html").render(dressed),
        outline={word: dressed[word] for word in OUTLINE},
    )


def our_words(edition: str, lang: str) -> OwnWords:
    """Return what we say in an edition, its {gaps} open: what a portal may word anew."""
    one = EDITIONS[edition]
    open_gaps = {value: f"{{{gap}}}" for gap, value in GAPS.items() if gap in one.gaps}
    scope = {
        **OPTIONAL,
        **open_gaps,
        "recipient_role": one.role,
        "link": "",
        "autofill": "",
        "lang": signer_language(lang),
        "_": _sayer(signer_language(lang)),
        "fit": lambda pattern, _tail, **values: gsm7(filled(pattern, _texts(values))),
    }
    words = _words(_template(one.message, scope), scope)
    paragraphs = words["paragraphs"]
    return OwnWords(
        subject=str(words["subject"]),
        heading=str(words["heading"]),
        body="\n\n".join(map(str, paragraphs)) if isinstance(paragraphs, list) else "",
        sms=str(words["sms"]),
    )


def _worded(own: OwnWords, scope: Mapping[str, object]) -> dict[str, object]:
    """Return the words that `own` sets, its gaps filled from `scope`."""
    values = {gap: str(scope.get(value, "")) for gap, value in GAPS.items()}
    body = filled(own.body, values)
    tail = str(scope["autofill"] or scope["link"])
    found: dict[str, object] = {
        "subject": filled(own.subject, values),
        "preview": " ".join(body.split())[:PREVIEW],
        "heading": filled(own.heading, values),
        "paragraphs": [one for one in body.split("\n\n") if one.strip()],
        "sms": fit(own.sms, tail, **values) if own.sms else "",
    }
    return {word: text for word, text in found.items() if text}


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {gap: str(value) for gap, value in values.items()}


def _check(name: str, values: Mapping[str, object]) -> None:
    filled = {key for key, value in values.items() if value}
    if missing := (EVERY - set(values)) | (NEEDS[name] - filled):
        raise ValueError(f"message {name} lacks {', '.join(sorted(missing))}")


def _template(name: str, scope: Mapping[str, object]) -> str:
    """Return the template of `name`: our own signer is a colleague and is asked as one."""
    ours = name == "invitation" and scope["recipient_role"] == "us"
    return "colleague-turn.jinja" if ours else f"{name}.jinja"


def _autofill(scope: Mapping[str, object]) -> str:
    """Return the last line by which phones offer the code on our page (WICG origin-bound codes)."""
    origin = urlsplit(str(scope["base_url"]))
    code = scope.get("code")
    return f"\n\n@{origin.hostname} #{code}" if code and origin.scheme == "https" else ""


def _words(template: str, scope: Mapping[str, object]) -> dict[str, object]:
    """Return what the template sets, and the defaults of what it does not."""
    module = _environment().get_template(template).make_module(dict(scope))
    return {word: getattr(module, word, default) for word, default in WORDS.items()}


def _around(
    scope: Mapping[str, object], words: Mapping[str, object], say: _Say
) -> dict[str, object]:
    """Return what all mails share: greeting, deadline, the sender's words to the other party, the initial."""
    is_asked = bool(words["action"]) and scope["recipient_role"] != "sender"
    to_client = is_asked and scope["recipient_role"] != "us"
    note = str(scope["message"]).strip() if to_client else ""
    own_words = {"quote": note, "quote_by": scope["sender_name"]} if note else {}
    due = scope["deadline"] if is_asked else ""
    name = scope["recipient_name"]
    return {
        "greeting": say("Hello {name},", name=name) if name else say("Hello,"),
        "due": say("To sign by {date}", date=due) if due else "",
        "initial": str(scope["company_name"]).strip()[:1].upper(),
        **own_words,
    }


_Say = Callable[..., str]


def _sayer(lang: str) -> _Say:
    """Return `_` of the templates: a translated sentence, its {gaps} filled when values are given."""
    translate = translator(lang)

    def say(sentence: str, **values: object) -> str:
        text = translate(sentence)
        return text.format_map(values) if values else text

    return say


def _filled(text: str) -> str:
    """Return `text` wrapped for plain-text mail; links and non-breaking spaces stay whole."""
    lines = text.splitlines()
    wrapped = [
        textwrap.fill(line, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False)
        for line in lines
    ]
    return "\n".join(wrapped)


def _squeezed(text: str) -> str:
    """Return `text` with no more than one empty line in a row."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1]):
            lines.append(line if line == "-- " else line.rstrip())
    return "\n".join(lines) + "\n"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["filled"] = _filled
    return environment
