"""Time zones of people, as far as their country tells just one."""

from __future__ import annotations

_COUNTRIES = {
    "Europe/Paris": "france|fr|monaco|mc",
    "Europe/Brussels": "belgium|belgique|belgië|belgien|be",
    "Europe/Luxembourg": "luxembourg|lu",
    "Europe/Zurich": "switzerland|suisse|schweiz|svizzera|ch",
    "Europe/Berlin": "germany|deutschland|allemagne|niemcy|de",
    "Europe/Vienna": "austria|österreich|autriche|at",
    "Europe/London": "united kingdom|royaume-uni|great britain|gb|uk",
    "Europe/Dublin": "ireland|irlande|ie",
    "Europe/Amsterdam": "netherlands|pays-bas|nederland|niederlande|nl",
    "Europe/Rome": "italy|italia|italie|italien|it",
    "Europe/Madrid": "spain|españa|espagne|spanien|es",
    "Europe/Lisbon": "portugal|pt",
    "Europe/Warsaw": "poland|polska|pologne|polen|pl",
    "Europe/Prague": "czechia|czech republic|tchéquie|česko|cz",
    "Europe/Minsk": "belarus|biélorussie|беларусь|by",
    "Africa/Casablanca": "morocco|maroc|ma",
    "Africa/Tunis": "tunisia|tunisie|tn",
    "Africa/Algiers": "algeria|algérie|dz",
}
_ZONES = {name: zone for zone, names in _COUNTRIES.items() for name in names.split("|")}
"""Countries of one zone, islands far away left aside; in the others we do not guess."""


def zone_of_country(country: str) -> str:
    """Return the time zone of a country by its name or code ("Europe/Paris"), "" when it has several."""
    return _ZONES.get(country.strip().lower(), "")
