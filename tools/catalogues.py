"""Merge the parts of the translations, and say which sentences lack one.

Each room keeps `locales/parts/<room>.<lang>.po`; together they are `locales/<lang>.po`, which the
product reads. `catalogues.py` rewrites that file; `--check` only compares. Both exit with 1 when a
sentence of the sources has no translation, when two parts disagree, or when a {gap} got lost.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import normalize, read_po

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ("fr",)
"""Languages in which every sentence is there."""
SIGNERS = ("de", "es", "it", "pl", "pt-BR", "ru")
"""Languages in which all that a signer reads is there; the frames of the portal stay English."""
LANGUAGES = (*WHOLE, *SIGNERS)
FOR_SIGNERS = (
    "templates/pages/sign/",
    "templates/pages/error.html",
    "templates/messages/",
    "handlers/signing",
    "app/actions/sign",
    "app/core/acts.py",
    "app/core/field_formats.py",
    "app/core/fields.py",
    "app/core/signing.py",
    "app/errors.py",
    "app/http/errors.py",
    "app/http/signing_guard.py",
    "app/delivery/messages.py",
    "app/documents/attachment.py",
    "app/documents/certificate",
    "app/documents/hands.py",
    "app/documents/signature_picture.py",
)
"""Where the sentences stand that a signer may read: page, messages and certificate."""
ROOMS = ("app", "handlers", "placements")
CALLS = frozenset({"_", "gettext", "translate", "say", "N_", "Problem"})
GAP = re.compile(r"\{([a-z_]*)\}")
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "it": "nplurals=2; plural=(n != 1);",
    "pt-BR": "nplurals=2; plural=(n > 1);",
    "pl": "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
    "ru": "nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : "
    "n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);",
}


@dataclass
class Findings:
    """What is wrong, each a line for a person; `merged` is the whole catalogue."""

    merged: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def survey(lang: str, root: Path = ROOT) -> Findings:
    """Return the merged parts of `lang` and all that is wrong with them."""
    found = Findings()
    _merge(lang, root, found)
    sentences = dict(wanted(root))
    for sentence, place in sorted(_needed(lang, root)):
        if sentence not in found.merged:
            found.faults.append(f"{place}: no {lang} for {sentence!r}")
    literals = _literals(root)
    for sentence in found.merged:
        if sentence not in sentences and sentence not in literals:
            found.faults.append(f"{lang}: nothing says {sentence!r} any more")
    return found


def _needed(lang: str, root: Path) -> set[tuple[str, str]]:
    """Return (sentence, place) of all that must be there in `lang`."""
    if lang in WHOLE:
        return set(dict(wanted(root)).items())
    said = {(sentence, place) for sentence, place in wanted(root) if place.startswith(FOR_SIGNERS)}
    french = Findings()
    _merge("fr", root, french)
    return said | {
        (sentence, place)
        for sentence, place in _literals_by_place(root)
        if place.startswith(FOR_SIGNERS) and sentence in french.merged
    }


def wanted(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Yield every sentence a person may read, with the file that says it."""
    errors = _error_names(root / "app" / "errors.py")
    for source in _sources(root):
        for sentence in _in_python(source, errors):
            yield sentence, str(source.relative_to(root))
    for template in _templates(root):
        with template.open("rb") as stream:
            for _, message, _, _ in extract("jinja2", stream, keywords={"_": None}):
                text = message if isinstance(message, str) else message[0]
                yield text, str(template.relative_to(root))


def catalogue(lang: str, merged: dict[str, str]) -> str:
    """Return the text of locales/<lang>.po: sorted, without dates, so that it changes only with it."""
    head = [
        "# Made by tools/catalogues.py from locales/parts/; change it there.",
        'msgid ""',
        'msgstr ""',
        f'"Language: {lang}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {PLURALS[lang]}\\n"',
        "",
    ]
    for sentence in sorted(merged):
        head += [f"msgid {_quoted(sentence)}", f"msgstr {_quoted(merged[sentence])}", ""]
    return "\n".join(head)


def main(arguments: list[str]) -> int:
    """Write or compare the catalogues; return the exit code."""
    faults: list[str] = []
    for lang in LANGUAGES:
        found = survey(lang)
        faults += found.faults
        target = ROOT / "locales" / f"{lang}.po"
        text = catalogue(lang, found.merged)
        if "--check" not in arguments:
            target.write_text(text, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != text:
            faults.append(f"locales/{lang}.po is older than its parts: run tools/catalogues.py")
    for fault in faults:
        sys.stdout.write(fault + "\n")
    return 1 if faults else 0


def _merge(lang: str, root: Path, found: Findings) -> None:
    for part in sorted((root / "locales" / "parts").glob(f"*.{lang}.po")):
        with part.open("rb") as stream:
            messages = [
                message for message in read_po(stream, locale=lang.replace("-", "_")) if message.id
            ]
        for message in messages:
            sentence, translation = str(message.id), str(message.string)
            known = found.merged.setdefault(sentence, translation)
            if known != translation:
                found.faults.append(f"{part.name}: another part says {sentence!r} differently")
            if not translation:
                found.faults.append(f"{part.name}: {sentence!r} is empty")
            elif set(GAP.findall(sentence)) != set(GAP.findall(translation)):
                found.faults.append(f"{part.name}: the gaps of {sentence!r} differ")


def _sources(root: Path) -> list[Path]:
    return sorted(path for room in ROOMS for path in (root / room).rglob("*.py"))


def _templates(root: Path) -> list[Path]:
    kinds = {".html", ".txt", ".jinja", ".svg", ".xml"}
    return sorted(path for path in (root / "templates").rglob("*") if path.suffix in kinds)


def _error_names(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef))


def _in_python(source: Path, errors: frozenset[str]) -> Iterator[str]:
    """Yield what a call of CALLS or of an error says, and every `message_key`."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            first = node.args[:1] if _name(node.func) in CALLS | errors else []
            keys = [word.value for word in node.keywords if word.arg == "message_key"]
            candidates: list[ast.expr] = [*first, *keys]
        elif isinstance(node, ast.AnnAssign) and _name(node.target) == "message_key":
            candidates = [node.value] if node.value else []
        elif isinstance(node, ast.Assign) and _name(node.targets[0]) == "message_key":
            candidates = [node.value]
        else:
            continue
        for value in candidates:
            yield from _strings(value)


def _strings(value: ast.expr) -> Iterator[str]:
    """Yield the string of a constant, or both of `a if x else b`."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from _strings(value.body)
        yield from _strings(value.orelse)


def _literals(root: Path) -> set[str]:
    """Return every string constant of the sources: keys that are looked up by a variable."""
    return {sentence for sentence, _ in _literals_by_place(root)}


def _literals_by_place(root: Path) -> Iterator[tuple[str, str]]:
    for source in _sources(root):
        place = str(source.relative_to(root))
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, place


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _quoted(text: str) -> str:
    return str(normalize(text, width=0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
