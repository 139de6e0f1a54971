"""Attacks on signing links and codes, over HTTP, on both databases where it matters."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr
from io import StringIO
from itertools import product
from typing import Any

import pytest
import structlog
from flask import Flask, Response, request
from flask.testing import FlaskClient

from app import logs
from app.actions.void import void
from app.services import Services, build, lay_out
from app.store.tables import SigningCode
from app.web import create_app
from bench.security import state_of
from tests.conftest import Clock
from tests.signing_kit import Signer, make_signer

SCANNERS = (
    "", "Mozilla/5.0 (compatible; Outlook SafeLinks)", "Barracuda Sentinel (EE)", "Googlebot/2.1", "curl/8.5",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0", "Proofpoint URL Defense",
    "Slackbot-LinkExpanding 1.0", "facebookexternalhit/1.1", "WhatsApp/2.23",
)  # fmt: skip
STRANGE = (
    "a\x00b", "\ud800", "\udfff\ud800", "\u202e" * 50, "x" * 200_000, "\x1b[2J", "{0.__class__}", "%(a)s",
    "😀" * 3_000, "' or 1=1 --", "\u0000", "\ufffe", "\r\nSet-Cookie: a=b",
)  # fmt: skip


@pytest.fixture
def both(make_services: Callable[..., Services], database_url: str) -> Services:
    """Services on each kind of database."""
    return make_services(database_url=database_url)


def inside(app: Flask, signer: Signer) -> FlaskClient:
    """Return a browser that has opened the link."""
    browser = app.test_client()
    assert browser.get(f"/s/{signer.token}").status_code == 303
    return browser


def home(signer: Signer) -> str:
    return f"/s/r/{signer.short}"


def test_a_storm_of_scanners_changes_nothing(services: Services) -> None:
    signer, app = make_signer(services, needs_code=True), create_app(services)
    rules = [
        str(r).replace("<short>", signer.short).replace("<token>", signer.token)
        for r in app.url_map.iter_rules()
        if str(r).startswith("/s/")
    ]
    fills = {"<int:position>": "0", "<int:index>": "0", "<int:width>": "720", "<digest>": "a" * 64}
    paths = []
    for path in rules:
        for name, value in {**fills, "<mark>": "b" * 32}.items():
            path = path.replace(name, value)
        paths.append(path)
    before = state_of(services.database)
    for agent, method in product(SCANNERS, ("GET", "HEAD", "OPTIONS")):
        browser = inside(app, signer)
        for path in paths:
            answer = browser.open(path, method=method, headers={"User-Agent": agent})
            assert answer.status_code < 500, path
    assert state_of(services.database) == before
    assert signer.events() == ["created"]


def test_guesses_are_counted_over_restarts_and_threads(services: Services, clock: Clock) -> None:
    signer = make_signer(services, needs_code=True)

    def guess(guessed: tuple[Flask, int]) -> int:
        app, number = guessed
        form = signer.form(code=f"{number % 1_000_000:06d}")
        return inside(app, signer).post(f"{home(signer)}/sign", data=form).status_code

    for round_number in range(7):
        inside(create_app(services), signer).post(f"{home(signer)}/code", data=signer.form())
        right = int(signer.code())
        restarted = [build(services.settings, now=clock) for _ in range(4)]
        apps = [create_app(tools) for tools in restarted]
        wrong = [(apps[n % 4], right + 1 + n) for n in range(8)]
        with ThreadPoolExecutor(4) as pool:
            answers = set(pool.map(guess, wrong))
        assert answers <= {422, 429}, round_number
        for tools in restarted:
            tools.database.close()
        clock.pass_by(minutes=11)
    with services.database.reading() as session:
        tries = [row.tries for row in session.query(SigningCode).all()]
    assert tries == [5] * 5
    assert signer.events().count("code_refused") == 25


@pytest.mark.parametrize("strange", STRANGE)
def test_no_strange_text_breaks_a_signing_form(both: Services, strange: str) -> None:
    signer = make_signer(both)
    text_field = signer.add_field("text", required=False)
    browser = inside(create_app(both), signer)
    typed = json.dumps({"way": "typed", "text": strange, "hand": "lively"})
    huge = '{"way":"drawn","strokes":[[[1' + "0" * 400 + ',0]]],"aspect":1' + "0" * 400 + "}"
    plain = strange.encode("utf-8", "surrogatepass")
    forms: list[dict[str, Any]] = [
        signer.form(signature=typed),
        signer.form(signature=huge),
        signer.form(**{f"value-{text_field}": "x"}) | {f"value-{text_field}": plain},
        signer.form() | {"typed_name": plain},
        signer.form() | {"seen": plain},
        signer.form() | {"consent": plain},
        signer.form() | {"code": plain},
        signer.form() | {"hand": plain, "lang": plain},
    ]
    for form in forms:
        for accept in ("application/json", "text/html"):
            answer = browser.post(f"{home(signer)}/sign", data=form, headers={"Accept": accept})
            assert answer.status_code < 500, form
    reason = signer.form() | {"reason": plain}
    assert browser.post(f"{home(signer)}/decline", data=reason).status_code < 500
    assert browser.get(home(signer), query_string={"lang": plain}).status_code < 500


def test_voiding_against_signing_has_one_outcome(both: Services) -> None:
    app = create_app(both)
    for _ in range(4):
        signer = make_signer(both)
        browser, form = inside(app, signer), signer.form()
        with ThreadPoolExecutor(3) as pool:
            signing = [pool.submit(_post, app, browser, signer, form) for _ in range(2)]
            voiding = pool.submit(
                void, both, signer.envelope_id, actor="portal_user:1", reason="Not now"
            )
        is_voided = voiding.exception() is None
        assert signer.envelope.status == ("voided" if is_voided else "signed")
        assert {s.result() for s in signing} == ({409} if is_voided else {200})
        assert signer.events().count("signed") == (0 if is_voided else 1)
        assert signer.events().count("voided") == (1 if is_voided else 0)


def _post(app: Flask, browser: FlaskClient, signer: Signer, form: dict[str, str]) -> int:
    cookie = browser.get_cookie(f"paraph_s_{signer.short}", path=home(signer))
    assert cookie is not None
    headers = {"Cookie": f"{cookie.key}={cookie.value}", "Accept": "application/json"}
    client = app.test_client(use_cookies=False)
    return client.post(f"{home(signer)}/sign", data=form, headers=headers).status_code


@pytest.mark.parametrize("key", ["", "x" * 64, "another link's", "the cookie"])
def test_a_post_from_another_site_is_refused_at_every_door(services: Services, key: str) -> None:
    signer, other, app = make_signer(services), make_signer(services), create_app(services)
    browser = inside(app, signer)
    doors = [
        str(rule).replace("<short>", signer.short)
        for rule in app.url_map.iter_rules()
        if str(rule).startswith("/s/r/") and "POST" in (rule.methods or ())
    ]
    assert len(doors) >= 5
    cookie = browser.get_cookie(f"paraph_s_{signer.short}", path=home(signer))
    assert cookie is not None
    keys = {"another link's": other.form()["form_key"], "the cookie": cookie.value}
    form = {**signer.form(), "form_key": keys.get(key, key), "reason": "No"}
    before = state_of(services.database)
    foreign = {"Origin": "https://evil.example.com", "Sec-Fetch-Site": "cross-site"}
    for door in doors:
        assert browser.post(door, data=form, headers=foreign).status_code == 403, door
    assert state_of(services.database) == before


def test_a_cookie_of_another_installation_opens_nothing(
    services: Services, tmp_path: Any, clock: Clock
) -> None:
    signer = make_signer(services)
    elsewhere = build(services.settings.model_copy(update={"data": tmp_path / "other"}), now=clock)
    lay_out(elsewhere)
    stranger = make_signer(elsewhere)
    cookie = inside(create_app(elsewhere), stranger).get_cookie(
        f"paraph_s_{stranger.short}", path=home(stranger)
    )
    assert cookie is not None
    client = create_app(services).test_client(use_cookies=False)
    headers = {"Cookie": f"paraph_s_{signer.short}={cookie.value}"}
    assert client.get(home(signer), headers=headers).status_code == 410
    elsewhere.database.close()


@pytest.fixture
def real_logs() -> Iterator[Callable[[], str]]:
    """Log as in production; returns what was logged."""
    before, written = logging.getLogRecordFactory(), StringIO()
    with redirect_stderr(written):
        logs.configure("DEBUG")
        yield written.getvalue
    structlog.reset_defaults()
    logging.setLogRecordFactory(before)


def test_a_token_is_in_no_log_page_address_or_referer(
    services: Services, real_logs: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    signer, app = make_signer(services), create_app(services)
    app.add_url_rule("/s/<token>/boom", view_func=_boom)
    app.after_request_funcs[None].insert(0, _trip)
    unknown = "N0" * 21 + "x"
    answers = [
        app.test_client().get(f"/s/{signer.token}"),
        app.test_client().get(f"/s/{unknown}"),
        app.test_client().post(f"/s/{signer.token}"),
        app.test_client().get(f"/s/{signer.token}/"),
        app.test_client().get(f"/s/{signer.token}/x?y={signer.token}"),
        app.test_client().get(f"/s/{signer.token}/boom"),
        app.test_client().get(f"/s/{signer.token}?trip=1"),
        app.test_client().get(f"/s/agree/{signer.token}"),
        inside(app, signer).get(home(signer)),
    ]
    said = real_logs() + "".join(record.getMessage() for record in caplog.records)
    assert '"path": "/s/***"' in said
    assert "Exception on /s/***" in said
    for answer in answers:
        kept = f"{answer.headers} {answer.text}".replace(answer.headers.get("Set-Cookie", "-"), "")
        assert signer.token not in kept + said
        assert unknown not in kept + said


def test_no_page_hands_its_address_on(services: Services) -> None:
    signer, app = make_signer(services), create_app(services)
    for path in (f"/s/{signer.token}", "/s/unknown", home(signer), "/nothing", "/placements/home"):
        assert app.test_client().get(path).headers["Referrer-Policy"] == "no-referrer"


def _boom(token: str) -> str:
    raise RuntimeError(f"a fault that speaks: /s/{token}")


def _trip(response: Response) -> Response:
    """Fail where our own error page is not asked any more."""
    if "trip" in request.args:
        raise RuntimeError("tripped")
    return response


@pytest.mark.parametrize("path", ["", "/decline", "/text"])
def test_no_page_of_a_signer_can_be_framed(services: Services, path: str) -> None:
    signer = make_signer(services)
    browser = inside(create_app(services), signer)
    for answer in (browser.get(home(signer) + path), browser.get("/s/unknown"), browser.get("/x")):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("proxies", "header", "kept"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (1, "<script>alert(1)</script>", ""),
        (1, "x" * 5_000, ""),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_address_in_the_evidence_comes_through_trusted_proxies_only(
    make_services: Callable[..., Services], proxies: int, header: str, kept: str
) -> None:
    tools = make_services(proxies=proxies)
    signer = make_signer(tools)
    browser = inside(create_app(tools), signer)
    forwarded = {"X-Forwarded-For": header}
    answer = browser.post(f"{home(signer)}/sign", data=signer.form(), headers=forwarded)
    assert answer.status_code == 303
    assert signer.row.signed_ip == kept
