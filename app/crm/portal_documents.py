"""Documents of the portal's own generator: list, make, wait for the PDF, fetch it.

Conversion is asynchronous: the PDF's address is missing or empty until it is done. Source:
api-reference/crm/document-generator; the records' link to a timeline activity is not documented.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import requests

from app.crm.client import CrmClient
from app.crm.faults import NOT_JSON, TIMEOUT, TOO_LARGE, UNREACHABLE, fault
from app.crm.rows import Row, ident, item, moment, rows, text
from app.crm.wire import CONNECT_S, READ_S, USER_AGENT, same_origin
from app.errors import PortalRefused, PortalUnavailable

MAX_PDF_BYTES: Final = 50 * 1024 * 1024
FAILED_CODE: Final = "TRANSFORMATION_ERROR"
_GENERAL_ACTIVITY: Final = "6"
"""TYPE_ID of activities made by a provider; calls, mails, meetings have their own."""


@dataclass(frozen=True, slots=True)
class PortalDocument:
    """One generated document. `pdf_url` is a signed machine address ("" until converted): never log it."""

    id: str
    title: str
    number: str
    created: datetime | None
    template_id: str
    entity_type_id: int
    entity_id: str
    pdf_url: str = field(default="", repr=False)
    docx_url: str = field(default="", repr=False)
    failed: bool = False

    @property
    def pdf_ready(self) -> bool:
        return bool(self.pdf_url) and not self.failed


@dataclass(frozen=True, slots=True)
class PortalTemplate:
    """A template of the portal's generator that fits the record."""

    id: str
    name: str


def list_documents(
    client: CrmClient, entity_type_id: int, entity_id: str
) -> tuple[PortalDocument, ...]:
    """Return the record's documents, the newest first (50 at most)."""
    params = {
        "select": ["*"],
        "filter": {"entityTypeId": entity_type_id, "entityId": entity_id},
        "order": {"id": "DESC"},
    }
    result = client.call("crm.documentgenerator.document.list", params)
    return documents_of(result, entity_type_id, entity_id)


def get_document(client: CrmClient, document_id: str) -> PortalDocument:
    """Return a document with fresh addresses. Raises PortalRefused when it is gone or not for this person."""
    return _document_in(client.call("crm.documentgenerator.document.get", {"id": document_id}))


def add_document(
    client: CrmClient, template_id: str, entity_type_id: int, entity_id: str
) -> PortalDocument:
    """Return a new document made from a template of the portal. Not idempotent: look in the list first.

    Raises PortalRefused with DOCGEN_LIMIT_ERROR when the plan allows no more.
    """
    params = {"templateId": template_id, "entityTypeId": entity_type_id, "entityId": entity_id}
    return _document_in(client.call("crm.documentgenerator.document.add", params))


def pdf_ready(document: PortalDocument) -> bool:
    """Whether the PDF can be fetched. Raises PortalRefused when the portal could not make one."""
    if document.failed:
        raise fault(FAILED_CODE, method="crm.documentgenerator.document.get")
    return document.pdf_ready


def download_pdf(session: requests.Session, document: PortalDocument, *, endpoint: str) -> bytes:
    """Return the PDF's bytes.

    document: fresh from `get_document`, its addresses expire. endpoint: the proven portal's client endpoint; an
    address on any other host is refused. Raises PortalUnavailable or PortalRefused.
    """
    return download(session, document.pdf_url, endpoint=endpoint, magic=b"%PDF-")


def download(
    session: requests.Session,
    url: str,
    *,
    endpoint: str,
    magic: bytes = b"",
    limit: int = MAX_PDF_BYTES,
) -> bytes:
    """Return what a machine address of the portal holds, refusing other hosts, redirects and wrong kinds."""
    if not url or not same_origin(url, endpoint):
        raise fault("WRONG_HOST", method="download")
    raw = _fetch(session, url, endpoint, limit)
    if not raw.startswith(magic):
        raise PortalUnavailable(code=NOT_JSON)
    return raw


def document_of_activity(
    client: CrmClient, entity_type_id: int, entity_id: str, activity_id: str
) -> tuple[tuple[PortalDocument, ...], str | None]:
    """Return the record's documents and the id of the one a timeline record shows, when that is clear.

    One call. How the portal ties the two is not documented, so the person confirms; only documents of this
    record are ever offered.
    """
    documents = {
        "select": ["*"],
        "filter": {"entityTypeId": entity_type_id, "entityId": entity_id},
        "order": {"id": "DESC"},
    }
    answer = client.batch(
        {
            "act": ("crm.activity.get", {"id": activity_id}),
            "docs": ("crm.documentgenerator.document.list", documents),
        }
    )
    answer.raise_temporary()
    found = documents_of(answer.result("docs"), entity_type_id, entity_id)
    return found, _shown(item(answer.get("act")), activity_id, found)


def documents_of(result: object, entity_type_id: int, entity_id: str) -> tuple[PortalDocument, ...]:
    """Return the documents in a list answer that are really the record's."""
    found = (_document(row) for row in rows(result, "documents"))
    return tuple(
        one
        for one in found
        if one.id and one.entity_id == entity_id and one.entity_type_id == entity_type_id
    )


def templates_of(
    result: object, entity_type_id: int, category_id: int
) -> tuple[PortalTemplate, ...]:
    """Return the templates in a list answer that are bound to this type, and to this pipeline if they name one."""
    fitting = {
        str(entity_type_id),
        f"{entity_type_id}_category_{category_id}",
        f"{entity_type_id}_{category_id}",
    }
    found = rows(result, "templates")
    return tuple(
        PortalTemplate(id=ident(row, "id"), name=text(row, "name"))
        for row in found
        if ident(row, "id") and fitting & {str(one) for one in row.get("entityTypeId") or []}
    )


def _document_in(result: object) -> PortalDocument:
    row = result.get("document") if isinstance(result, dict) else None
    if not isinstance(row, dict) or not ident(row, "id"):
        raise fault(NOT_JSON, method="crm.documentgenerator.document")
    return _document(row)


def _document(row: Row) -> PortalDocument:
    entity_type = ident(row, "entityTypeId")
    return PortalDocument(
        id=ident(row, "id"),
        title=text(row, "title"),
        number=text(row, "number"),
        created=moment(row, "createTime"),
        template_id=ident(row, "templateId"),
        entity_type_id=int(entity_type or 0),
        entity_id=ident(row, "entityId"),
        pdf_url=text(row, "pdfUrlMachine"),
        docx_url=text(row, "downloadUrlMachine"),
        failed=row.get("isTransformationError") in (True, 1, "1", "Y"),
    )


def _shown(activity: Row, activity_id: str, documents: Sequence[PortalDocument]) -> str | None:
    """The number or title in the subject is the surest sign; an associated id counts for provider activities only,
    because a call's or a mail's associated id may equal a document's by chance."""
    if ident(activity, "ID") != activity_id:
        return None
    subject = text(activity, "SUBJECT")
    for sign in ("number", "title"):
        named = [one.id for one in documents if (value := getattr(one, sign)) and value in subject]
        if len(named) == 1:
            return named[0]
    if text(activity, "TYPE_ID") != _GENERAL_ACTIVITY:
        return None
    associated = ident(activity, "ASSOCIATED_ENTITY_ID")
    return next((one.id for one in documents if one.id == associated), None)


def _fetch(session: requests.Session, url: str, endpoint: str, limit: int) -> bytes:
    """The portal's front server answers 404 to clients without a browser-like head."""
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "application/pdf,*/*",
        "Accept-Language": "en",
        "Referer": endpoint.removesuffix("rest/"),
    }
    # `from None`: the foreign text holds the signed address.
    try:
        with session.get(
            url, headers=headers, timeout=(CONNECT_S, READ_S), allow_redirects=False, stream=True
        ) as response:
            if response.status_code != 200:
                raise _refusal(response.status_code)
            return _limited(response, limit)
    except requests.Timeout:
        raise fault(TIMEOUT, method="download") from None
    except requests.RequestException:
        raise fault(UNREACHABLE, method="download") from None


def _refusal(status: int) -> PortalRefused | PortalUnavailable:
    if status >= 500 or status in (302, 404, 429):
        return PortalUnavailable(code=f"HTTP_{status}")
    return PortalRefused(code=f"HTTP_{status}")


def _limited(response: requests.Response, limit: int) -> bytes:
    taken = bytearray()
    for chunk in response.iter_content(64 * 1024):
        taken += chunk
        if len(taken) > limit:
            raise fault(TOO_LARGE, method="download")
    return bytes(taken)
