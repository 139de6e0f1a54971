"""How fields find their place again: 200 pairs of agreements for each of five seeds, beside coordinates copied.

Goals: no field silently on a wrong place, and 95 % placed without a question. A field counts as right when it
lies within half a line (7 pt) of where its place lies now. Strangers are pairs that are not of one type after all
(another language, another form) or whose parties changed sides: there, too, nothing may be silently wrong.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from reportlab.lib.pagesizes import A4

from app.core.fields import Field, FieldKind
from app.documents.anchors import Outcome, PlacedField, anchors_for
from app.documents.beside import place_beside
from bench.agreements import FORMS, Made, Spot, case, later, printed, turned

SEEDS, PAIRS, STRANGERS = (2026, 1, 7, 3, 11), 200, 80
NEAR_PT = 7.0
GOAL = 0.95
SIZES = {
    "signature": (FieldKind.SIGNATURE, 150, 46),
    "date": (FieldKind.DATE_SIGNED, 80, 15),
    "stamp": (FieldKind.STAMP, 95, 75),
    "initials": (FieldKind.INITIALS, 50, 18),
    "terms": (FieldKind.CHECKBOX, 12, 12),
    "address": (FieldKind.TEXT, 200, 15),
}


@dataclass
class Tally:
    """Fields of one group of pairs."""

    right: int = 0
    """Placed without a question, and right."""
    wrong: int = 0
    """Placed without a question, and wrong."""
    asked: Counter[str] = field(default_factory=Counter)
    well_proposed: int = 0
    """Asked, and what was proposed was right."""
    copied_wrong: int = 0
    """Wrong if the coordinates had been copied."""
    copied: int = 0
    """Fields there were to copy."""
    faults: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """All fields."""
        return self.right + self.wrong + self.asked.total()

    def add(self, other: Tally) -> None:
        """Count `other` in."""
        self.right, self.wrong = self.right + other.right, self.wrong + other.wrong
        self.asked += other.asked
        self.well_proposed += other.well_proposed
        self.copied_wrong += other.copied_wrong
        self.copied += other.copied
        self.faults += other.faults


def main() -> int:
    """Print the figures; return 0 when both goals are met for every seed, else 1."""
    return max([_report(seed) for seed in SEEDS])


def _report(seed: int) -> int:
    began = time.monotonic()
    groups: dict[str, Tally] = defaultdict(Tally)
    for number in range(PAIRS):
        kind, tally = pair(number, seed=seed)
        groups[kind].add(tally)
    total = Tally()
    for tally in groups.values():
        total.add(tally)
    strangers = _strangers(seed)
    _say(f"{PAIRS} pairs by seed {seed}, {total.count} fields, {time.monotonic() - began:.0f} s\n")
    _say(f"{'change':12}{'fields':>8}{'no question':>13}{'wrong':>7}{'asked':>7}"
         f"{'well proposed':>15}{'copied: wrong':>15}")  # fmt: skip
    for kind in ("same", "names", "table", "pages"):
        _line(kind, groups[kind])
    _line("all", total)
    _line("strangers", strangers)
    return _judged(total, strangers)


def _judged(total: Tally, strangers: Tally) -> int:
    _say(f"\nasked because: {_reasons(total)}; among strangers: {_reasons(strangers)}")
    for fault in [*total.faults, *strangers.faults][:20]:
        _say(f"wrong: {fault}")
    share = total.right / total.count
    wrong = total.wrong + strangers.wrong
    _say(f"silently wrong: {wrong} (goal 0); placed without a question: {share:.1%} (goal {GOAL:.0%}); "
         f"copied coordinates: {total.copied_wrong / total.copied:.1%} silently wrong\n")  # fmt: skip
    return 0 if wrong == 0 and share >= GOAL else 1


def pair(number: int, *, seed: int = SEEDS[0]) -> tuple[str, Tally]:
    """Return the greatest change of one pair, and what became of its fields."""
    chance = random.Random(seed * 1_000 + number)
    first = case(chance, form=FORMS[number % 3], lang=("en", "fr")[number // 3 % 2])
    second, kind = later(chance, first)
    old, new = printed(first), printed(second)
    return kind, _compare(old, _placed(chance, old), new, new.spots)


def _strangers(seed: int) -> Tally:
    """Documents that are not of the type after all: a place that is not there may never be filled."""
    total = Tally()
    for number in range(STRANGERS):
        chance = random.Random(seed * 2_000 + number)
        first = case(chance, form=FORMS[number % 3], lang=("en", "fr")[number // 3 % 2])
        other = "fr" if first.lang == "en" else "en"
        wishes = (
            turned(first),
            case(chance, form=first.form, lang=other),
            case(chance, form=FORMS[(number + 1) % 3], lang=first.lang),
            case(chance, form=FORMS[(number + 2) % 3], lang=other),
        )
        old, new = printed(first), printed(wishes[number % len(wishes)])
        total.add(_compare(old, _placed(chance, old), new, new.spots))
    return total


def _placed(chance: random.Random, made: Made) -> list[Field]:
    """Return the fields as a hand puts them: near their place, never quite on it, tied to their words."""
    fields = []
    for key, spot in made.spots.items():
        kind, w, h = SIZES[key.split()[-1] if "initials" not in key else "initials"]
        x = spot.x + chance.uniform(-3, 3) / A4[0]
        y = spot.y + chance.uniform(-3, 3) / A4[1]
        role = "us" if key.startswith("our") or key == "stamp" else "client"
        fields.append(Field(key, kind, role, spot.page, x, y, w / A4[0], h / A4[1]))
    ties = anchors_for(made.pdf, fields)
    return [replace(one, anchor=tie) for one, tie in zip(fields, ties, strict=True)]


def _compare(old: Made, fields: list[Field], new: Made, truth: dict[str, Spot]) -> Tally:
    tally = Tally()
    for one in fields:
        tally.copied += 1
        tally.copied_wrong += not _is_right(old, one, one, truth)
    found = {one.field.key: one for one in place_beside(old.pdf, new.pdf, fields)}
    for one in fields:
        if one.key not in found:
            # Left out with its page: right when the place is gone, too.
            _count(tally, one, None, is_right=one.key not in truth)
    models = {one.key: one for one in fields}
    for key, end in found.items():
        model = models.get(key) or models[key.rpartition("-p")[0]]
        name = key if key in models else f"initials {end.field.page + 1}"
        right = _is_right(old, model, end.field, truth, name=name)
        _count(tally, model, end, is_right=right)
    return tally


def _count(tally: Tally, one: Field, end: PlacedField | None, *, is_right: bool) -> None:
    if end is not None and end.outcome is not Outcome.SAME:
        tally.asked[end.outcome.value] += 1
        tally.well_proposed += is_right
    elif is_right:
        tally.right += 1
    else:
        tally.wrong += 1
        tally.faults.append(f"{one.key}: {one.anchor} -> {end.field if end else 'left out'}")


def _is_right(
    old: Made, placed: Field, found: Field, truth: dict[str, Spot], *, name: str = ""
) -> bool:
    """Whether `found` lies beside its place now as `placed` lay beside it then."""
    was, now = old.spots[placed.key], truth.get(name or placed.key)
    if now is None or now.page != found.page:
        return False
    dx = (found.x - now.x) - (placed.x - was.x)
    dy = (found.y - now.y) - (placed.y - was.y)
    return abs(dx) * A4[0] <= NEAR_PT and abs(dy) * A4[1] <= NEAR_PT


def _line(name: str, tally: Tally) -> None:
    asked = tally.asked.total()
    _say(f"{name:12}{tally.count:8}{tally.right / max(tally.count, 1):13.1%}{tally.wrong:7}{asked:7}"
         f"{tally.well_proposed:15}{tally.copied_wrong / max(tally.copied, 1):15.1%}")  # fmt: skip


def _reasons(tally: Tally) -> str:
    return ", ".join(f"{name} {count}" for name, count in tally.asked.most_common()) or "never"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
