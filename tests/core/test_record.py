"""Which record a widget was opened on."""

from __future__ import annotations

import pytest

from app.core.record import RecordKey, record_of_placement, type_of_placement


@pytest.mark.parametrize(
    ("code", "entity_type"),
    [
        ("CRM_DEAL_DOCUMENTGENERATOR_BUTTON", 2),
        ("CRM_LEAD_DETAIL_TAB", 1),
        ("CRM_SMART_INVOICE_DETAIL_TOOLBAR", 31),
        ("CRM_DYNAMIC_147_DETAIL_TAB", 147),
        ("REST_APP_URI", 0),
        ("CRM_DYNAMIC_x_DETAIL_TAB", 0),
    ],
)
def test_the_code_of_a_placement_tells_the_record_type(code: str, entity_type: int) -> None:
    assert type_of_placement(code) == entity_type


@pytest.mark.parametrize("name", ["ID", "ENTITY_ID", "entityId"])
def test_the_record_id_is_found_under_each_of_its_names(name: str) -> None:
    found = record_of_placement("CRM_QUOTE_DETAIL_TOOLBAR", {name: "12"})
    assert found == RecordKey(7, "12")


def test_built_in_mode_names_its_type_in_the_options() -> None:
    options = {"entityTypeId": "2", "entityId": "9"}
    assert record_of_placement("DEFAULT", options) == RecordKey(2, "9")


def test_an_entity_type_in_the_options_never_overrules_the_code() -> None:
    options = {"entityTypeId": "4", "ID": "9"}
    assert record_of_placement("CRM_DEAL_DETAIL_TAB", options) == RecordKey(2, "9")


@pytest.mark.parametrize("value", ["", "0", "-3", "1 or 1=1", "٣", None])
def test_an_id_that_is_no_number_names_no_record(value: object) -> None:
    assert record_of_placement("CRM_DEAL_DETAIL_TAB", {"ID": value}) is None
