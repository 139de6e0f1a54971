"""A company's colour on the public pages, moved just as far as reading it takes (WCAG 2.2: 4.5 to 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEP = 0.04
Rgb = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Accent:
    """Colours as #rrggbb: `light` on light pages, `dark` on dark ones, each with what is written on it."""

    light: str
    on_light: str
    dark: str
    on_dark: str


LIGHT_GROUND, DARK_GROUND = "#f5f4f0", "#1b1e24"
WHITE, INK = "#ffffff", "#0e1320"


def accent(colour: str) -> Accent | None:
    """Return the accent made of a company's `colour` ("#c2185b"), or None for what is no colour.

    Darkened for light pages and lightened for dark ones until links, and words on buttons, can be read.
    """
    if not _HEX.fullmatch(colour):
        return None
    light = _moved(colour, towards=0.0, against=(LIGHT_GROUND, WHITE))
    dark = _moved(colour, towards=1.0, against=(DARK_GROUND, INK))
    return Accent(light=light, on_light=WHITE, dark=dark, on_dark=INK)


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _moved(colour: str, *, towards: float, against: tuple[str, ...]) -> str:
    share = 0.0
    moved = colour.lower()
    while share < 1 and min(contrast(moved, other) for other in against) < LEAST_CONTRAST:
        share = min(1.0, share + _STEP)
        red, green, blue = (part + (towards - part) * share for part in _rgb(colour))
        moved = "#" + "".join(f"{round(part * 255):02x}" for part in (red, green, blue))
    return moved


def _rgb(colour: str) -> Rgb:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _luminance(colour: str) -> float:
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in _rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
