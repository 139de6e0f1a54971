"""A house that seals: its key, its authority, and sealed documents in its register."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from app.documents.certificate import append_and_attach, build
from app.services import Services
from app.store import envelopes
from app.store.tables import Envelope
from emulator.tsa import create_tsa
from tests.factories import make_envelope, make_installation
from tests.tools.sealing_kit import NOW, Office, make_evidence, make_pdf, make_trail

HELENE = {
    "id": "r1",
    "name": "Hélène Marchetti",
    "company": "Atelier Lumen",
    "role": "signer",
    "side": "us",
    "channel": "email",
    "address": "helene.marchetti@example.com",
    "identified_by": "portal",
    "signed_at": "2026-11-24T09:26:40.418Z",
}
THOMAS = {
    "id": "r2",
    "name": "Thomas Okonkwo",
    "company": "Brasserie du Port",
    "role": "signer",
    "side": "client",
    "channel": "sms",
    "address": "+33199001234",
    "identified_by": "code_same",
    "signed_at": "2026-11-25T08:12:31.418Z",
}
VIEWER = {**THOMAS, "id": "v1", "name": "Inès Ferrand", "role": "viewer", "signed_at": ""}


def open_house(services: Services) -> Office:
    """Return the office of this installation: its own key, and an authority that it trusts."""
    tsa = create_tsa(services.settings.data / "tsa", clock=lambda: NOW)
    services.settings.tsa_trust.mkdir(parents=True, exist_ok=True)
    (services.settings.tsa_trust / "tsa.pem").write_bytes(tsa.root_pem)
    return Office(key=services.sealing_key, tsa=tsa)


def make_trail_of(*people: dict[str, str], **more: Any) -> bytes:
    """Return a trail as the product attaches it, with a chain that holds."""
    trail = json.loads(make_trail(make_evidence()))
    about = {"number": "P-2026-000042", "title": "Services contract", "company": "Atelier Lumen"}
    return json.dumps({**trail, "envelope": about, "recipients": list(people), **more}).encode()


def seal_with(office: Office, trail: bytes, *, pages: int = 2) -> bytes:
    """Return a sealed document with certificate pages and `trail` inside."""
    data = make_evidence()
    finished = append_and_attach(
        make_pdf(pages),
        build(data, lang="en"),
        trail,
        id_line=data.number,
        lang="en",
        title=data.title,
    )
    return office.seal(finished)


def make_sealed(office: Office) -> bytes:
    """Return a document that two people signed and `office` sealed."""
    return seal_with(office, make_trail_of(HELENE, THOMAS, VIEWER))


def list_sealed(services: Services, pdf: bytes, *, status: str = "sealed") -> str:
    """Put `pdf` into the register as a sealed document; return its SHA-256."""
    sha256 = hashlib.sha256(pdf).hexdigest()
    portal_id = make_installation(services.database)
    envelope_id = make_envelope(
        services.database, portal_id, status=status, number="P-2026-000042", finished_at=NOW
    )
    with services.database.transaction() as session:
        envelopes.documents(session, envelope_id)[0].sealed_digest = sha256
    return sha256


def forget_all(services: Services) -> None:
    """Empty the register, as retention does."""
    with services.database.transaction() as session:
        for envelope in session.query(Envelope):
            for document in envelopes.documents(session, envelope.id):
                document.sealed_digest = ""
