"""Units of product rows in the document's language, in the number they need: "24 pieces", "1 pièce".

The CRM keeps one name for a unit, in the portal's language. Units that are not in the list, and signs such as
kg or m², stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from app.core.merge import Values

_UNITS: tuple[tuple[tuple[str, str], tuple[str, str], str], ...] = (
    (("piece", "pieces"), ("pièce", "pièces"),
     "pc pcs pc. pcs. pce pces шт шт. штука stück stk stk. pieza piezas pezzo pezzi sztuka szt szt. peça peças"),
    (("unit", "units"), ("unité", "unités"), "unidad unidades unità unidade unidades einheit единица"),
    (("hour", "hours"), ("heure", "heures"), "час stunde stunden hora horas ora ore godzina"),
    (("day", "days"), ("jour", "jours"), "день tag tage día días giorno giorni dzień dia dias"),
    (("week", "weeks"), ("semaine", "semaines"), "неделя woche wochen semana settimana tydzień"),
    (("month", "months"), ("mois", "mois"), "месяц monat monate mes mese miesiąc mês"),
    (("year", "years"), ("an", "ans"), "год jahr jahre año anno rok ano année années"),
    (("set", "sets"), ("lot", "lots"), "компл. комплект satz juego zestaw conjunto"),
    (("box", "boxes"), ("boîte", "boîtes"), "коробка karton caja scatola pudełko caixa"),
    (("pack", "packs"), ("paquet", "paquets"), "упаковка упак упак. paket paquete pacco opakowanie pacote"),
    (("pair", "pairs"), ("paire", "paires"), "пара paar par paio para"),
    (("person", "persons"), ("personne", "personnes"), "человек чел чел. persona osoba pessoa"),
    (("metre", "metres"), ("mètre", "mètres"), "meter meters метр metro metr"),
    (("litre", "litres"), ("litre", "litres"), "liter liters литр litro litr"),
    (("kilogram", "kilograms"), ("kilogramme", "kilogrammes"), "килограмм kilogramm kilogramo chilogrammo"),
)  # fmt: skip
"""English and French, one and many; how else a portal may call it."""
_BY_NAME = {
    name: (english, french)
    for english, french, others in _UNITS
    for name in (*english, *french, *others.split())
}


def unit_for(name: str, quantity: object, *, lang: str) -> str:
    """Return the unit `name` as a document in `lang` writes it after `quantity`; unknown ones unchanged."""
    known = _BY_NAME.get(name.strip().casefold())
    if known is None or lang not in ("en", "fr"):
        return name
    one, many = known[1] if lang == "fr" else known[0]
    count = (
        Decimal(str(quantity)).copy_abs() if isinstance(quantity, (Decimal, int)) else Decimal(1)
    )
    is_one = count < 2 if lang == "fr" else count == 1
    return one if is_one else many


def with_units(values: Mapping[str, object], *, lang: str) -> Values:
    """Return the values of core.merge with each product row's unit in the language of the document."""
    rows = values.get("products")
    if not isinstance(rows, list):
        return dict(values)
    return {**values, "products": [_row(row, lang) for row in rows]}


def _row(row: object, lang: str) -> object:
    if not isinstance(row, Mapping) or not isinstance(row.get("unit"), str):
        return row
    return {**row, "unit": unit_for(row["unit"], row.get("quantity"), lang=lang)}
