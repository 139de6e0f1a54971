"""Letters of every script: which of this host's fonts has them, and how right-to-left text is laid out.

Our own font comes first, then those of the host. What no font has is written by its number ("U+4E2D") and
reported: a name must never become empty boxes without a word.
Source: Unicode 15, UAX 9 (order, without embeddings) and the Arabic presentation forms of UnicodeData.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import structlog
from fontTools.ttLib import TTFont as FontFile
from fontTools.ttLib import TTLibError
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from app.documents.hands import FONTS

_log = structlog.get_logger(__name__)

SANS = "ParaphSans"
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts")
_HOST_FILES = (
    "NotoSans-Regular.ttf", "NotoSansArabic-Regular.ttf", "NotoNaskhArabic-Regular.ttf", "DejaVuSans.ttf",
    "NotoSansHebrew-Regular.ttf", "NotoSansDevanagari-Regular.ttf", "NotoSansBengali-Regular.ttf",
    "NotoSansTamil-Regular.ttf", "NotoSansThai-Regular.ttf", "NotoSansGeorgian-Regular.ttf",
    "NotoSansArmenian-Regular.ttf", "NotoSansEthiopic-Regular.ttf", "DroidSansFallbackFull.ttf",
    "wqy-zenhei.ttc", "wqy-microhei.ttc", "fonts-japanese-gothic.ttf", "NanumGothic.ttf",
)  # fmt: skip
"""Fonts that a PDF may carry (TrueType outlines), in the order in which they are asked."""
PROBES = {
    "Arabic": "ع",
    "Hebrew": "א",
    "Devanagari": "अ",
    "Thai": "ก",
    "Chinese": "中",
    "Korean": "한",
}
_JOINERS = frozenset({"<initial>", "<medial>", "<final>", "<isolated>"})


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return the names of all fonts to be had, best first; ours is registered at once, others when needed."""
    pdfmetrics.registerFont(TTFont(SANS, str(FONTS / "IBMPlexSans-Regular.ttf")))
    return (SANS, *_host_fonts())


@lru_cache(maxsize=1)
def _host_fonts() -> dict[str, Path]:
    wanted = {name.casefold(): name for name in _HOST_FILES}
    found: dict[str, Path] = {}
    for folder in map(Path, _FOLDERS):
        for path in sorted(folder.rglob("*.tt[fc]")) if folder.is_dir() else ():
            if path.name.casefold() in wanted:
                found.setdefault(wanted[path.name.casefold()], path)
    return {f"Paraph-{name}": found[name] for name in _HOST_FILES if name in found}


@lru_cache(maxsize=32)
def _letters_of(name: str) -> frozenset[int]:
    if name == SANS:
        return frozenset(pdfmetrics.getFont(SANS).face.charToGlyph)
    try:
        with FontFile(str(_host_fonts()[name]), lazy=True, fontNumber=0) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError):
        return frozenset()


@lru_cache(maxsize=32)
def _usable(name: str) -> bool:
    """Register a font of the host; False when it cannot go into a PDF."""
    if name == SANS:
        return bool(names())
    try:
        pdfmetrics.registerFont(TTFont(name, str(_host_fonts()[name]), subfontIndex=0))
    except (TTFError, OSError, KeyError, ValueError):
        return False
    return True


@lru_cache(maxsize=4096)
def font_of(letter: str) -> str:
    """Return the first font that has `letter`, "" when none has."""
    names()
    if letter.isspace():
        return SANS
    code = ord(letter)
    return next((n for n in names() if code in _letters_of(n) and _usable(n)), "")


def whole_font(text: str) -> str:
    """Return the first font that has every letter of `text`, "" when none has them all."""
    letters = {ord(letter) for letter in text if not letter.isspace()}
    return next((n for n in names() if letters <= _letters_of(n) and _usable(n)), "")


def missing_scripts() -> tuple[str, ...]:
    """Return the scripts this host has no font for, for the self-check."""
    return tuple(script for script, letter in PROBES.items() if not font_of(letter))


def written(text: str) -> str:
    """Return `text` with every letter that no font has as its number."""
    unknown = {letter for letter in text if not font_of(letter) and letter.isprintable()}
    if not unknown:
        return text
    _log.warning(
        "letters_without_font", letters=sorted(f"U+{ord(one):04X}" for one in unknown)[:20]
    )
    return "".join(f"[U+{ord(one):04X}]" if one in unknown else one for one in text)


def runs(text: str, *, first: str = "") -> list[tuple[str, str]]:
    """Return `text`, as it stands from left to right, in pieces of one font each: (font, piece).

    first: a font that is preferred where it has the letter.
    """
    shown = written(visual(text))
    one = first or whole_font(shown)
    known = _letters_of(one) if one in names() else frozenset(_face(one)) if one else frozenset()
    found = groupby(shown, key=lambda c: one if one and _has(known, c) else font_of(c) or SANS)
    return [(font, "".join(piece)) for font, piece in found]


def _face(name: str) -> Iterable[int]:
    face: dict[int, int] = pdfmetrics.getFont(name).face.charToGlyph
    return face


def _has(known: frozenset[int], letter: str) -> bool:
    return letter.isspace() or ord(letter) in known


def width(text: str, size: float) -> float:
    """Return how wide `text` is in points."""
    return sum(float(pdfmetrics.stringWidth(piece, font, size)) for font, piece in runs(text))


def visual(text: str) -> str:
    """Return the letters of one line from left to right, Arabic ones joined; text without any is unchanged."""
    if not any(_is_rtl(letter) for letter in text):
        return text
    shaped = _joined(text)
    base_is_rtl = _is_rtl(next(one for one in shaped if _is_strong(one)))
    pieces = list(_directed(shaped, base_is_rtl=base_is_rtl))
    if base_is_rtl:
        pieces.reverse()
    return "".join(_mirrored(piece) if rtl else piece for piece, rtl in pieces)


def _is_rtl(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("R", "AL")


def _is_strong(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("R", "AL", "L")


def _directed(text: str, *, base_is_rtl: bool) -> Iterator[tuple[str, bool]]:
    """Runs of one direction; what has none of its own goes with both sides when they agree, else with the line."""
    ways: list[bool | None] = [
        _is_rtl(one) if _is_strong(one) else False if one.isdigit() else None for one in text
    ]
    for index, way in enumerate(ways):
        if way is None:
            before = next((w for w in reversed(ways[:index]) if w is not None), base_is_rtl)
            after = next((w for w in ways[index + 1 :] if w is not None), base_is_rtl)
            ways[index] = before if before == after else base_is_rtl
    for rtl, group in groupby(zip(text, ways, strict=True), key=lambda pair: bool(pair[1])):
        yield "".join(letter for letter, _ in group), rtl


_PAIRS = str.maketrans("()[]{}<>«»", ")(][}{><»«")


def _mirrored(piece: str) -> str:
    """The letters backwards, marks still behind the letter they belong to."""
    clusters: list[str] = []
    for letter in piece.translate(_PAIRS):
        if clusters and unicodedata.combining(letter):
            clusters[-1] += letter
        else:
            clusters.append(letter)
    return "".join(reversed(clusters))


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, str]]:
    """Base letters (and lam with alef) -> {"<initial>": its form, ...}, from UnicodeData."""
    found: dict[str, dict[str, str]] = {}
    for code in (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD)):
        kind, *bases = unicodedata.decomposition(chr(code)).split() or [""]
        base = "".join(chr(int(one, 16)) for one in bases)
        if kind in _JOINERS and (len(base) == 1 or (len(base) == 2 and base[0] == "\u0644")):
            found.setdefault(base, {}).setdefault(kind, chr(code))
    return {base: forms for base, forms in found.items() if len(base) == 1 or base[1] in "آأإا"}


def _joined(text: str) -> str:
    forms, letters = _forms(), _with_ligatures(text)
    out = []
    for index, letter in enumerate(letters):
        mine = forms.get(letter)
        if mine is None:
            out.append(letter)
            continue
        left = "<initial>" in forms.get(_beside(letters, index, -1), {})
        right = "<initial>" in mine and "<final>" in forms.get(_beside(letters, index, 1), {})
        kind = (
            ("<medial>" if right else "<final>") if left else "<initial>" if right else "<isolated>"
        )
        out.append(mine.get(kind, letter))
    return "".join(out)


def _with_ligatures(text: str) -> list[str]:
    letters: list[str] = []
    for letter in text:
        if letters and letters[-1] == "\u0644" and f"\u0644{letter}" in _forms():
            letters[-1] += letter
        else:
            letters.append(letter)
    return letters


def _beside(letters: list[str], index: int, step: int) -> str:
    """The next letter on one side that is no mark."""
    index += step
    while 0 <= index < len(letters) and unicodedata.combining(letters[index][0]):
        index += step
    return letters[index] if 0 <= index < len(letters) else ""
