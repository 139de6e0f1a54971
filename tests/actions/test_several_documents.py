"""Several documents in one envelope: each gets its own marks, one certificate names all, each is sealed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from app.actions import certify, seal
from app.documents.pages import page_count, page_text
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from app.services import Services
from app.store import audit, envelopes
from app.store.tables import Document, FieldRow
from emulator.tsa import create_tsa
from tests.conftest import Clock
from tests.factories import make_envelope, make_installation
from tests.tools.documents_kit import pdf

TYPED = {"way": "typed", "text": "Claire Lumen", "hand": "steady"}


@pytest.fixture
def services(make_services: Callable[..., Services], clock: Clock, tmp_path) -> Services:  # type: ignore[no-untyped-def]
    """Services whose time-stamp authority answers at once."""
    tsa = create_tsa(tmp_path / "tsa", clock=clock)
    made = make_services()
    made.settings.tsa_trust.mkdir(parents=True)
    (made.settings.tsa_trust / "tsa.pem").write_bytes(tsa.root_pem)
    made.__dict__["timestamper"] = Timestamper(
        ["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body)
    )
    return made


@pytest.fixture
def envelope_id(services: Services) -> str:
    """A signed envelope: a contract with both signatures, and an annex that the client initials."""
    portal_id = make_installation(services.database)
    first, second = services.files.put(pdf("Contract")), services.files.put(pdf("Annex", "More"))
    made = make_envelope(services.database, portal_id, status="signed", printed_digest=first)
    with services.database.transaction() as session:
        annex = Document(
            id=uuid4().hex, portal_id=portal_id, envelope_id=made, position=1, name="Annex",
            original_digest=second, printed_digest=second, page_count=2,
            page_sizes=[[595.0, 842.0]] * 2,
        )  # fmt: skip
        session.add(annex)
        session.flush()
        for row in envelopes.fields(session, made):
            row.image = TYPED
        session.add(
            FieldRow(
                id=uuid4().hex,
                portal_id=portal_id,
                envelope_id=made,
                document_id=annex.id,
                key="a",
                kind="text",
                role="client",
                page=1,
                x=0.1,
                y=0.5,
                w=0.5,
                h=0.03,
                value="Seen by the client",
            )
        )
    return made


def test_each_document_is_marked_certified_and_sealed(services: Services, envelope_id: str) -> None:
    for action in (seal.stamp_document, certify.certify, seal.seal_document):
        action(services, envelope_id)
        action(services, envelope_id)
    assert seal.mark_sealed(services, envelope_id) == "sealed"
    with services.database.reading() as session:
        papers = envelopes.documents(session, envelope_id)
        events = audit.events(session, envelope_id)
    contract, annex = (services.files.get(paper.sealed_digest) for paper in papers)
    assert "Seen by the client" in page_text(annex, 1)
    assert "Seen by the client" not in page_text(contract, 0)
    for sealed, own_pages in ((contract, 1), (annex, 2)):
        report = verify(sealed, trusted_roots=services.seal_roots, tsa_roots=services.tsa_roots)
        assert report.is_valid
        certificate = " ".join(
            page_text(sealed, number) for number in range(own_pages, page_count(sealed))
        )
        assert all(paper.printed_digest[:8] in certificate.replace(" ", "") for paper in papers)
    assert events[-1].data == {
        "sha256": papers[0].sealed_digest,
        "sha256_2": papers[1].sealed_digest,
    }
