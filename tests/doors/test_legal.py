"""Licence and privacy can be read in a browser, in both languages, and name the product."""

from __future__ import annotations

import pytest

from app.services import Services
from app.web import create_app


@pytest.mark.parametrize("page", ["licence", "privacy"])
@pytest.mark.parametrize(("lang", "word"), [("en", "Paraph"), ("fr", "de Paraph|dans Paraph")])
def test_the_market_finds_what_it_asks_for(
    services: Services, page: str, lang: str, word: str
) -> None:
    answer = create_app(services).test_client().get(f"/legal/{page}?lang={lang}")
    assert answer.status_code == 200
    assert any(one in answer.text for one in word.split("|"))
    assert f'lang="{lang}"' in answer.text
