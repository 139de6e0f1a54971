"""Goal S8: thousands of changed copies of sealed files, all refused; every original accepted.

A share of the same copies is shown to bare pyHanko, with the same roots, for comparison. Prints a line for each
kind of change. Seeded: the same seed gives the same changes (keys and times differ).
"""

from __future__ import annotations

import asyncio
import io
import logging
import random
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asn1crypto import pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from reportlab.pdfgen.canvas import Canvas

from app.sealing.keys import SealingKey, load_or_make
from app.sealing.seal import seal
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from emulator.tsa import Tsa, create_tsa

SEED = 8
ORIGINALS = 200
COMPARED_EVERY = 40
Change = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Trust:
    """Whose seals and times are believed."""

    key: SealingKey
    tsa: Tsa

    def accepts(self, pdf: bytes) -> bool:
        report = verify(pdf, trusted_roots=[self.key.trust_pem], tsa_roots=[self.tsa.root_pem])
        return report.is_valid

    def pyhanko_accepts(self, pdf: bytes) -> bool:
        roots = [
            x509.Certificate.load(pem.unarmor(one)[2])
            for one in (self.key.root_pem, self.tsa.root_pem)
        ]
        context = ValidationContext(trust_roots=roots, allow_fetching=False)
        try:
            embedded = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
            check = async_validate_pdf_signature(
                embedded[0], signer_validation_context=context, ts_validation_context=context
            )
            return bool(asyncio.run(check).bottom_line)
        except Exception:
            return False


def flip_anywhere(pdf: bytes, chance: random.Random) -> bytes:
    return _flipped(pdf, chance.randrange(len(pdf)), chance)


def flip_in_container(pdf: bytes, chance: random.Random) -> bytes:
    """Change one byte of the container, well written: hex digits stay hex digits."""
    start, end = _gap(pdf)
    used = len(pdf[start:end].rstrip(b">").rstrip(b"0"))
    at = start + 1 + chance.randrange(used // 2) * 2
    old = int(pdf[at : at + 2], 16)
    new = b"%02X" % (old ^ 1 << chance.randrange(8))
    return pdf[:at] + new + pdf[at + 2 :]


def truncate(pdf: bytes, chance: random.Random) -> bytes:
    return pdf[: chance.randrange(len(pdf))]


def append(pdf: bytes, chance: random.Random) -> bytes:
    return pdf + chance.choice([b"\n", b"\0", b" ", b"%%EOF\n", chance.randbytes(40)])


def update(pdf: bytes, chance: random.Random) -> bytes:
    """An incremental update as an editor writes it: a note, or other content over the page (shadow, EAA)."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    page = writer.find_page_for_modification(0)[0].get_object()
    if chance.random() < 0.5:
        stream = generic.StreamObject(
            stream_data=b"%d 0 0 rg 0 0 600 800 re f" % chance.randrange(2)
        )
        page["/Contents"] = writer.add_object(stream)
    else:
        page["/Rotate"] = generic.NumberObject(90)
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def forge_byte_range(pdf: bytes, chance: random.Random) -> bytes:
    """Universal signature forgery: what is covered is said differently, or not at all."""
    start = pdf.rindex(b"/ByteRange")
    end = pdf.index(b"]", start) + 1
    numbers = [chance.choice([-1, 0, 1, 99, len(pdf), 10**9]) for _ in range(4)]
    forged = chance.choice(
        [b"/ByteRange null", b"/ByteRange []", b"/ByteRange [%d %d %d %d]" % tuple(numbers)]
    )
    return pdf[:start] + forged.ljust(end - start) + pdf[end:]


def wrap(pdf: bytes, chance: random.Random) -> bytes:
    """Signature wrapping: the second covered part moves, something else takes its place."""
    _, end = _gap(pdf)
    evil = b"\n%d 0 obj\n<< /Type /Catalog >>\nendobj\n" % chance.randrange(1, 90)
    return pdf[:end] + evil + pdf[end:]


def save_again(pdf: bytes, chance: random.Random) -> bytes:
    """Incremental saving without a cross-reference, with and without a copied byte range."""
    copied = pdf[pdf.rindex(b"/ByteRange") :].split(b"]")[0] + b"]"
    evil = b"\n%d 0 obj\n<< /Type /Page >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%%%EOF\n"
    return (
        pdf
        + (b"\n9 0 obj\n<<" + copied + b">>\nendobj" if chance.random() < 0.5 else b"")
        + (evil % chance.randrange(1, 90))
    )


KINDS: tuple[tuple[str, Change, int], ...] = (
    ("one bit anywhere", flip_anywhere, 3500),
    ("one bit in the container", flip_in_container, 3500),
    ("cut short", truncate, 800),
    ("something appended", append, 800),
    ("incremental update (shadow, annotation)", update, 400),
    ("byte range forged (USF)", forge_byte_range, 500),
    ("wrapped (SWA)", wrap, 500),
    ("saved on top (ISA)", save_again, 500),
)


def run(seed: int = SEED) -> list[tuple[str, int, int, int, int]]:
    """Return (kind, copies, accepted by us, shown to pyHanko, accepted by pyHanko); originals come first."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)  # pyHanko tells of every fault it finds
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        trust, originals = _originals(Path(folder))
    rows = [("originals", len(originals), sum(map(trust.accepts, originals)), 0, 0)]
    return rows + [
        _row(name, _copies(change, count, originals, chance), trust)
        for name, change, count in KINDS
    ]


def main() -> int:
    """Print the table; return 0 when every original was accepted and nothing else."""
    rows = run()
    for name, copies, ours, shown, theirs in rows:
        bare = f"bare pyHanko accepts {theirs} of {shown}" if shown else ""
        sys.stdout.write(f"{name:42} {copies:6} copies, we accept {ours:4}   {bare}\n")
    return 0 if rows[0][1] == rows[0][2] and not any(row[2] for row in rows[1:]) else 1


def _row(name: str, copies: Iterator[bytes], trust: Trust) -> tuple[str, int, int, int, int]:
    seen: Counter[str] = Counter()
    for number, copy in enumerate(copies):
        seen["copies"] += 1
        seen["ours"] += trust.accepts(copy)
        if number % COMPARED_EVERY == 0:
            seen["shown"] += 1
            seen["theirs"] += trust.pyhanko_accepts(copy)
    return (name, seen["copies"], seen["ours"], seen["shown"], seen["theirs"])


def _copies(
    change: Change, count: int, originals: list[bytes], chance: random.Random
) -> Iterator[bytes]:
    for number in range(count):
        original = originals[number % len(originals)]
        changed = change(original, chance)
        if changed != original:
            yield changed


def _originals(folder: Path) -> tuple[Trust, list[bytes]]:
    key = load_or_make(folder, organisation="Atelier Lumière SAS", now=datetime.now(UTC))
    tsa = create_tsa(folder / "tsa")
    timestamper = Timestamper(
        ["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body)
    )
    sealed = [
        seal(
            _document(number),
            key=key,
            timestamper=timestamper,
            reason="Sealed",
            now=datetime.now(UTC),
        )
        for number in range(ORIGINALS)
    ]
    return Trust(key, tsa), sealed


def _document(number: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for page in range(1 + number % 3):
        canvas.drawString(90, 740, f"Contract {number}, page {page + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _flipped(pdf: bytes, at: int, chance: random.Random) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ 1 << chance.randrange(8)]) + pdf[at + 1 :]


def _gap(pdf: bytes) -> tuple[int, int]:
    numbers = pdf[pdf.rindex(b"/ByteRange") :].split(b"[")[1].split(b"]")[0].split()
    return int(numbers[1]), int(numbers[2])


if __name__ == "__main__":
    sys.exit(main())
