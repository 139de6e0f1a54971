"""Three documents in one envelope: each party signs once, one certificate names all, each is sealed in order."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.evidence import EventKind
from app.documents.pages import page_count, page_text
from app.sealing.verify import verify
from app.store import envelopes
from app.store.tables import Document
from tests.journeys.hands import Seller, our_template
from tests.journeys.kit import Scene
from tests.journeys.story import CONTRACT, DEAL_ID, QUOTE, TO_CLAIRE, Story

pytestmark = [pytest.mark.journey, pytest.mark.office]


@pytest.fixture(scope="module")
def told(office_stage: Scene) -> Story:
    """A contract of ours, a quote of the portal's without a place to sign, a non-disclosure agreement of ours."""
    office_stage.worker.start()
    before = len(office_stage.portal.state.mails)
    seller = Seller(office_stage, DEAL_ID)
    page = seller.open()
    choices: dict[str, Any] = {
        **TO_CLAIRE,
        "source": our_template(page, CONTRACT),
        "more": [QUOTE, our_template(page, "nda.fr")],
    }
    envelope_id = seller.create(**choices)
    seller.wait_ready(envelope_id)
    seller.send(envelope_id)
    story = Story(office_stage, envelope_id, before)
    story.sign_all()
    office_stage.settle()
    return story


def papers(story: Story) -> list[Document]:
    with story.scene.tools.database.reading() as session:
        return envelopes.documents(session, story.envelope_id)


def sealed(story: Story) -> list[bytes]:
    return [story.scene.tools.files.get(paper.sealed_digest) for paper in papers(story)]


def test_each_signs_once_for_all_three(told: Story) -> None:
    kinds = told.kinds()
    assert told.envelope.status == "sealed"
    assert kinds[EventKind.SIGNED] == 2
    assert kinds[EventKind.COMPLETED] == kinds[EventKind.SEALED] == 1
    assert len({paper.printed_digest for paper in papers(told)}) == 3


def test_the_documents_keep_the_order_in_which_they_were_chosen(told: Story) -> None:
    assert [paper.position for paper in papers(told)] == [0, 1, 2]
    first, second, third = (page_text(pdf, 0).casefold() for pdf in sealed(told))
    assert "prestation" in first
    assert "confidentialité" in third
    assert second not in (first, third)


def test_every_document_is_sealed_and_its_certificate_names_all(told: Story) -> None:
    tools = told.scene.tools
    for pdf, paper in zip(sealed(told), papers(told), strict=True):
        report = verify(pdf, trusted_roots=tools.seal_roots, tsa_roots=tools.tsa_roots)
        assert report.is_valid, report.reasons
        own = range(paper.page_count, page_count(pdf))
        said = "".join(page_text(pdf, number) for number in own).replace(" ", "")
        assert all(one.printed_digest[:8] in said for one in papers(told))


def test_the_signature_stands_in_each_document_that_asks_for_one(told: Story) -> None:
    def signs(paper: Document, pdf: bytes) -> bool:
        return any("Claire Verdier" in page_text(pdf, n) for n in range(paper.page_count))

    with told.scene.tools.database.reading() as session:
        asked = {row.document_id for row in envelopes.fields(session, told.envelope_id)}
    contract, _, nda = papers(told)
    assert asked == {contract.id, nda.id}
    signed = {p.id for p, pdf in zip(papers(told), sealed(told), strict=True) if signs(p, pdf)}
    assert {contract.id, nda.id} <= signed


def test_all_three_come_back_to_the_deal_together(told: Story) -> None:
    assert told.comments() == [sealed(told)]
    assert told.cards() == 1
