"""What was typed on the first screen outlives a closed window: for a day, for that person and that record."""

from __future__ import annotations

import json
import re
from uuid import uuid4

from sqlalchemy import text

from app.actions import begun
from app.actions.erase_person import erase_person
from app.store import encrypted
from tests.conftest import Clock
from tests.frame_kit import DEAL, SELLER, Frame, Portal

KEEP, DROP = "/placements/begun", "/placements/begun/drop"
TYPED = {
    "contact": "1",
    "email": "other@example.org",
    "channel": "email",
    "message": "Dear Claire",
    "needs_code": "yes",
    "key": "not kept",
}


def begin(portal: Portal, user: int = 1, **changes: str) -> Frame:
    frame = portal.wizard(user=user)
    assert frame.post(KEEP, **{**TYPED, **changes}).json == {"kept": True}
    return frame


def offered(frame: Frame) -> dict[str, list[str]]:
    """What the page offers to go on with, {} when it offers nothing."""
    found = re.search(r"data-values>(.*?)</script>", frame.html, re.S)
    values: dict[str, list[str]] = json.loads(found[1]) if found else {}
    return values


def test_what_was_typed_is_offered_at_the_next_opening(portal: Portal) -> None:
    begin(portal)
    begin(portal, message="Dear Claire, here it is")
    again = offered(portal.wizard())
    assert again["email"] == ["other@example.org"]
    assert again["message"] == ["Dear Claire, here it is"]
    assert "key" not in again
    assert offered(portal.wizard(deal="2")) == {}
    assert offered(portal.wizard(user=SELLER)) == {}


def test_starting_anew_lets_go_of_it(portal: Portal) -> None:
    frame = begin(portal)
    assert frame.post(DROP).json == {"kept": False}
    assert offered(portal.wizard()) == {}


def test_what_was_prepared_is_no_longer_begun(portal: Portal) -> None:
    frame = begin(portal)
    source = re.search(r'name="source" value="(template:[^"]+)"', frame.html)
    assert source
    made = frame.post(
        "/placements/wizard/create",
        key=uuid4().hex,
        source=source[1],
        our_user="1",
        contact="1",
        channel="email",
    )
    assert made.status_code == 200
    assert offered(portal.wizard()) == {}


def test_after_a_day_it_is_neither_offered_nor_kept(portal: Portal, clock: Clock) -> None:
    begin(portal)
    clock.pass_by(hours=24)
    assert begun.offered(portal.services, portal.who(), DEAL) is None
    assert begun.drop_old(portal.services) == 0
    clock.pass_by(seconds=1)
    assert begun.drop_old(portal.services) == 1


def test_it_is_stored_unreadable_and_goes_with_the_person_it_names(portal: Portal) -> None:
    begin(portal)
    with portal.services.database.transaction() as session:
        (row,) = session.execute(text("SELECT values_enc FROM begun_forms")).all()
        assert "example" not in row[0]
        assert encrypted.renew(session, lambda _purpose, old: old) > 0
    assert erase_person(portal.services, "nobody@example.org").forms == 0
    assert erase_person(portal.services, "OTHER@example.org", dry_run=True).forms == 1
    assert erase_person(portal.services, "OTHER@example.org").forms == 1
    assert offered(portal.wizard()) == {}


def test_only_what_the_form_has_is_kept_and_never_more_than_fits(portal: Portal) -> None:
    begin(portal, message="x" * 5_000, odd="value")
    again = offered(portal.wizard())
    assert len(again["message"][0]) == 2_000
    assert "odd" not in again
