"""What the last button says: the act, named after the kind of document."""

from __future__ import annotations

_ACTS = (
    (
        "Sign the contract",
        "contract contrat vertrag contrato contratto umowa umowy договор договора",
    ),
    (
        "Sign the agreement",
        "agreement accord convention vereinbarung acuerdo accordo porozumienie acordo соглашение",
    ),
    (
        "Sign the quote",
        "quote quotation devis offer offre angebot presupuesto oferta preventivo proposta предложение",
    ),
    (
        "Sign the order",
        "order commande auftrag bestellung pedido ordine zamówienie заказ",
    ),
)
_COMPOUNDS = ("vertrag", "vereinbarung", "angebot", "auftrag", "bestellung")
"""German writes what it is at the end of one long word."""


def act_of(title: str) -> str:
    """Return the words on the button that name the act (English msgid), from the document's title."""
    plain = [word.strip(".,:;()«»„“”\"'") for word in title.lower().split()]
    words = {*plain, *(word.removesuffix("s") for word in plain)}
    words |= {end for end in _COMPOUNDS for word in plain if word.endswith(end)}
    for act, names in _ACTS:
        if words & set(names.split()):
            return act
    return "Sign the document"
