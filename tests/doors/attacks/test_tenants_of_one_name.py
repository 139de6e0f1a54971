"""What every portal has under the same name, a company's number or a message's, stays each portal's own."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import select

from app.core.record import RecordKey
from app.store.tables import KeptSignature, MessageText, OurCompanyRow
from tests.doors.attacks.test_tenants import CALLERS_OWN, CANARY, Things, doors, proofs, stranger
from tests.factories import AT
from tests.frame_kit import DIRECTOR, SELLER, Portal

STARTS = ("/placements/ours/start", "/placements/texts/start")
FORGET = "/placements/ours/signature/forget"
WORDS = {"subject": "Please sign", "first": "client", "channel": "email", "lang": "en"}


def ink() -> bytes:
    """Return a picture of a few strokes."""
    image, out = Image.new("RGB", (300, 120), "white"), BytesIO()
    ImageDraw.Draw(image).line([(20, 90), (120, 20), (280, 80)], fill="navy", width=6)
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def company_id(portal: Portal) -> str:
    """The number of our company, the same on both portals, after the first one settled all it can."""
    owner = portal.who().portal_id
    page = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, DIRECTOR).get(STARTS[0]).text
    number = page.split('data-testid="company-')[1].split('"')[0]
    stamp = portal.services.files.put(ink())
    own = {"portal_id": owner, "changed_by": "1", "changed_at": AT}
    with portal.services.database.transaction() as session:
        session.add(OurCompanyRow(company_id=number, signers=["1"], stamp_digest=stamp, **own))
        session.add(MessageText(name="invitation", lang="en", subject=CANARY, **own))
        session.add(
            KeptSignature(
                portal_id=owner, user_id=str(SELLER), picture_digest=stamp, agreed_version="1",
                agreed_hash="h", agreed_lang="en", agreed_at=AT,
            )
        )  # fmt: skip
    return number


def rows_of(portal: Portal, portal_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    with portal.services.database.reading() as session:
        for table in (OurCompanyRow, MessageText, KeptSignature):
            rows = session.execute(select(table.__table__).filter_by(portal_id=portal_id))
            found += [dict(row) for row in rows.mappings()]
    return found


@pytest.mark.parametrize("is_admin", [False, True])
def test_another_portal_neither_reads_nor_changes_it(
    portal: Portal, company_id: str, is_admin: bool
) -> None:
    owner = portal.who().portal_id
    theirs = doors_of(portal, company_id)
    headers = proofs(portal, stranger(Things(portal, owner)), RecordKey(2, "1"), is_admin=is_admin)
    before = rows_of(portal, owner)
    assert len(before) == 3
    for method, path in theirs:
        sent = {**WORDS, "file": (BytesIO(ink()), "s.png")} if method == "POST" else None
        answer = portal.app.test_client().open(path, method=method, headers=headers, data=sent)
        allowed = is_admin or path in (STARTS[0], FORGET)
        # No mail server stands here: a sample is refused as mail, past the question whose words it has.
        expected = 403 if not allowed else 503 if path.endswith("/sample") else 200
        assert answer.status_code == expected, (path, answer.text[:200])
        assert CANARY not in answer.text
    assert rows_of(portal, owner) == before


def doors_of(portal: Portal, company_id: str) -> list[tuple[str, str]]:
    named = [(m, r) for m, r, _ in doors(portal) if r.startswith(CALLERS_OWN)]
    paths = [
        (m, r.replace("<company_id>", company_id).replace("<edition>", "invitation"))
        for m, r in named
    ]
    return [*(("GET", path) for path in STARTS), *paths, ("POST", FORGET)]
