"""Who may frame what, what a prober sees, the app's leaving and coming back, and where secrets must not be."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import redirect_stderr
from io import StringIO

import pytest
import structlog

from app import logs
from app.services import Services
from app.store import installations, tokens
from app.store.tables import Installation, PortalToken
from app.web import create_app
from emulator import lifecycle
from emulator.demo_data import CLIENT_ID, CLIENT_SECRET, MEMBER_ID
from tests.factories import make_envelope
from tests.frame_kit import DIRECTOR, SELLER, Portal, make_ready, send_now
from tests.signing_kit import make_signer

TAB = "CRM_DEAL_DETAIL_TAB"
EVENTS = "/handlers/events"


def policy(answer: object) -> str:
    """Who may frame the page, as the browser is told."""
    headers = answer.headers  # type: ignore[attr-defined]
    found = re.search(r"frame-ancestors ([^;]+)", headers["Content-Security-Policy"])
    assert found
    return found[1]


def uninstalled(portal: Portal, token: str) -> int:
    form = {"event": "ONAPPUNINSTALL", "auth[member_id]": MEMBER_ID, "data[CLEAN]": "1"}
    answer = portal.app.test_client().post(EVENTS, data={**form, "auth[application_token]": token})
    return answer.status_code


def installation(portal: Portal) -> Installation:
    with portal.services.database.reading() as session:
        found = installations.by_member(session, MEMBER_ID)
    assert found is not None
    return found


# -- frames -----------------------------------------------------------------------------------------


def test_a_frame_is_for_its_own_portal(portal: Portal) -> None:
    frame = portal.open(TAB, {"ID": "1"}, SELLER)
    assert policy(frame.page) == portal.emulator.portal_url
    assert "X-Frame-Options" not in frame.page.headers
    assert policy(frame.load()) == portal.emulator.portal_url


def test_what_is_refused_after_the_proof_is_still_shown_in_the_portal(portal: Portal) -> None:
    frame = portal.open(TAB, {"ID": "x"}, SELLER)
    assert frame.page.status_code == 422
    assert policy(frame.page) == portal.emulator.portal_url
    with portal.services.database.transaction() as session:
        found = installations.by_member(session, MEMBER_ID)
        assert found is not None
        found.state = "closed"
    closed = portal.open(TAB, {"ID": "1"}, SELLER)
    assert closed.page.status_code == 403
    assert policy(closed.page) == portal.emulator.portal_url


def test_an_unproven_frame_is_for_nobody(portal: Portal) -> None:
    opened = portal.emulator.engine.open_placement(SELLER, TAB, {"ID": "1"})
    frame = portal.post(opened.url, {**opened.fields, "AUTH_ID": "f" * 70})
    assert (frame.page.status_code, policy(frame.page)) == (403, "'none'")
    assert frame.page.headers["X-Frame-Options"] == "DENY"


def test_while_nobody_can_be_proven_the_frame_shows_a_sentence_and_nothing_to_click(
    portal: Portal,
) -> None:
    portal.emulator.engine.faults.add("oauth:app.info", "INTERNAL_SERVER_ERROR", times=None)
    frame = portal.open(TAB, {"ID": "1"}, SELLER)
    assert (frame.page.status_code, policy(frame.page)) == (503, "*")
    assert not re.search(r"<(form|button|input|a)\b", frame.html)
    assert MEMBER_ID not in frame.html


@pytest.mark.parametrize(
    "origin",
    ["https://x.example.com; script-src *", "https://x.example.com *", "javascript:alert(1)", "*"],
)
def test_no_odd_origin_gets_into_the_policy(portal: Portal, origin: str) -> None:
    known = portal.emulator.state.portal
    true, known.domain = known.domain, origin.removeprefix("https://")
    frame = portal.open(TAB, {"ID": "1"}, SELLER)
    known.domain = true
    assert frame.page.status_code == 403
    assert policy(frame.page) == "'none'"


# -- probing ----------------------------------------------------------------------------------------


def test_every_address_the_market_knows_answers_a_probe(portal: Portal) -> None:
    manifest, client = portal.services.manifest, portal.app.test_client()
    paths = [manifest.urls.installer, manifest.urls.home, manifest.urls.events]
    paths += [one.handler for one in manifest.placements]
    paths += [path for one in manifest.robots for path in (one.handler, one.settings)]
    for path in filter(None, paths):
        for method in ("HEAD", "GET"):
            answer = client.open(path, method=method)
            assert answer.status_code == 200, path
            assert policy(answer) == "'none'"
            assert answer.data == b"" or method == "GET"


def test_every_get_address_answers_head_alike(portal: Portal) -> None:
    client = portal.app.test_client()
    for rule in portal.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "static":
            continue
        path = re.sub(r"<int:\w+>", "0", str(rule))
        path = re.sub(r"<\w+>", "a" * 24, path)
        got, head = client.get(path), client.head(path)
        assert head.status_code == got.status_code, path
        assert head.status_code < 500
        assert head.data == b""


@pytest.mark.parametrize(
    "paths",
    [
        ("/nothing", "/handlers/nothing", "/static/nothing.js", "/.env", "/s"),
        ("/placements/nothing", "/placements/tab/nothing", "/placements/open/" + "0" * 32),
    ],
)
def test_what_is_not_there_looks_alike(portal: Portal, paths: tuple[str, ...]) -> None:
    client = portal.app.test_client()
    answers = [client.get(path, headers={"Accept": "text/html"}) for path in paths]
    assert {a.status_code for a in answers} == {404}
    assert len({a.text for a in answers}) == 1


def test_a_refused_frame_speaks_to_an_employee_and_a_refused_link_to_a_signer(
    portal: Portal,
) -> None:
    client = portal.app.test_client()
    assert "Bitrix24 administrator" in client.get("/placements/nothing").text
    assert "Bitrix24" not in client.get("/s/unknown").text


def test_a_refusal_does_not_tell_a_known_portal_from_an_unknown_one(portal: Portal) -> None:
    client, answers = portal.app.test_client(), []

    def ask(path: str, form: dict[str, str]) -> None:
        got = client.post(path, data=form)
        # The request's number is drawn anew each time and tells nothing; all else must be alike.
        number = got.headers["X-Request-Id"]
        answers.append((got.status_code, got.text, str(got.headers).replace(number, "-")))

    for member in (MEMBER_ID, "0" * 32, ""):
        form = {"event": "ONAPPUNINSTALL", "auth[member_id]": member}
        ask(EVENTS, {**form, "auth[application_token]": "0" * 32})
    for member in (MEMBER_ID, "0" * 32):
        ask("/placements/home", {"AUTH_ID": "f" * 70, "member_id": member})
    assert len(set(answers[:3])) == 1
    assert len(set(answers[3:])) == 1
    assert {status for status, *_ in answers} == {403}


# -- leaving and coming back ------------------------------------------------------------------------


def test_ten_times_away_and_back_again(portal: Portal) -> None:
    first = installation(portal)
    engine, state = portal.emulator.engine, portal.emulator.state
    kept = make_envelope(portal.services.database, first.portal_id, entity_id="1", title="Kept")
    bound = list(state.installations[CLIENT_ID].placements)
    for _ in range(10):
        token = state.installations[CLIENT_ID].application_token
        frame = portal.open(TAB, {"ID": "1"}, SELLER)
        old = portal.emulator.engine.open_placement(SELLER, TAB, {"ID": "1"})
        assert uninstalled(portal, "0" * 32) == 403
        assert installation(portal).state == "active"
        lifecycle.uninstall_app(engine, CLIENT_ID, DIRECTOR, clean=True)
        assert uninstalled(portal, token) == 200
        assert uninstalled(portal, token) == 403
        assert (installation(portal).state, installation(portal).application_token_hash) == (
            "closed",
            "",
        )
        with portal.services.database.reading() as session:
            assert session.query(PortalToken).count() == 0
        assert frame.get("/placements/home/start").status_code == 403
        assert frame.get("/placements/ticket").status_code == 403
        assert portal.post(old.url, old.fields).page.status_code == 403
        lifecycle.start_install(engine, CLIENT_ID, DIRECTOR)
        assert portal.open("DEFAULT", {}).page.status_code == 200
        lifecycle.finish_install(engine, CLIENT_ID, DIRECTOR)
        state.installations[CLIENT_ID].placements.extend(bound)
        again = installation(portal)
        assert (again.portal_id, again.state) == (first.portal_id, "active")
        assert portal.open(TAB, {"ID": "1"}, SELLER).page.status_code == 200
    with portal.services.database.reading() as session:
        assert session.query(Installation).count() == 1
    assert kept in portal.open(TAB, {"ID": "1"}, DIRECTOR).load().text


def test_a_frame_of_the_administrator_who_left_does_not_bring_the_app_back(portal: Portal) -> None:
    opened = portal.emulator.engine.open_placement(DIRECTOR, TAB, {"ID": "1"})
    assert portal.post(opened.url, opened.fields).page.status_code == 200
    token = portal.emulator.state.installations[CLIENT_ID].application_token
    lifecycle.uninstall_app(portal.emulator.engine, CLIENT_ID, DIRECTOR)
    assert uninstalled(portal, token) == 200
    assert portal.post(opened.url, opened.fields).page.status_code == 403
    assert portal.post("/placements/install", opened.fields).page.status_code in (403, 422)
    assert installation(portal).state == "closed"


# -- secrets ----------------------------------------------------------------------------------------


@pytest.fixture
def written() -> Iterator[StringIO]:
    """Everything that is logged, as in production."""
    before, kept = logging.getLogRecordFactory(), StringIO()
    with redirect_stderr(kept):
        logs.configure("DEBUG")
        yield kept
    structlog.reset_defaults()
    logging.setLogRecordFactory(before)


def test_no_secret_lies_in_logs_or_data(portal: Portal, written: StringIO) -> None:
    """Twelve kinds of secrets go through the doors; the data folder and the log are then read as they are."""
    state, services = portal.emulator.state, portal.services
    owner, frame = portal.who().portal_id, portal.wizard("1")
    form = {"key": "k" * 32, "our_user": "1", "contact": "1", "channel": "email", "name": "Claire"}
    with services.database.reading() as session:
        shipped = next(
            iter(session.connection().exec_driver_sql("select id from templates").scalars())
        )
    sent = {
        **form,
        "email": "claire@example.org",
        "source": f"template:{shipped}",
        "needs_code": "yes",
    }
    made = re.search(
        r'data-envelope="([0-9a-f]{32})"', frame.post("/placements/wizard/create", **sent).text
    )
    assert made
    make_ready(services, made[1])
    send_now(services, made[1])
    signer = make_signer(services, needs_code=True)
    browser = portal.app.test_client()
    browser.get(f"/s/{signer.token}")
    browser.post(f"/s/r/{signer.short}/code", data=signer.form())
    code = signer.code()
    browser.post(f"/s/r/{signer.short}/sign", data=signer.form(code=code))
    assert signer.row.signed_at
    cookie = browser.get_cookie(f"paraph_s_{signer.short}", path=f"/s/r/{signer.short}")
    assert cookie is not None
    state.advance(4_000)
    services.portals.client(owner).call("user.admin")
    with services.database.reading() as session:
        pair = tokens.load(session, services.secrets, owner, None)
    secrets = {
        "client secret": CLIENT_SECRET,
        "application token": state.installations[CLIENT_ID].application_token,
        "stored access": pair.access,
        "stored refresh": pair.refresh,
        **{f"access {n}": one.access for n, one in enumerate(state.tokens.values())},
        **{f"refresh {n}": one.refresh for n, one in enumerate(state.tokens.values())},
        "signing token": signer.token,
        "form key": signer.form()["form_key"],
        "ticket": frame.ticket,
        "record pass": frame.record_pass,
        "cookie": getattr(
            browser.get_cookie(f"paraph_s_{signer.short}", path=f"/s/r/{signer.short}"), "value", ""
        ),
    }
    services.database.engine.dispose()
    data = services.settings.data
    files = {
        p: p.read_bytes() for p in data.rglob("*") if p.is_file() and p.parent != data / "keys"
    }
    assert any(b"Claire" in content for content in files.values())
    assert '"event": "request"' in written.getvalue()
    for name, secret in secrets.items():
        assert len(secret) > 20, name
        assert secret not in written.getvalue(), name
        assert [p for p, content in files.items() if secret.encode() in content] == [], name
    assert not re.search(rf"(?<![0-9a-f]){code}(?![0-9a-f])", written.getvalue())
    with services.database.reading() as session:
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())
    assert f"'{code}'" not in dump
    assert f'"{code}"' not in dump


def test_a_broken_database_tells_the_log_no_ones_data(
    services: Services, written: StringIO
) -> None:
    signer, app = make_signer(services), create_app(services)
    with services.database.transaction() as session:
        session.connection().exec_driver_sql("drop table signing_links")
    assert app.test_client().get(f"/s/{signer.token}").status_code == 500
    hashed = services.secrets.keyed_hash("signing_link", signer.token)
    assert "OperationalError" in written.getvalue()
    assert hashed not in written.getvalue()
