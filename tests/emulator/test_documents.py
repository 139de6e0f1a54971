"""The document generator: late PDF, machine addresses, rights, failures."""

from __future__ import annotations

import io
import threading
from typing import Any

import docx
import pytest
import requests
from portal_kit import PDF, Client

from emulator import docgen
from emulator.convert import by_libreoffice
from emulator.state import Document

BROWSER = {"User-Agent": "Mozilla/5.0", "Accept": "*/*"}


def add(client: Client, **more: Any) -> dict[str, Any]:
    given = {"templateId": 1, "entityTypeId": 2, "entityId": 1}
    found: dict[str, Any] = client.call("crm.documentgenerator.document.add", **{**given, **more})[
        "document"
    ]
    return found


def get(client: Client, ident: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.call("crm.documentgenerator.document.get", id=ident)["document"]
    return found


def stored(client: Client, answer: dict[str, Any]) -> Document:
    return client.portal.state.documents[int(answer["id"])]


def test_the_pdf_is_missing_until_the_conversion_is_done(admin: Client) -> None:
    gate = threading.Event()
    engine = admin.portal.engine
    real, engine.converter = engine.converter, lambda body: (gate.wait(5), real(body))[1]
    try:
        created = add(admin)
        assert "pdfUrl" not in created
        assert "pdfUrlMachine" not in get(admin, created["id"])
        gate.set()
        assert docgen.wait_converted(stored(admin, created))
    finally:
        engine.converter = real
    done = get(admin, created["id"])
    assert requests.get(done["pdfUrlMachine"], headers=BROWSER, timeout=5).content == PDF


def test_add_counts_in_numbers_and_get_in_texts(admin: Client) -> None:
    created = add(admin, values={"DocumentNumber": "C-9"})
    assert (created["id"], created["number"], created["entityId"]) == (1, "C-9", "1")
    assert get(admin, 1)["id"] == "1"
    assert created["products"] == {"currencyId": "EUR", "totalSum": "5256.00", "totalRows": 3}
    assert created["pullTag"] == "TRANSFORMDOCUMENT1"


def test_the_docx_holds_both_parties_and_the_rows(admin: Client) -> None:
    created = add(admin)
    answer = requests.get(created["downloadUrlMachine"], headers=BROWSER, timeout=5)
    body = docx.Document(io.BytesIO(answer.content))
    text = "\n".join(p.text for p in body.paragraphs)
    assert "Atelier Lumen SARL" in text
    assert "Maison Verdier SAS" in text
    assert "900 000 029 00011" in text
    assert body.tables[0].rows[2].cells[0].text == "Suspension Lune, laiton brossé"


def test_machine_addresses_want_a_real_client_an_untouched_query_and_a_living_token(
    admin: Client,
) -> None:
    created = add(admin)
    docgen.wait_converted(stored(admin, created))
    url = get(admin, created["id"])["pdfUrlMachine"]
    careless = requests.get(url, timeout=5)
    assert careless.status_code == 404
    assert "nginx" in careless.text
    touched = requests.get(url[:-2] + "00", headers=BROWSER, timeout=5)
    assert touched.status_code == 403
    admin.portal.state.advance(3700)
    assert requests.get(url, headers=BROWSER, timeout=5).status_code == 401


def test_browser_addresses_show_a_program_the_sign_in_page(admin: Client) -> None:
    created = add(admin)
    answer = requests.get(created["downloadUrl"], headers=BROWSER, timeout=5)
    assert answer.headers["Content-Type"].startswith("text/html")
    as_browser = {**BROWSER, "Sec-Fetch-Mode": "navigate"}
    document = requests.get(created["downloadUrl"], headers=as_browser, timeout=5)
    assert document.content[:2] == b"PK"


def test_a_failed_conversion_says_so_in_the_document(admin: Client) -> None:
    admin.portal.engine.faults.add("docgen:convert", "fail")
    created = add(admin)
    docgen.wait_converted(stored(admin, created))
    failed = get(admin, created["id"])
    assert failed["isTransformationError"] is True
    assert failed["transformationErrorMessage"] == "Transformation failed"
    assert "pdfUrlMachine" not in failed


def test_the_document_has_a_record_in_the_timeline_that_names_it(admin: Client) -> None:
    created = add(admin)
    (entry, *_) = admin.portal.state.deal_timeline(1)
    activity = admin.call("crm.activity.get", id=entry.activity_id)
    assert activity["PROVIDER_ID"] == "CRM_DOCUMENT"
    assert activity["ASSOCIATED_ENTITY_ID"] == str(created["id"])
    assert activity["SUBJECT"] == created["title"]


def test_documents_are_listed_by_their_record_and_refuse_the_type_as_a_column(
    admin: Client,
) -> None:
    add(admin)
    add(admin, entityId=2)
    found = admin.call(
        "crm.documentgenerator.document.list",
        select=["*"],
        filter={"entityTypeId": 2, "entityId": 2},
    )["documents"]
    assert [d["id"] for d in found] == ["2"]
    refused = admin.error("crm.documentgenerator.document.list", select=["id", "entityTypeId"])
    assert refused == (400, "100")


def test_templates_are_a_map_by_id_and_a_seller_may_not_list_them(
    admin: Client, seller: Client
) -> None:
    found = admin.call(
        "crm.documentgenerator.template.list", filter={"entityTypeId": "2_category_0"}
    )["templates"]
    assert {key: t["id"] for key, t in found.items()} == {k: k for k in ("1", "2", "3")}
    assert admin.call("crm.documentgenerator.template.list", filter={"name": "none"}) == {
        "templates": []
    }
    answer = seller.raw("crm.documentgenerator.template.list")
    assert answer.status_code == 400
    assert answer.json()["error_description"] == ("You do not have permissions to modify templates")


def test_template_fields_know_both_sides(admin: Client) -> None:
    found = admin.call(
        "crm.documentgenerator.template.getfields", id=1, entityTypeId=2, entityId=1
    )["templateFields"]
    assert found["MyCompanyRequisiteRqCompanyName"]["value"] == "Atelier Lumen"
    assert found["ClientEmail"]["value"] == "claire.verdier@example.com"
    assert found["MY_COMPANY"]["value"][0]["selected"] is True


def test_the_plans_quota_ends_with_its_own_error(admin: Client) -> None:
    admin.portal.state.portal.document_quota = 1
    add(admin)
    given = {"templateId": 1, "entityTypeId": 2, "entityId": 1}
    refused = admin.error("crm.documentgenerator.document.add", **given)
    assert refused == (400, "DOCGEN_LIMIT_ERROR")


def test_missing_things_have_the_documented_codes(admin: Client) -> None:
    method = "crm.documentgenerator.document.add"
    assert admin.error(method, entityTypeId=2, entityId=1) == (400, "100")
    assert admin.error(method, templateId=99, entityTypeId=2, entityId=1) == (400, "0")
    assert admin.error(method, templateId=1, entityTypeId=999, entityId=1) == (400, "0")
    assert admin.error("crm.documentgenerator.document.get", id=99) == (400, "0")


def test_adding_a_document_tells_those_who_listen(admin: Client, listener: Any) -> None:
    event = "ONCRMDOCUMENTGENERATORDOCUMENTADD"
    admin.call("event.bind", event=event, handler=f"{listener.url}/e")
    add(admin)
    admin.portal.engine.outbox.wait_idle()
    (post,) = listener.of(event)
    assert post["data"]["FIELDS"] == {"ID": "1", "ENTITY_TYPE_ID": "2", "ENTITY_ID": "1"}


@pytest.mark.office
def test_libreoffice_makes_a_real_pdf_of_it(admin: Client) -> None:
    engine = admin.portal.engine
    real, engine.converter = engine.converter, by_libreoffice
    try:
        created = add(admin)
        assert docgen.wait_converted(stored(admin, created), 90)
    finally:
        engine.converter = real
    url = get(admin, created["id"])["pdfUrlMachine"]
    assert requests.get(url, headers=BROWSER, timeout=5).content.startswith(b"%PDF-")
