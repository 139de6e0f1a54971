"""Lines of a page, and which of them names a field."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.fields import Field
from app.documents.pages import Word

LABELS = frozenset(
    {"signature", "signatures", "signed", "sign", "signé", "signer", "date", "name", "nom", "title", "fonction",
     "client", "customer", "buyer", "seller", "provider", "supplier", "prestataire", "fournisseur", "acheteur",
     "vendeur", "for", "pour", "director", "directeur", "gérant", "approved", "approuvé", "stamp", "cachet",
     "tampon", "initials", "paraphe", "address", "adresse", "place", "lieu", "unterschrift", "datum", "firma",
     "fecha", "nombre", "cliente", "data", "podpis", "klient", "imię", "подпись", "дата", "заказчик",
     "исполнитель", "клиент", "директор", "фио"}
)  # fmt: skip
"""Words that name a field rather than fill it; they are the same in the next contract."""


@dataclass(frozen=True, slots=True)
class Line:
    """Words side by side without a wide gap: a line of text or of a cell. `first`: its place in the page."""

    first: int
    words: tuple[Word, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        left, top = self.words[0].x, min(word.y for word in self.words)
        right = max(word.x + word.w for word in self.words)
        return (left, top, right, max(word.y + word.h for word in self.words))

    @property
    def text(self) -> str:
        """The words in one string."""
        return " ".join(word.text for word in self.words)

    @property
    def weight(self) -> float:
        """How far it seems: a label ("Signature", "Delivery address:") is near, one with a name in it ("For
        Atelier Lumen:") is farther, a line with figures is far."""
        texts = [word.text.casefold().strip(".,;()") for word in self.words]
        named = [text.rstrip(":") in LABELS or not text.rstrip(":") for text in texts]
        if all(named):
            return 0.12
        if any(named) or texts[-1].endswith(":"):
            return 0.3
        return 1.4 if any(letter.isdigit() for text in texts for letter in text) else 1.0


def lines_of(words: list[Word]) -> list[Line]:
    """Return the words of a page in lines, parted where a gap is as wide as between table cells."""
    lines: list[Line] = []
    current: list[Word] = []
    for index, word in enumerate(words):
        if current and not _touch(current[-1], word):
            lines.append(Line(index - len(current), tuple(current)))
            current = []
        current.append(word)
    if current:
        lines.append(Line(len(words) - len(current), tuple(current)))
    return lines


def _touch(left: Word, right: Word) -> bool:
    on_a_line = abs(left.y - right.y) < max(left.h, right.h) * 0.5
    return on_a_line and -0.001 <= right.x - (left.x + left.w) < 0.03


def cost(line: Line, field: Field) -> float:
    """Return how badly `line` suits `field`: above it or left of it is where a label stands."""
    left, top, right, bottom = line.box
    gap = max(left - (field.x + field.w), field.x - right, 0.0)
    above, below = max(field.y - bottom, 0.0), max(top - (field.y + field.h), 0.0)
    middle = (top + bottom) / 2
    sideways = 1.5 if left > field.x + field.w else 1.0
    if field.y <= middle <= field.y + field.h:
        # In the same row nothing names a field more plainly than what stands on its left; what stands close on
        # its right is the text of a tick box.
        if right <= field.x + field.w / 2:
            sideways = 0.1
        elif 0 <= left - field.x - field.w < 0.03:
            return gap * 0.1
    return (gap * sideways + above + 2.5 * below + 0.004) * line.weight
