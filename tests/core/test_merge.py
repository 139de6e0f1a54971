"""What a template may name, and what is missing."""

from __future__ import annotations

from decimal import Decimal

from app.core.merge import address_lines, blank_values, merge_values, missing_values
from app.core.snapshot import Address, Party
from tests.tools.documents_kit import product, snapshot


def test_the_totals_are_the_sums_of_the_rows() -> None:
    taken = snapshot(rows=0)
    rows = (product(quantity="3", price="33.33", tax="20"), product(price="10", tax="5.5"))
    values = merge_values(_with(taken, products=rows))
    assert values["totals"] == {
        "net": Decimal("119.99"),
        "tax": Decimal("21.10"),
        "gross": Decimal("141.09"),
        "quantity": Decimal("5"),
        "taxes": [
            {"rate": Decimal("5.5"), "amount": Decimal("1.10")},
            {"rate": Decimal("20"), "amount": Decimal("20.00")},
        ],
    }


def test_without_rows_the_deals_amount_is_the_total() -> None:
    values = merge_values(snapshot(rows=0, amount=Decimal("99.50")))
    totals = values["totals"]
    assert isinstance(totals, dict)
    assert (totals["gross"], totals["tax"]) == (Decimal("99.50"), Decimal("0"))


def test_a_client_without_a_company_is_its_contact() -> None:
    client = merge_values(_with(snapshot(), client=Party()))["client"]
    assert isinstance(client, dict)
    assert (client["full_name"], client["phone"]) == ("Marc Delorme", "+33199001234")


def test_every_name_of_a_real_deal_is_known_at_upload() -> None:
    names = {name for name in _names(merge_values(snapshot())) if not name.endswith("lines[]")}
    assert names <= _names(blank_values())


def test_missing_names_are_those_used_and_empty() -> None:
    values = merge_values(snapshot())
    used = ["client.vat_id", "client.name", "products[].unit", "deal.amount", "client.bank.iban"]
    assert missing_values(values, used) == ["client.vat_id", "client.bank.iban"]


def test_one_empty_cell_in_the_rows_counts_as_missing() -> None:
    rows = (product(), product(name=""))
    values = merge_values(_with(snapshot(), products=rows))
    assert missing_values(values, ["products[].name", "products[].price"]) == ["products.name"]


def test_nothing_is_missing_when_an_amount_is_zero() -> None:
    values = merge_values(snapshot(rows=0, amount=Decimal(0)))
    assert missing_values(values, ["deal.amount"]) == []


def test_addresses_follow_their_country() -> None:
    there = Address("1 Main St", "", "10001", "New York", "NY", "USA")
    assert address_lines(there, show_country=True) == ["1 Main St", "New York, NY 10001", "USA"]
    home = Address("1 rue X", "Bât. B", "75001", "Paris", "", "France")
    assert address_lines(home, show_country=False) == ["1 rue X", "Bât. B", "75001 Paris"]
    island = Address("1 High St", "", "SW1A 1AA", "London", "", "UK")
    assert address_lines(island, show_country=False) == ["1 High St", "London", "SW1A 1AA"]


def test_the_country_is_written_only_for_a_client_abroad() -> None:
    client = merge_values(snapshot())["client"]
    assert isinstance(client, dict)
    assert client["address"]["lines"][-1] == "13100 Aix-en-Provence"
    abroad = Party(name="Lumière SA", address=Address("1 quai", "", "1201", "Genève", "", "Suisse"))
    client = merge_values(_with(snapshot(), client=abroad))["client"]
    assert isinstance(client, dict)
    assert client["address"]["lines"][-1] == "Suisse"


def _with(taken: object, **changes: object):  # type: ignore[no-untyped-def]
    from dataclasses import replace

    return replace(taken, **changes)  # type: ignore[type-var]


def _names(value: object, prefix: str = "") -> set[str]:
    if isinstance(value, dict):
        found = (_names(item, f"{prefix}.{key}") for key, item in value.items())
        return {prefix}.union(*found)
    if isinstance(value, list) and value:
        return {prefix}.union(*(_names(item, f"{prefix}[]") for item in value))
    return {prefix}
