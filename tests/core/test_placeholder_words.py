"""People read what is meant, not the names that a template's author types."""

from __future__ import annotations

import pytest

from app.core.merge import blank_values
from app.core.placeholder_words import spoken
from app.documents.placeholders import known_names
from app.texts import translator


@pytest.mark.parametrize(
    ("name", "lang", "said"),
    [
        ("client.email", "en", "Client: e-mail"),
        ("us.bank.iban", "fr", "Votre société\u00a0: banque, IBAN"),
        ("products[].tax_rate", "en", "Product rows: tax rate"),
        ("today", "fr", "Date du jour"),
        ("deal.custom.UF_CRM_1", "en", "CRM record: UF_CRM_1"),
        ("unheard", "en", "unheard"),
    ],
)
def test_a_placeholder_is_called_what_it_means(name: str, lang: str, said: str) -> None:
    assert spoken(name, translator(lang)) == said


def test_every_name_that_exists_has_words() -> None:
    for name in known_names(blank_values()):
        said = spoken(name.replace("[]", ""), translator("en"))
        assert "_" not in said
        assert "." not in said
