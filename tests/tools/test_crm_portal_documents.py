from __future__ import annotations

import pytest
import requests
from crm_stub import Refusal, TablePortal, scripted

from app.crm import portal_documents as docs
from app.crm.client import CrmClient
from app.errors import PortalRefused, PortalUnavailable


def row(own="61", **more):
    return {
        "id": own,
        "title": f"Contract {own}",
        "number": f"2026-{own}",
        "createTime": "2026-03-20T13:51:45+03:00",
        "templateId": "39",
        "entityTypeId": "2",
        "entityId": "101",
        "isTransformationError": False,
        **more,
    }


def client(**table):
    names = {"get": "get", "list": "list", "add": "add"}
    methods = {
        f"crm.documentgenerator.document.{names[k]}": v for k, v in table.items() if k in names
    }
    if "activity" in table:
        methods["crm.activity.get"] = table["activity"]
    return CrmClient(TablePortal(methods))


def test_a_document_just_made_has_no_pdf_yet():
    document = docs.add_document(client(add=lambda _: {"document": row(pdfUrl="")}), "39", 2, "101")
    assert (document.id, document.number, document.template_id) == ("61", "2026-61", "39")
    assert not docs.pdf_ready(document)


def test_a_converted_document_has_its_pdf():
    document = docs.get_document(
        client(get=lambda _: {"document": row(pdfUrlMachine="https://p/x?t=secret")}), "61"
    )
    assert docs.pdf_ready(document)
    assert "secret" not in repr(document)


def test_a_failed_conversion_is_no_waiting():
    document = docs.get_document(
        client(get=lambda _: {"document": row(isTransformationError=True)}), "61"
    )
    with pytest.raises(PortalRefused) as caught:
        docs.pdf_ready(document)
    assert caught.value.code == "TRANSFORMATION_ERROR"


def test_the_plans_quota_is_told_by_its_code():
    def refuse(_params):
        raise Refusal("DOCGEN_LIMIT_ERROR")

    with pytest.raises(PortalRefused) as caught:
        docs.add_document(client(add=refuse), "39", 2, "101")
    assert "plan" in str(caught.value)


def test_only_the_records_own_documents_are_listed():
    rows = [row("61"), row("62", entityId="102"), row("63", entityTypeId="31")]
    found = docs.list_documents(client(list=lambda _: {"documents": rows}), 2, "101")
    assert [one.id for one in found] == ["61"]


def activity(**more):
    return {"ID": "8", "TYPE_ID": "6", "ASSOCIATED_ENTITY_ID": "0", "SUBJECT": "", **more}


def shown(found, rows=None):
    answer = found if callable(found) else (lambda _: found)
    both = client(list=lambda _: {"documents": rows or [row("61"), row("7")]}, activity=answer)
    documents, chosen = docs.document_of_activity(both, 2, "101", "8")
    assert both.http_calls == 1
    assert len(documents) == len(rows or [1, 2])
    return chosen


def test_the_number_in_the_subject_tells_the_document():
    assert shown(activity(SUBJECT="Document 2026-61 created", ASSOCIATED_ENTITY_ID="7")) == "61"


def test_the_title_in_the_subject_tells_the_document():
    assert (
        shown(activity(SUBJECT="Contract 61"), [row("61", number=""), row("7", number="")]) == "61"
    )


def test_an_associated_id_tells_the_document_of_a_provider_activity():
    assert shown(activity(ASSOCIATED_ENTITY_ID="7")) == "7"


def test_a_call_whose_number_happens_to_equal_a_documents_tells_nothing():
    assert shown(activity(TYPE_ID="2", ASSOCIATED_ENTITY_ID="7")) is None


def test_two_documents_in_one_subject_tell_nothing():
    assert shown(activity(SUBJECT="2026-61 and 2026-7")) is None


def test_an_activity_that_is_no_activity_leaves_the_choice_to_the_person():
    def refuse(_params):
        raise Refusal("")

    assert shown(refuse) is None
    assert shown(activity(ID="9", ASSOCIATED_ENTITY_ID="7")) is None


@pytest.fixture
def portal():
    with scripted() as stub:
        yield stub


def fetch(portal, url=None):
    document = docs.get_document(
        client(
            get=lambda _: {"document": row(pdfUrlMachine=url or f"{portal.url}/pdf?token=secret")}
        ),
        "61",
    )
    return docs.download_pdf(requests.Session(), document, endpoint=portal.endpoint)


def test_the_pdf_comes_with_the_heads_a_portal_expects(portal):
    portal.script["/pdf"] = [(200, b"%PDF-1.7 body")]
    assert fetch(portal) == b"%PDF-1.7 body"
    request = portal.requests[0]
    assert request.path == "/pdf?token=secret"
    assert request.headers["Referer"] == f"{portal.url}/"
    assert request.headers["Accept-Language"]
    assert request.headers["User-Agent"]


def test_an_address_on_another_host_is_never_called(portal):
    with scripted() as other:
        with pytest.raises(PortalRefused):
            fetch(portal, f"{other.url}/pdf")
        assert other.requests == []


@pytest.mark.parametrize(
    "suffix",
    [".evil.example.com/pdf", "@evil.example.com/pdf", "\\.evil.example.com/", " /pdf", "\n/pdf"],
)
def test_an_address_that_only_looks_like_the_portals_is_never_called(portal, suffix):
    with pytest.raises(PortalRefused):
        fetch(portal, portal.url + suffix)
    assert portal.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>nginx</html>"),
        (404, b"<html>nginx</html>"),
        (503, b""),
        (302, b"", {"Location": "https://example.com/x"}),
    ],
)
def test_what_is_no_pdf_is_asked_for_again_later(portal, answer):
    portal.script["/pdf"] = [answer]
    with pytest.raises(PortalUnavailable) as caught:
        fetch(portal)
    assert "secret" not in str(caught.value)


def test_a_forbidden_pdf_is_a_refusal(portal):
    portal.script["/pdf"] = [(403, b"")]
    with pytest.raises(PortalRefused):
        fetch(portal)


@pytest.mark.parametrize("trick", ["\\@", "@", "#@", "?@"])
def test_an_address_whose_parts_parsers_read_differently_is_never_called(portal, trick):
    with scripted() as other:
        with pytest.raises(PortalRefused):
            fetch(portal, f"{other.url}{trick}{portal.url.removeprefix('http://')}/pdf")
        assert other.requests == portal.requests == []


def test_a_file_beyond_the_limit_is_not_swallowed(portal):
    portal.script["/pdf"] = [(200, b"%PDF-" + b"x" * 1000)]
    with pytest.raises(PortalRefused) as caught:
        docs.download(requests.Session(), f"{portal.url}/pdf", endpoint=portal.endpoint, limit=500)
    assert caught.value.code == "ANSWER_TOO_LARGE"
