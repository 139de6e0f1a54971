"""Which language a client reads: what the CRM says of the contact, else what their country speaks."""

from __future__ import annotations

from app.core.snapshot import CrmSnapshot

_COUNTRIES = {
    "fr": "france fr monaco luxembourg",
    "en": "united kingdom|royaume-uni|gb|uk|ireland|irlande|ie|united states|états-unis|us|usa",
    "de": "germany|deutschland|allemagne|de|austria|österreich|autriche|at",
    "es": "spain|españa|espagne|es",
    "it": "italy|italia|italie|it",
    "pl": "poland|polska|pologne|pl",
    "pt-BR": "brazil|brasil|brésil|br",
    "ru": "russia|россия|russie|ru",
}
_SPOKEN = {
    country: lang
    for lang, names in _COUNTRIES.items()
    for country in (names.split("|") if "|" in names else names.split())
}
"""Countries with one language that we have; in the others we do not guess."""


def language_of(found: CrmSnapshot) -> str:
    """Return the language of the client's side, "" when nothing tells it."""
    spoken = next((one.lang for one in found.contacts if one.is_primary and one.lang), "")
    return spoken or _SPOKEN.get(found.client.address.country.strip().lower(), "")
