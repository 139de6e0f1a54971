"""Rows with good defaults, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from app.core.evidence import EventKind
from app.store import audit
from app.store.database import Database
from app.store.tables import Document, Envelope, FieldRow, Installation, Recipient

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DIGEST = "ab" * 32


def make_installation(database: Database, **changes: object) -> str:
    """Store an installation and return its portal id."""
    values: dict[str, object] = {
        "portal_id": uuid4().hex,
        "member_id": uuid4().hex,
        "domain": "lumen.example.com",
        "client_endpoint": "https://lumen.example.com/rest/",
        "admin_user_id": "1",
        "lang": "en",
        "preferences": {},
        "installed_at": AT,
        **changes,
    }
    with database.transaction() as session:
        session.add(Installation(**values))
    return str(values["portal_id"])


def make_envelope(
    database: Database,
    portal_id: str,
    *,
    signers: Sequence[str] = ("us", "client"),
    status: str = "sent",
    channel: str = "email",
    needs_code: bool = False,
    printed_digest: str = DIGEST,
    **changes: object,
) -> str:
    """Store an envelope with a document, a signature field and a recipient per signer; return its id."""
    envelope_id = uuid4().hex
    values: dict[str, object] = {
        "id": envelope_id,
        "portal_id": portal_id,
        "number": f"P-{envelope_id[:6]}",
        "entity_type_id": 2,
        "entity_id": "7",
        "record_title": "Lighting for the reading room",
        "title": "Services contract",
        "status": status,
        "document_type": "template:services_contract.en",
        "source": {"kind": "template", "template_id": "t", "slug": "services_contract.en"},
        "prepare_state": "ready",
        "created_by": "1",
        "sender_name": "Claire Lumen",
        "sender_email": "claire.lumen@example.com",
        "company_name": "Atelier Lumen",
        "created_at": AT,
        "sent_at": AT,
        **changes,
    }
    document_id = uuid4().hex
    with database.transaction() as session:
        envelope = Envelope(**values)
        session.add(envelope)
        session.flush()
        session.add(
            Document(
                id=document_id,
                portal_id=portal_id,
                envelope_id=envelope_id,
                name="Services contract",
                original_digest=printed_digest,
                printed_digest=printed_digest,
                page_count=1,
                page_sizes=[[595.0, 842.0]],
            )
        )
        session.flush()
        for order, role in enumerate(signers, 1):
            session.add(_signer(portal_id, envelope_id, role, order, channel, needs_code))
            session.add(_signature(portal_id, envelope_id, document_id, role, order))
        audit.record(session, envelope, EventKind.CREATED, at=AT, actor="portal_user:1")
    return envelope_id


def _signer(
    portal_id: str, envelope_id: str, role: str, order: int, channel: str, needs_code: bool
) -> Recipient:
    return Recipient(
        id=uuid4().hex,
        portal_id=portal_id,
        envelope_id=envelope_id,
        role_key=role,
        order=order,
        name="Claire Lumen" if role == "us" else "Jean Exemple",
        company="Atelier Lumen" if role == "us" else "Exemple SAS",
        email=f"{role}@example.org",
        phone="+33199000012",
        channel=channel,
        needs_code=needs_code,
    )


def _signature(
    portal_id: str, envelope_id: str, document_id: str, role: str, order: int
) -> FieldRow:
    return FieldRow(
        id=uuid4().hex,
        portal_id=portal_id,
        envelope_id=envelope_id,
        document_id=document_id,
        key=f"{role}-signature-1",
        kind="signature",
        role=role,
        page=0,
        x=0.1,
        y=0.2 * order,
        w=0.3,
        h=0.08,
        from_tag=True,
    )
