"""Files that nobody here made, through the same door as a person's: accepted with the right picture, or refused.

Usage: python -m bench.corpus FOLDER... [--print] [--list]

Takes folders of PDF, DOCX, DOC, ODT, JPEG and PNG files; downloads nothing. For each file: "accepted" (its pages
look like the original's), "refused" (a sentence), "blank" (we show an empty page where the original has ink),
"crashed" (anything else: must be 0). --print also prints Word files by LibreOffice; --list names every file.
Exit 1 when one crashed or came out blank.
"""

from __future__ import annotations

import io
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from app.documents.child import CHILD, HELPER_GONE, TOO_MUCH, UNREADABLE
from app.documents.convert import Converter
from app.documents.pages import page_count, page_picture
from app.documents.tagged import collect_fields
from app.documents.uploads import Upload, from_upload
from app.errors import BadInput, ConversionFailed, ParaphError

KINDS = frozenset({".pdf", ".docx", ".doc", ".odt", ".jpg", ".jpeg", ".png"})
LOOKED_AT = 5
"""Pages of each file whose pictures are compared."""
WIDTH = 200
DARK = 250
INK = 0.0005
"""Share of a page that must be dark before it counts as having ink."""
BAD = ("crashed", "blank")
VAGUE = frozenset({UNREADABLE, HELPER_GONE})
"""Sentences behind which a fault of ours may hide: named in the report."""


@dataclass(frozen=True)
class Verdict:
    """What became of one file."""

    path: Path
    kind: str
    outcome: str
    said: str
    took_s: float


def judge(path: Path, converter: Converter | None) -> Verdict:
    """Return what becomes of the file at `path`."""
    started, kind = time.perf_counter(), path.suffix.lower().lstrip(".")

    def verdict(outcome: str, said: str = "") -> Verdict:
        return Verdict(path, kind, outcome, said, time.perf_counter() - started)

    try:
        data = path.read_bytes()
        found = from_upload(path.name, data)
        pdf = found.ready or _printed(found, converter)
        if not pdf:
            return verdict("accepted", "not printed")
        blank = _blank_page(pdf, data if found.kind == "pdf" else b"")
        return verdict("blank", f"page {blank + 1}") if blank >= 0 else verdict("accepted")
    except (BadInput, ConversionFailed) as error:
        return verdict("refused", str(error))
    except ParaphError as error:
        return verdict("crashed", f"{type(error).__name__}: {error}")
    except Exception as error:
        return verdict("crashed", f"{type(error).__name__}: {error}")


def _printed(found: Upload, converter: Converter | None) -> bytes:
    if converter is None:
        return b""
    return collect_fields(converter.to_pdf(found.data, kind=found.kind)).pdf


def _blank_page(ours: bytes, original: bytes) -> int:
    """The first page that is empty here and has ink in the original; -1 when there is none."""
    for index in range(min(page_count(ours), LOOKED_AT)):
        if original and _ink(original, index) > INK and _ink(ours, index) <= INK / 10:
            return index
    return -1


def _ink(pdf: bytes, index: int) -> float:
    """The share of dark points of a page; 0 when it cannot be drawn."""
    try:
        picture = page_picture(pdf, index, width_px=WIDTH)
    except ParaphError:
        return 0.0
    grey = Image.open(io.BytesIO(picture)).convert("L")
    return sum(grey.histogram()[:DARK]) / (grey.width * grey.height)


def main(arguments: list[str]) -> int:
    """Print counts by kind and the sentences said; return 1 for a crash or a blank page."""
    folders = [Path(one) for one in arguments if not one.startswith("--")]
    if not folders:
        print(__doc__)
        return 2
    converter = Converter() if "--print" in arguments else None
    files = sorted(p for f in folders for p in f.rglob("*") if p.suffix.lower() in KINDS)
    verdicts = []
    for path in (one for one in files if one.is_file()):
        verdicts.append(judge(path, converter))
        if "--list" in arguments or verdicts[-1].outcome in BAD:
            last = verdicts[-1]
            print(f"{last.outcome:9} {last.took_s:6.2f} s  {path}  {last.said}")
    CHILD.stop()
    if converter:
        converter.stop()
    _report(verdicts)
    return 1 if any(one.outcome in BAD for one in verdicts) else 0


def _report(verdicts: list[Verdict]) -> None:
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for one in verdicts:
        by_kind[one.kind][one.outcome] += 1
    print(f"\n{'kind':6} {'files':>6} {'accepted':>9} {'refused':>8} {'blank':>6} {'crashed':>8}")
    for kind, counts in sorted(by_kind.items()):
        cells = [counts[name] for name in ("accepted", "refused", "blank", "crashed")]
        print(
            f"{kind:6} {sum(counts.values()):6} {cells[0]:9} {cells[1]:8} {cells[2]:6} {cells[3]:8}"
        )
    print("\nRefusals:")
    said = Counter(one.said for one in verdicts if one.outcome == "refused")
    for sentence, count in said.most_common():
        print(f"{count:5}  {sentence[:150]}")
    vague = [one for one in verdicts if one.said in VAGUE]
    slow = [one for one in verdicts if one.said == TOO_MUCH]
    for name, many in (("read by none of our sentences", vague), ("too much work", slow)):
        for one in many:
            print(f"  {name}: {one.path}")
    if verdicts:
        slowest = max(verdicts, key=lambda one: one.took_s)
        print(f"\nSlowest: {slowest.took_s:.1f} s  {slowest.path.name}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
