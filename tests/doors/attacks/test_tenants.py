"""The tenant matrix, made from the address map: what a caller of one portal gets of another's, at every door.

A door that takes an id nobody here knows fails the test: say in `Things.ids` what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import g
from werkzeug.test import TestResponse

from app.core.record import RecordKey
from app.http.guards import PortalCaller, new_ticket
from app.store import envelopes, layouts, tokens
from app.store.tables import Correction, Layout, ManyRun, Template
from bench.security import state_of
from emulator import tokens as given
from emulator.demo_data import CLIENT_ID
from placements import frame
from tests.factories import AT, make_envelope, make_installation
from tests.frame_kit import DIRECTOR, RECORD, SELLER, TICKET, Portal, pdf, placed

CANARY = "Zanzibar-7310"
"""Stands in every text of the first portal; nothing of it may show elsewhere."""
BY_ID = {
    "envelope_id", "recipient_id", "document_id", "template_id", "sample_id", "slug", "correction_id", "run_id",
}  # fmt: skip
FORM = {
    "key": "k" * 16, "reason": "Because", "deal": "1", "channel": "email", "email": "c@example.org",
    "until": "2026-12-20",
}  # fmt: skip
"""What any of these doors may ask for, so that none refuses for want of it."""
PORTALS_OWN = "/placements/templates/"
"""Doors of what belongs to the portal as a whole; all others ask for the record as well."""
PERSONS_OWN = ("/placements/tray/", "/placements/many/")
"""Doors of what waits for one person, or what one person sends."""
CALLERS_OWN = ("/placements/ours/", "/placements/texts/")
"""Doors whose ids name something that every portal has: a company by its number, a message by its name."""


@dataclass
class Things:
    """What the first portal has."""

    portal: Portal
    owner: str
    ids: dict[str, str] = field(default_factory=dict)
    layout: str = ""
    template: str = ""


@pytest.fixture
def things(portal: Portal) -> Things:
    made = Things(portal, portal.who().portal_id)
    database = portal.services.database
    printed = portal.services.files.put(pdf(CANARY))
    envelope_id = make_envelope(
        database, made.owner, entity_id="1", title=CANARY, record_title=CANARY, status="sent",
        reason=CANARY, printed_digest=printed,
    )  # fmt: skip
    made.layout, made.template = uuid4().hex, uuid4().hex
    with database.transaction() as session:
        (document,) = envelopes.documents(session, envelope_id)
        document.name, document.sealed_digest, document.page_count = CANARY, printed, 2
        first = envelopes.recipients(session, envelope_id)[0]
        first.name, first.portal_user_id = CANARY, str(DIRECTOR)
        made.ids = {
            "envelope_id": envelope_id, "recipient_id": first.id, "document_id": document.id, "index": "0",
            "template_id": made.template, "slug": "secret.en", "sample_id": envelope_id, "position": "0",
            "correction_id": uuid4().hex, "run_id": uuid4().hex, "edition": "invitation", "company_id": "",
        }  # fmt: skip
        session.add(
            Correction(
                id=made.ids["correction_id"], portal_id=made.owner, envelope_id=envelope_id,
                recipient_id=first.id, crm_name="contact.phone", after=CANARY, created_at=AT,
            )
        )  # fmt: skip
        session.add(
            ManyRun(
                id=made.ids["run_id"], portal_id=made.owner, user_id=str(DIRECTOR), name=CANARY,
                properties={}, created_at=AT,
            )
        )  # fmt: skip
        session.add(
            Template(
                id=made.template, portal_id=made.owner, slug="secret.en", name=CANARY, lang="en",
                digest=printed, created_at=AT,
            )
        )  # fmt: skip
        spec = {"roles": [], "fields": [], "source": {"kind": "template"}, "title": CANARY}
        session.add(
            Layout(
                id=made.layout, portal_id=made.owner, document_type="template:secret.en", name=CANARY,
                spec=spec, used_at=AT, used_on=CANARY, envelope_id=envelope_id,
            )
        )  # fmt: skip
    return made


def stranger(things: Things) -> str:
    """Install the app on a second portal, with a CRM of the same numbers; return its id."""
    portal = things.portal
    endpoint = f"{portal.emulator.portal_url}/rest/"
    portal_id = make_installation(portal.services.database, client_endpoint=endpoint)
    token = given.issue(portal.emulator.state, CLIENT_ID, SELLER)
    pair = tokens.StoredPair(
        token.access,
        token.refresh,
        portal.services.now() + timedelta(hours=1),
        endpoint,
        str(SELLER),
    )
    with portal.services.database.transaction() as session:
        tokens.save(session, portal.services.secrets, portal_id, pair)
    return portal_id


def proofs(
    portal: Portal, portal_id: str, record: RecordKey, user: int = SELLER, *, is_admin: bool = False
) -> dict[str, str]:
    """The headers of a frame that was opened on `record` of a portal."""
    with portal.app.test_request_context():
        caller = PortalCaller(
            portal_id, str(user), is_admin, "en", "x.example.com", "https://x.example.com"
        )
        g.caller = caller
        frame.admit(record)
        return {TICKET: new_ticket(caller), RECORD: g.record_pass, "Accept": "application/json"}


def doors(portal: Portal) -> list[tuple[str, str, set[str]]]:
    """(method, rule, names) of every door of a frame that takes an id."""
    found = []
    for rule in portal.app.url_map.iter_rules():
        guard = getattr(portal.app.view_functions[rule.endpoint], "guard", "")
        if guard == "frame_ticket" and rule.arguments:
            for method in sorted(
                (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
            ):
                found.append((method, str(rule), set(rule.arguments)))  # noqa: PERF401
    return found


def records_doors(portal: Portal) -> list[tuple[str, str, set[str]]]:
    """Those of one record."""
    others = (PORTALS_OWN, *PERSONS_OWN, *CALLERS_OWN)
    return [one for one in doors(portal) if not one[1].startswith(others)]


def call(
    things: Things, method: str, rule: str, ids: dict[str, str], headers: dict[str, str]
) -> TestResponse:
    path = rule.replace("<int:", "<")
    for name, value in ids.items():
        path = path.replace(f"<{name}>", value)
    assert "<" not in path, f"{rule}: say what this id is"
    sent: dict[str, Any] = {"data": FORM}
    if path.endswith("/fields"):
        sent = {"json": {"fields": [placed(ids["document_id"])]}}
    if method == "GET":
        sent = {}
    return things.portal.app.test_client().open(path, method=method, headers=headers, **sent)


def test_there_are_doors_to_try(portal: Portal) -> None:
    assert len(doors(portal)) >= 8


@pytest.mark.parametrize("who", ["another portal", "another record", "no record", "an unknown id"])
def test_what_is_not_of_the_opened_record_looks_as_if_it_were_not_there(
    things: Things, who: str
) -> None:
    portal = things.portal
    here = RecordKey(2, "1")
    ids = things.ids
    headers = {
        "another portal": lambda: proofs(portal, stranger(things), here),
        "another record": lambda: proofs(portal, things.owner, RecordKey(2, "2")),
        "no record": lambda: proofs(portal, things.owner, here) | {RECORD: ""},
        "an unknown id": lambda: proofs(portal, things.owner, here),
    }[who]()
    if who == "an unknown id":
        ids = {name: uuid4().hex if name in BY_ID else value for name, value in ids.items()}
    before = state_of(portal.services.database)
    answers = {(m, r): call(things, m, r, ids, headers) for m, r, _ in records_doors(portal)}
    expected = 403 if who == "no record" else 404
    assert {door: a.status_code for door, a in answers.items()} == dict.fromkeys(answers, expected)
    assert len({a.text for a in answers.values()}) == 1
    assert CANARY not in next(iter(answers.values())).text
    assert state_of(portal.services.database) == before


@pytest.mark.parametrize("is_admin", [False, True])
def test_what_belongs_to_a_portal_is_not_there_for_another(things: Things, is_admin: bool) -> None:
    portal = things.portal
    headers = proofs(portal, stranger(things), RecordKey(2, "1"), is_admin=is_admin)
    before = state_of(portal.services.database)
    tried = [(m, r) for m, r, _ in doors(portal) if r.startswith(PORTALS_OWN)]
    assert tried
    for method, rule in tried:
        answer = call(things, method, rule, things.ids, headers)
        changes = method == "POST" and "sample" not in rule
        expected = {403} if changes and not is_admin else {404}
        # Retiring what is not there is done already: the list is shown, and nothing has changed.
        assert answer.status_code in expected | (
            {200} if "retire" in rule and is_admin else set()
        ), rule
        assert CANARY not in answer.text
    assert state_of(portal.services.database) == before


@pytest.mark.parametrize("who", ["another portal", "its administrator", "a colleague", "unknown"])
def test_what_waits_for_a_person_is_not_there_for_anyone_else(things: Things, who: str) -> None:
    portal = things.portal
    here = RecordKey(2, "1")
    headers = {
        "another portal": lambda: proofs(portal, stranger(things), here, DIRECTOR),
        "its administrator": lambda: proofs(
            portal, stranger(things), here, DIRECTOR, is_admin=True
        ),
        "a colleague": lambda: proofs(portal, things.owner, here, SELLER),
        "unknown": lambda: proofs(portal, things.owner, here, DIRECTOR, is_admin=True),
    }[who]()
    ids = things.ids
    if who == "unknown":
        ids = {name: uuid4().hex if name in BY_ID else value for name, value in ids.items()}
    before = state_of(portal.services.database)
    tried = [(m, r) for m, r, _ in doors(portal) if r.startswith(PERSONS_OWN)]
    answers = [call(things, method, rule, ids, headers) for method, rule in tried]
    assert [a.status_code for a in answers] == [404] * len(tried)
    assert len({a.text for a in answers}) == 1
    assert state_of(portal.services.database) == before


def test_a_person_is_let_in_to_what_waits_for_them(things: Things) -> None:
    portal = things.portal
    headers = proofs(portal, things.owner, RecordKey(2, "1"), DIRECTOR)
    tried = [(m, r) for m, r, _ in doors(portal) if r.startswith(PERSONS_OWN)]
    answers = {(m, r): call(things, m, r, things.ids, headers).status_code for m, r in tried}
    assert answers == dict.fromkeys(answers, 200)


@pytest.mark.parametrize("part", ["recipient_id", "document_id", "correction_id"])
def test_a_part_of_another_envelope_is_not_reached_through_ones_own(
    things: Things, part: str
) -> None:
    portal = things.portal
    mine = make_envelope(portal.services.database, things.owner, entity_id="1", status="sent")
    headers = proofs(portal, things.owner, RecordKey(2, "1"), DIRECTOR)
    before = state_of(portal.services.database)
    ids = {**things.ids, "envelope_id": mine}
    tried = [(m, r) for m, r, names in doors(portal) if part in names]
    assert tried
    for method, rule in tried:
        assert call(things, method, rule, ids, headers).status_code == 404
    assert state_of(portal.services.database) == before


def test_the_owner_is_let_in_by_the_same_calls(things: Things) -> None:
    portal = things.portal
    for method, rule, _ in records_doors(portal):
        headers = proofs(portal, things.owner, RecordKey(2, "1"), DIRECTOR)
        answer = call(things, method, rule, things.ids, headers)
        # This envelope came from no layout: no page of last time. The layout it left names no template:
        # nothing to send anew.
        bare = rule.startswith("/placements/beside/") and "index" in rule
        expected = {200, 409, 422} | ({404} if bare else set())
        assert answer.status_code in expected, (rule, answer.status_code)


LISTS = (
    "/placements/tab/start?type=2&id=1", "/placements/tab/list", "/placements/home/start",
    "/placements/wizard/start?type=2&id=1", "/placements/wizard/start?type=2&id=1&layout={layout}",
    "/placements/robot-settings/start",
)  # fmt: skip


@pytest.mark.parametrize("path", LISTS)
def test_no_list_shows_anything_of_another_portal(things: Things, path: str) -> None:
    headers = proofs(things.portal, stranger(things), RecordKey(2, "1"))
    address = path.format(layout=things.layout)
    answer = things.portal.app.test_client().get(
        address, headers={**headers, "Accept": "text/html"}
    )
    assert answer.status_code == 200
    assert CANARY not in answer.text
    assert things.ids["envelope_id"] not in answer.text


@pytest.mark.parametrize(
    "choice",
    [
        {"source": "template:{template}"},
        {"layout_id": "{layout}", "at_once": "yes"},
        {"source": "template:services", "replaces": "{envelope_id}"},
    ],
)
def test_nothing_of_another_portal_can_be_chosen(things: Things, choice: dict[str, str]) -> None:
    portal = things.portal
    headers = proofs(portal, stranger(things), RecordKey(2, "1"))
    known = {**things.ids, "layout": things.layout, "template": things.template}
    form = {"key": uuid4().hex, "our_user": "1", "channel": "email", "email": "c@example.org"}
    form |= {"name": "C", "contact": "1", **{k: v.format(**known) for k, v in choice.items()}}
    with portal.services.database.reading() as session:
        shipped = next(row.id for row in session.query(Template) if row.portal_id is None)
    form["source"] = form.get("source", "").replace("services", shipped)
    if not form["source"]:
        del form["source"]
    before = state_of(portal.services.database)
    answer = portal.app.test_client().post("/placements/wizard/create", data=form, headers=headers)
    assert answer.status_code in (404, 422), answer.text[:300]
    assert CANARY not in answer.text
    assert state_of(portal.services.database) == before


def test_a_layout_of_another_portal_is_none_for_a_rule(things: Things) -> None:
    other = stranger(things)
    with things.portal.services.database.reading() as session:
        assert layouts.find(session, other, things.layout) is None
        assert layouts.find(session, things.owner, things.layout) is not None


@pytest.mark.parametrize("path", LISTS[:1] + LISTS[3:5])
def test_a_colleague_whom_the_portal_shows_nothing_gets_nothing(things: Things, path: str) -> None:
    portal = things.portal
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED", times=None)
    opened = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    answer = opened.get(path.format(layout=things.layout))
    assert answer.status_code in (403, 404, 422)
    assert CANARY not in answer.text + opened.html
    assert opened.record_pass == ""
    for method, rule, _ in records_doors(portal):
        headers = {TICKET: opened.ticket, "Accept": "application/json"}
        assert call(things, method, rule, things.ids, headers).status_code == 403


def test_a_pass_is_one_persons(things: Things) -> None:
    portal = things.portal
    theirs = proofs(portal, things.owner, RecordKey(2, "1"), DIRECTOR)
    mine = proofs(portal, things.owner, RecordKey(2, "2"), SELLER)
    answer = portal.app.test_client().get(
        "/placements/tab/list", headers={**mine, RECORD: theirs[RECORD]}
    )
    assert answer.status_code == 403


def test_a_record_has_one_name_however_it_is_written(portal: Portal) -> None:
    make_envelope(portal.services.database, portal.who().portal_id, entity_id="1", title=CANARY)
    opened = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, DIRECTOR)
    assert CANARY in opened.get("/placements/tab/start?type=2&id=001").text
    assert CANARY in opened.get("/placements/tab/list").text


@pytest.mark.parametrize("shown", ["0", "-1", "1.0", "1 ", "٧", "1" * 16])
def test_an_odd_id_names_no_other_record(portal: Portal, shown: str) -> None:
    opened = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, DIRECTOR)
    answer = opened.get(f"/placements/tab/start?type=2&id={shown}")
    assert answer.status_code in (404, 422)
    assert opened.record_pass == ""


def test_tickets_end_half_a_day_after_the_proof(portal: Portal, clock: Callable[[], Any]) -> None:
    opened = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    for _ in range(12 * 60 // 9):
        clock.pass_by(minutes=9)  # type: ignore[attr-defined]
        assert opened.get("/placements/ticket").status_code == 200
    clock.pass_by(minutes=9)  # type: ignore[attr-defined]
    assert opened.get("/placements/ticket").status_code == 403


def test_a_ticket_sleeps_ten_minutes_at_most(portal: Portal, clock: Callable[[], Any]) -> None:
    opened = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    clock.pass_by(minutes=11)  # type: ignore[attr-defined]
    assert opened.get("/placements/ticket").status_code == 403
