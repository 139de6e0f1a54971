"""Who signs for us: what a company of ours has settled, and what who keeps a signature here agrees to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.snapshot import Person


@dataclass(frozen=True, slots=True)
class OurSide:
    """How a company of ours signs. Empty values: nothing was settled."""

    company_id: str = ""
    signers: tuple[str, ...] = ()
    """Portal users who may sign for it, the usual one first; empty: everybody may."""
    first: str = ""
    """Who signs first: "us" or "client"."""
    channel: str = ""
    """How clients are usually reached."""
    stamp_digest: str = ""

    def may_sign(self, colleagues: Sequence[Person]) -> tuple[Person, ...]:
        """Return those of `colleagues` who may sign for the company, the usual one first."""
        if not self.signers:
            return tuple(colleagues)
        by_id = {one.id: one for one in colleagues}
        return tuple(by_id[one] for one in self.signers if one in by_id)


NOTHING_SETTLED = OurSide()


@dataclass(frozen=True, slots=True)
class Agreement:
    """What somebody agrees to who keeps their signature. A text that was ever shown is never edited."""

    version: str
    lang: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 (hex) over the version, the language and every word."""
        return hashlib.sha256("\n".join((self.version, self.lang, self.text)).encode()).hexdigest()


_AGREEMENTS = (
    Agreement(
        "2026-11",
        "en",
        "This is my own signature. Paraph keeps it for me and puts it on a document only when I confirm that "
        "I sign that document, signed in to Bitrix24 as myself. I can remove it at any time.",
    ),
    Agreement(
        "2026-11",
        "fr",
        "Ceci est ma propre signature. Paraph la conserve pour moi et ne l’appose sur un document que lorsque je "
        "confirme le signer, connecté à Bitrix24 sous mon nom. Je peux la retirer à tout moment.",
    ),
)


def agreement(lang: str) -> Agreement:
    """Return the text in `lang`, in English when there is none."""
    return next((one for one in _AGREEMENTS if one.lang == lang), _AGREEMENTS[0])


def agreement_by_hash(text_hash: str) -> Agreement | None:
    """Return the text whose hash this is, else None."""
    return next((one for one in _AGREEMENTS if one.hash == text_hash), None)
