"""Methods crm.documentgenerator.*: templates, documents, and their late PDF."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from emulator import docgen, docgen_bodies, signed_files
from emulator.rest import filters, item_rows
from emulator.rest.errors import RestError, untitled
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int, empty_map, is_yes, iso, yn
from emulator.state import DEAL, DocTemplate, Document

CONSTRUCTOR = "Bitrix\\DocumentGenerator\\{} constructor must be is public"
DOCUMENT = "crm.documentgenerator.document"


def modify_templates(call: Call) -> None:
    """Listing templates wants the right to change them: ordinary sellers are refused."""
    if not call.caller.user.can_edit_templates:
        raise untitled("You do not have permissions to modify templates")


@method("crm.documentgenerator.template.list", scope="crm")
def template_list(call: Call) -> Any:
    modify_templates(call)
    rows = [template(call, t) for t in call.state.templates.values() if not t.deleted]
    found = filters.apply(rows, call.get("filter"), call.get("order") or {"id": "desc"})
    page, total, _ = paged(found, call.get("start", 0))
    chosen = call.get("select")
    templates = {r["id"]: filters.select(r, chosen, always=("id",)) for r in page}
    return Page({"templates": empty_map(templates)}, total)


@method("crm.documentgenerator.template.get", scope="crm")
def template_get(call: Call) -> Any:
    modify_templates(call)
    return {"template": template(call, template_of(call, "id"))}


def template(call: Call, found: DocTemplate) -> dict[str, Any]:
    base = f"{call.state.portal.url}/bitrix/services/main/ajax.php"
    action = "crm.documentgenerator.template.download"
    return {
        "id": str(found.id),
        "name": found.name,
        "region": found.region,
        "code": found.code or None,
        "active": yn(found.active),
        "moduleId": "crm",
        "numeratorId": "1",
        "withStamps": yn(found.with_stamps),
        "isDeleted": yn(found.deleted),
        "sort": str(found.sort),
        "createTime": iso(found.created),
        "updateTime": iso(found.created),
        "users": ["UA"],
        "entityTypeId": list(found.entity_types),
        "download": f"{base}?action={action}&SITE_ID=s1&id={found.id}",
        "downloadMachine": signed_files.machine_url(
            call.state, action, 0, call.caller.access_token
        ),
    }


def template_of(call: Call, name: str) -> DocTemplate:
    ident = as_int(call.get(name))
    if not ident:
        raise RestError("100", CONSTRUCTOR.format("Template"))
    found = call.state.templates.get(ident)
    if found is None:
        raise RestError("0", "Template not found")
    return found


def owner_of(call: Call) -> tuple[int, int]:
    kind, ident = as_int(call.get("entityTypeId")), as_int(call.get("entityId"))
    try:
        records = item_rows.records(call.state, kind)
    except RestError as error:
        raise RestError("0", "No provider for entityTypeId") from error
    if not ident:
        raise RestError("0", 'Empty required parameter "value"')
    if records.get(ident) is None or not call.caller.user.crm_access:
        raise RestError("DOCGEN_ACCESS_ERROR", "Access denied")
    return kind, ident


@method("crm.documentgenerator.template.getfields", scope="crm")
def template_fields(call: Call) -> Any:
    modify_templates(call)
    found = template_of(call, "id")
    if found.deleted:
        raise untitled("Cannot get fields from deleted template")
    kind, ident = as_int(call.get("entityTypeId")), as_int(call.get("entityId"))
    values: dict[str, str] = {}
    if ident:
        values = docgen_bodies.fields(call.state, *owner_of(call), call.map("values"))
    elif kind not in item_rows.SYSTEM_TYPES:
        raise RestError("0", "No provider for entityTypeId")
    described = {name: described_field(name, value) for name, value in values.items()}
    described["MY_COMPANY"] = my_company(call)
    return {"templateFields": described}


def described_field(name: str, value: str) -> dict[str, Any]:
    group = ["Document", "My company"] if name.startswith("MyCompany") else ["Document"]
    return {
        "title": name,
        "value": value,
        "required": "N",
        "group": group,
        "chain": f"this.SOURCE.{name}",
        "default": value,
    }


def my_company(call: Call) -> dict[str, Any]:
    mine = call.state.my_company().id
    companies = [c for c in call.state.companies.values() if c.is_my_company]
    return {
        "title": "My company",
        "value": [
            {"value": str(c.id), "title": c.title, "selected": c.id == mine} for c in companies
        ],
        "group": ["Document", "My company"],
    }


@method("crm.documentgenerator.document.add", scope="crm")
def add(call: Call) -> Any:
    found = template_of(call, "templateId")
    kind, ident = owner_of(call)
    if found.deleted:
        raise RestError("0", "Cannot create document on deleted template")
    try:
        created = docgen.create(
            call.engine,
            found,
            kind,
            ident,
            by_user=call.caller.user.id,
            values={**call.map("values"), **field_values(call)},
            stamps=is_yes(call.get("stampsEnabled", 0)),
        )
    except docgen.QuotaReached as error:
        raise RestError("DOCGEN_LIMIT_ERROR", str(error)) from error
    return {"document": document(call, created)}


def field_values(call: Call) -> dict[str, Any]:
    """Return overrides given as field descriptors (`fields`), by code."""
    return {
        name: one.get("VALUE", one.get("value"))
        for name, one in call.map("fields").items()
        if isinstance(one, dict) and name not in ("SOURCE", "DOCUMENT")
    }


def document_of(call: Call) -> Document:
    ident = as_int(call.get("id"))
    if not ident:
        raise RestError("100", CONSTRUCTOR.format("Document"))
    found = call.state.documents.get(ident)
    if found is None:
        raise RestError("0", "Document not found")
    if not call.caller.user.crm_access:
        raise RestError("DOCGEN_ACCESS_ERROR", "Access denied")
    return found


@method("crm.documentgenerator.document.get", scope="crm")
def get(call: Call) -> Any:
    return {"document": document(call, document_of(call), machine=True)}


@method("crm.documentgenerator.document.update", scope="crm")
def update(call: Call) -> Any:
    """Render again with other values; here stamps are on unless told otherwise."""
    found = document_of(call)
    found.values.update(call.map("values"))
    found.stamps_enabled = is_yes(call.get("stampsEnabled", 1))
    found.updated = call.state.now()
    docgen.render(call.engine, found, call.state.templates[found.template_id])
    docgen.announce(call.engine, found, "UPDATE", call.caller.user.id)
    return {"document": document(call, found)}


@method("crm.documentgenerator.document.delete", scope="crm")
def delete(call: Call) -> Any:
    docgen.delete(call.engine, document_of(call), call.caller.user.id)
    return None


@method("crm.documentgenerator.document.enablepublicurl", scope="crm")
def enable_public_url(call: Call) -> Any:
    found = document_of(call)
    on = is_yes(call.get("status", 1))
    return {"publicUrl": f"{call.state.portal.url}/~{found.public_hash}" if on else None}


@method("crm.documentgenerator.document.list", scope="crm")
def document_list(call: Call) -> Any:
    chosen = call.get("select")
    if "entityTypeId" in [str(n) for n in filters.as_map(chosen).values()]:
        text = (
            "Unknown field definition ENTITY_TYPE_ID (ENTITY_TYPE_ID) for "
            "\\Bitrix\\DocumentGenerator\\Model\\Document Entity"
        )
        raise RestError("100", text)
    if not call.caller.user.crm_access:
        raise RestError("ACCESS_DENIED", "Access denied")
    rows = [listed(call, d) for d in call.state.documents.values()]
    found = filters.apply(rows, call.get("filter"), call.get("order") or {"id": "desc"})
    page, total, following = paged(found, call.get("start", 0))
    documents = [filters.select(r, chosen, always=("id",)) for r in page]
    return Page({"documents": documents}, total, following)


def addresses(call: Call, found: Document, *, machine: bool) -> dict[str, Any]:
    """Return the file addresses: those of files that do not exist yet are empty or absent."""
    kinds = (
        ("downloadUrl", "download", found.file_id),
        ("pdfUrl", "getPdf", found.pdf_file_id),
        ("imageUrl", "getImage", found.image_file_id),
    )
    result: dict[str, Any] = {}
    for name, action, file_id in kinds:
        if not file_id:
            continue
        result[name] = signed_files.browser_url(call.state, f"{DOCUMENT}.{action}", found.id)
        if machine or name == "downloadUrl":
            result[f"{name}Machine"] = signed_files.machine_url(
                call.state, f"{DOCUMENT}.{action}", file_id, call.caller.access_token
            )
    return result


def document(call: Call, found: Document, *, machine: bool = False) -> dict[str, Any]:
    """Return a document as `add` (ids as numbers) or `get` (ids as texts) shows it."""
    ident: Any = str(found.id) if machine else found.id
    values = {
        "id": ident,
        "title": found.title,
        "number": found.number,
        "createTime": iso(found.created),
        "updateTime": iso(found.updated),
        "createdBy": str(found.created_by) if machine else found.created_by,
        "updatedBy": None,
        "stampsEnabled": found.stamps_enabled,
        "changeStampsEnabled": False,
        "changeQrCodeEnabled": False,
        "qrCodeEnabled": False,
        "isTransformationError": found.is_error,
        "values": empty_map(found.values),
        "templateId": str(found.template_id),
        "entityId": str(found.entity_id),
        "entityTypeId": str(found.entity_type_id),
        "pullTag": f"TRANSFORMDOCUMENT{found.id}",
        "publicUrl": None,
        "emailDiskFile": found.file_id,
        "products": products(call, found),
        **addresses(call, found, machine=machine),
    }
    if found.is_error:
        values["transformationErrorMessage"] = found.error_message
        values["transformationErrorCode"] = str(found.error_code)
    return values


def products(call: Call, found: Document) -> dict[str, Any]:
    rows = call.state.deal_products(found.entity_id) if found.entity_type_id == DEAL else []
    total = sum((r.total for r in rows), Decimal(0))
    return {"currencyId": "EUR", "totalSum": f"{total:.2f}", "totalRows": len(rows)}


def listed(call: Call, found: Document) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "title": found.title,
        "number": found.number,
        "templateId": str(found.template_id),
        "fileId": str(found.file_id),
        "imageId": str(found.image_file_id) if found.image_file_id else None,
        "pdfId": str(found.pdf_file_id) if found.pdf_file_id else None,
        "createTime": iso(found.created),
        "updateTime": iso(found.updated),
        "values": found.values or None,
        "createdBy": str(found.created_by),
        "updatedBy": str(found.created_by),
        "stampsEnabled": found.stamps_enabled,
        "entityId": str(found.entity_id),
        "entityTypeId": str(found.entity_type_id),
        **addresses(call, found, machine=True),
    }
