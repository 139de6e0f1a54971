"""A snapshot survives its way through JSON, digit by digit."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.core.snapshot import (
    Address,
    Bank,
    CrmSnapshot,
    Party,
    Person,
    ProductRow,
    Record,
    from_json,
    to_json,
)


def full_snapshot() -> CrmSnapshot:
    return CrmSnapshot(
        taken_at=datetime(2026, 11, 2, 9, 30, 5, 120000, tzinfo=UTC),
        record=Record(2, "17", "Été à Nîmes", amount=Decimal("1250.10"), currency="EUR"),
        us=Party(name="Atelier Lumen", address=Address(city="Lyon"), fields={"siret": "123"}),
        client=Party(name="Maison Verte", bank=Bank(iban="FR00")),
        contacts=(Person("3", "Zoé Roy", phones=("+33199000001",), is_primary=True),),
        responsible=Person("1", "Claire Morel", emails=("claire@example.com",)),
        products=(
            ProductRow(
                "Audit", Decimal("1.5"), "day", Decimal("0.10"), Decimal(20), Decimal("0.18")
            ),
        ),
    )


def test_a_snapshot_comes_back_equal_from_json() -> None:
    assert from_json(to_json(full_snapshot())) == full_snapshot()


def test_the_same_snapshot_always_gives_the_same_text() -> None:
    assert to_json(full_snapshot()) == to_json(from_json(to_json(full_snapshot())))


def test_amounts_keep_every_digit() -> None:
    assert '"1250.10"' in to_json(full_snapshot())


def test_a_snapshot_without_people_or_products_comes_back_equal() -> None:
    bare = CrmSnapshot(datetime(2026, 1, 1, tzinfo=UTC), Record(2, "1", "x"), Party(), Party())
    assert from_json(to_json(bare)) == bare


def test_text_that_is_no_snapshot_is_refused() -> None:
    with pytest.raises(KeyError):
        from_json("{}")
