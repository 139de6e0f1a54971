"""The zone that a country tells: one, or none."""

from __future__ import annotations

from zoneinfo import available_timezones

import pytest

from app.core.zones import _ZONES, zone_of_country


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("France", "Europe/Paris"),
        (" fr ", "Europe/Paris"),
        ("Allemagne", "Europe/Berlin"),
        ("Royaume-Uni", "Europe/London"),
        ("United States", ""),
        ("Россия", ""),
        ("", ""),
    ],
)
def test_a_country_of_one_zone_tells_it_and_no_other_is_guessed(country: str, zone: str) -> None:
    assert zone_of_country(country) == zone


def test_every_zone_is_known_to_the_machine() -> None:
    assert set(_ZONES.values()) <= available_timezones()
