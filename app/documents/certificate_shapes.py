"""Drawn things on the certificate: a line, a dot, a QR code, a signature."""

from __future__ import annotations

from itertools import groupby

import segno
from reportlab.lib.colors import Color
from reportlab.platypus import Flowable

from app.core.fields import SignatureWay
from app.documents import certificate_style as look
from app.documents import ink
from app.documents.certificate_data import PersonEvidence
from app.documents.hands import hand_paths


class Rule(Flowable):  # type: ignore[misc]
    """A hairline."""

    def __init__(self, width: float) -> None:
        super().__init__()
        self.width, self.height = width, 0.6

    def draw(self) -> None:
        self.canv.setStrokeColor(look.LINE)
        self.canv.setLineWidth(0.6)
        self.canv.line(0, 0, self.width, 0)


class Dot(Flowable):  # type: ignore[misc]
    """A dot on the timeline's line, which runs along its left edge."""

    def __init__(self, colour: Color) -> None:
        super().__init__()
        self.width, self.height = 8.0, 8.0
        self._colour = colour

    def draw(self) -> None:
        self.canv.setStrokeColor(look.WHITE)
        self.canv.setLineWidth(1.6)
        self.canv.setFillColor(self._colour)
        self.canv.circle(-0.4, 1.4, 3.4, stroke=1, fill=1)


class QrCode(Flowable):  # type: ignore[misc]
    """A QR code of `text`, drawn as shapes so that it stays sharp."""

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self.width = self.height = side
        self._rows = segno.make(text, error="m", micro=False).matrix

    def draw(self) -> None:
        cell = self.width / len(self._rows)
        path = self.canv.beginPath()
        for number, row in enumerate(self._rows, start=1):
            at = 0
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:
                    path.rect(at * cell, self.height - number * cell, length * cell, cell)
                at += length
        self.canv.setFillColor(look.INK)
        self.canv.drawPath(path, stroke=0, fill=1)


class Signature(Flowable):  # type: ignore[misc]
    """The signature as it stands in the document."""

    def __init__(self, person: PersonEvidence, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self._person = person

    def draw(self) -> None:
        image = self._person.signature
        if image is None:
            return
        area = ink.Area(0, 4, self.width, self.height - 6)
        if image.way is SignatureWay.TYPED:
            ink.draw_hand(self.canv, hand_paths(image.text, image.hand), area)
        elif image.way is SignatureWay.DRAWN:
            ink.draw_strokes(self.canv, image.strokes, image.aspect, area)
        elif self._person.picture:
            ink.draw_picture(self.canv, self._person.picture, area)
