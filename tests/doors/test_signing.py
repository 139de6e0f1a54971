"""The signer's public page: what its doors let in, what they answer, what they never change.

Selectors that walks rely on (data-testid): start, next, start-sign (the bar's button, by what it does);
field-<kind>; text-sheet, text-value, text-tick, text-next; sign-sheet, tab-typed, tab-drawn, tab-picture,
typed-name, hand-<hand>, pad, pad-undo, pad-clear, picture-file, stamp-drawn, consent, terms, sign, close; code,
code-again, code-go; download-original, read-text, decline, reason, decline-confirm, download-final, lang-<code>;
plain-name, plain-consent, plain-sign; error. A quiet page says its stage in [data-stage].
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.actions.sign import sign
from app.documents import ink
from app.http.pages import STATIC
from app.services import Services
from app.store.tables import SigningLink
from app.web import create_app
from handlers import signing_pictures
from tests.conftest import Clock
from tests.signing_kit import Signer, make_signer, make_signers, with_asked_jobs

JSON = {"Accept": "application/json"}
PAGE = {"Accept": "text/html"}


@pytest.fixture
def tools(services: Services) -> Services:
    return with_asked_jobs(services)[0]


@pytest.fixture
def app(tools: Services) -> Flask:
    return create_app(tools)


@pytest.fixture
def browser(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as client:
        yield client


def enter(browser: FlaskClient, signer: Signer) -> str:
    """Open the link; return the clean address."""
    response = browser.get(f"/s/{signer.token}")
    assert response.status_code == 303
    return str(response.headers["Location"])


def home(signer: Signer) -> str:
    return f"/s/r/{signer.short}"


def stage_of(response: TestResponse) -> str:
    found = re.search(r'data-stage="(\w+)"', response.text)
    return found.group(1) if found else ""


def test_the_token_leaves_the_address_at_once(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    address = enter(browser, signer)
    assert address == home(signer)
    assert signer.token not in browser.get(address).text


def test_the_cookie_is_for_this_page_alone(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    cookie = browser.get(f"/s/{signer.token}").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Path=/s/r/{signer.short}" in cookie
    assert "Secure" not in cookie
    assert signer.token not in cookie


def test_over_https_the_cookie_is_secure(make_services: object) -> None:
    tools = with_asked_jobs(make_services(base_url="https://sign.example.com"))[0]  # type: ignore[operator]
    signer = make_signer(tools)
    with create_app(tools).test_client() as browser:
        assert "Secure" in browser.get(f"/s/{signer.token}").headers["Set-Cookie"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_machines_that_open_a_link_change_nothing(
    browser: FlaskClient, tools: Services, method: str
) -> None:
    """Mail scanners follow links, redirects and pictures (trust.md S7)."""
    signer = make_signer(tools)
    before = signer.events()
    visit = getattr(browser, method)
    visit(f"/s/{signer.token}")
    for path in (
        "",
        "/text",
        "/state",
        "/decline",
        "/original/0.pdf",
        "/page/0/0/720.webp",
        "/words/0/0.json",
    ):
        assert visit(home(signer) + path).status_code == 200
    assert signer.events() == before
    assert signer.row.viewed_at is None


def test_a_gesture_counts_as_viewed_once(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    headers = {"X-Paraph-Form": signer.form()["form_key"]}
    for _ in range(3):
        assert browser.post(home(signer) + "/viewed", headers=headers).status_code == 204
    assert signer.events().count("viewed") == 1
    assert signer.event("viewed")["seen"] == signer.shown


def test_an_unknown_link_says_where_the_right_one_is(browser: FlaskClient) -> None:
    response = browser.get("/s/" + "x" * 43, headers=PAGE)
    assert response.status_code == 404
    assert "open it from the message" in response.text


def test_a_replaced_link_and_its_session_no_longer_open(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    address = enter(browser, signer)
    with tools.database.transaction() as session:
        link = session.get(SigningLink, signer.link_id)
        assert link is not None
        link.revoked_at = tools.now()
    assert browser.get(f"/s/{signer.token}").status_code == 410
    assert browser.get(address).status_code == 410
    assert browser.post(address + "/sign", data=signer.form()).status_code == 410
    assert signer.row.state == "invited"


def test_a_link_past_its_time_does_not_open(
    browser: FlaskClient, tools: Services, clock: Clock
) -> None:
    signer = make_signer(tools, link_days=3)
    clock.pass_by(days=3)
    assert browser.get(f"/s/{signer.token}").status_code == 410


def test_without_the_cookie_the_clean_address_opens_nothing(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    response = browser.get(home(signer))
    assert response.status_code == 410
    assert "Your visit has ended" in response.text
    assert signer.envelope.title not in response.text


def test_one_persons_cookie_is_not_another_persons(app: Flask, tools: Services) -> None:
    signers = make_signers(tools)
    us, client = signers["us"], signers["client"]
    with app.test_client() as browser:
        cookie = browser.get(f"/s/{us.token}").headers["Set-Cookie"].split("=", 1)[1]
        value = cookie.split(";")[0]
    with app.test_client() as thief:
        thief.set_cookie(f"paraph_s_{client.short}", value, path=home(client))
        assert thief.get(home(client)).status_code == 410


def test_several_envelopes_can_be_open_side_by_side(browser: FlaskClient, tools: Services) -> None:
    first, second = make_signer(tools), make_signer(tools)
    addresses = [enter(browser, first), enter(browser, second)]
    assert [browser.get(address).status_code for address in addresses] == [200, 200]


@pytest.mark.parametrize("path", ["sign", "code", "decline", "viewed", "picture"])
def test_a_post_without_the_pages_own_key_is_refused(
    browser: FlaskClient, tools: Services, path: str
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    for key in ("", "0" * 64):
        form = {**signer.form(form_key=key), "reason": "x"}
        assert browser.post(f"{home(signer)}/{path}", data=form).status_code == 403
    assert signer.envelope.status == "sent"


def test_signing_leads_back_to_the_page_and_again_to_the_same(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    for _ in range(2):
        response = browser.post(home(signer) + "/sign", data=signer.form())
        assert response.status_code == 303
        assert response.headers["Location"] == home(signer)
    assert stage_of(browser.get(home(signer))) == "sealing"
    assert signer.events().count("signed") == 1


def test_a_script_is_answered_with_the_next_address_or_the_fault(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    form = signer.form(consent="")
    refused = browser.post(home(signer) + "/sign", data=form, headers=JSON)
    assert refused.status_code == 422
    assert refused.json is not None
    assert refused.json["field"] == "consent"
    drawn = {"way": "drawn", "strokes": [[[0.1, 0.2], [0.8, 0.4]]], "aspect": 2}
    form = signer.form(typed_name="", signature=json.dumps(drawn))
    accepted = browser.post(home(signer) + "/sign", data=form, headers=JSON)
    assert accepted.json == {"next": home(signer)}
    image = signer.fields[0].image
    assert image is not None
    assert image["strokes"] == [[[0.1, 0.2], [0.8, 0.4]]]


def test_without_a_script_one_signs_by_name_and_code(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools, needs_code=True)
    field_id = signer.add_field("text", label="Delivery address")
    enter(browser, signer)
    form = {**signer.form(), f"value-{field_id}": "12 rue des Lilas"}
    asked = browser.post(home(signer) + "/code", data=form, headers=PAGE)
    assert 'autocomplete="one-time-code"' in asked.text
    assert "12 rue des Lilas" in asked.text
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', asked.text))
    wrong = browser.post(
        home(signer) + "/sign", data={**kept, "code": signer.wrong_code()}, headers=PAGE
    )
    assert wrong.status_code == 422
    assert "4 tries are left" in wrong.text
    right = browser.post(home(signer) + "/sign", data={**kept, "code": signer.code()}, headers=PAGE)
    assert right.status_code == 303
    assert signer.row.identified_by == "code_same"
    assert next(f for f in signer.fields if f.id == field_id).value == "12 rue des Lilas"


def test_a_plain_form_with_a_fault_comes_back_filled(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    needed = signer.add_field("text", label="Delivery address")
    other = signer.add_field("text", label="Floor", required=False)
    enter(browser, signer)
    form = {**signer.form(typed_name="Jean E."), f"value-{other}": "third floor"}
    response = browser.post(home(signer) + "/sign", data=form, headers=PAGE)
    assert response.status_code == 422
    assert "This field is required." in response.text
    assert f'href="#plain-{needed}"' in response.text
    assert "third floor" in response.text
    assert 'value="Jean E."' in response.text


@pytest.mark.parametrize(
    ("status", "state", "expected"),
    [
        ("sent", "signed", "waiting"),
        ("signed", "signed", "sealing"),
        ("sealed", "signed", "done"),
        ("declined", "declined", "declined"),
        ("expired", "invited", "expired"),
        ("voided", "invited", "voided"),
    ],
)
def test_each_state_has_a_page_of_its_own(
    browser: FlaskClient, tools: Services, status: str, state: str, expected: str
) -> None:
    signer = make_signers(tools, parties=("client", "us"))["client"]

    def move(envelope: object, me: object) -> None:
        envelope.status, me.state = status, state  # type: ignore[attr-defined]
        me.signed_at = tools.now() if state == "signed" else None  # type: ignore[attr-defined]

    signer.change(move)
    response = browser.get(enter(browser, signer))
    assert stage_of(response) == expected
    answer = browser.get(home(signer) + "/state").json
    assert answer == {"stage": expected}


def test_who_is_not_next_sees_who_is_and_no_page_of_the_document(
    browser: FlaskClient, tools: Services
) -> None:
    client = make_signers(tools)["client"]
    response = browser.get(enter(browser, client))
    assert stage_of(response) == "not_your_turn"
    assert "Claire Lumen signs first" in response.text
    assert browser.get(home(client) + "/page/0/0/720.webp").status_code == 404
    assert browser.get(home(client) + "/original/0.pdf").status_code == 404


def test_the_sealed_document_is_there_when_it_is_sealed(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    sign(tools, signer.caller, signer.submission())
    assert browser.get(home(signer) + "/final/0.pdf").status_code == 404
    sealed = tools.files.put(b"%PDF-1.7 sealed")
    with tools.database.transaction() as session:
        from app.store import envelopes

        envelopes.documents(session, signer.envelope_id)[0].sealed_digest = sealed
        envelopes.lock(session, signer.envelope_id).status = "sealed"
    response = browser.get(home(signer) + "/final/0.pdf")
    assert response.data == b"%PDF-1.7 sealed"
    assert "attachment" in response.headers["Content-Disposition"]


def test_declining_asks_why_and_ends_it(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    key = signer.form()["form_key"]
    missing = browser.post(
        home(signer) + "/decline", data={"form_key": key, "reason": " "}, headers=PAGE
    )
    assert missing.status_code == 422
    assert "Please say in a few words why." in missing.text
    browser.post(home(signer) + "/decline", data={"form_key": key, "reason": "Too late."})
    page = browser.get(home(signer))
    assert stage_of(page) == "declined"
    assert "Too late." in page.text


def test_page_pictures_are_kept_by_the_browser_and_nothing_else_is(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    page = browser.get(enter(browser, signer))
    assert page.headers["Cache-Control"] == "no-store"
    picture = browser.get(home(signer) + "/page/0/0/1080.webp")
    assert picture.content_type == "image/webp"
    assert picture.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert browser.get(home(signer) + "/page/0/0/1081.webp").status_code == 404
    assert browser.get(home(signer) + "/page/0/9/1080.webp").status_code == 404


def test_the_original_is_exactly_what_will_be_signed(browser: FlaskClient, tools: Services) -> None:
    import hashlib

    signer = make_signer(tools)
    enter(browser, signer)
    original = browser.get(home(signer) + "/original/0.pdf").data
    assert hashlib.sha256(original).hexdigest() == signer.shown


def test_nothing_inline_and_nothing_foreign_in_any_page(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools, needs_code=True, message="<script>alert(1)</script>")
    enter(browser, signer)
    for path in ("", "/text", "/decline"):
        response = browser.get(home(signer) + path)
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert not re.search(r"\sstyle=|<style|\son\w+=", response.text)
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", response.text, re.S):
            assert 'src="/static/' in attributes or "application/json" in attributes
            assert "alert(1)" not in body
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', response.text)


def test_the_language_is_the_recipients_and_can_be_switched(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    signer.change(lambda _, me: setattr(me, "lang", "fr"))
    address = enter(browser, signer)
    assert '<html lang="fr">' in browser.get(address).text
    assert '<html lang="en">' in browser.get(address + "?lang=en").text
    assert '<html lang="en">' in browser.get(address).text
    assert '<html lang="en">' in browser.get(address + "?lang=%3Cscript%3E").text


@pytest.mark.parametrize(
    "signature",
    [
        "{",
        "[]",
        "[" * 5000,
        '{"way": "carved"}',
        '{"way": "drawn"}',
        '{"way": "drawn", "strokes": "no"}',
        '{"way": "drawn", "strokes": [[[0.1]]]}',
        '{"way": "drawn", "strokes": [[[1e999, 0]]]}',
        '{"way": "drawn", "strokes": [[["a", true]]]}',
        '{"way": "drawn", "strokes": [[[5, 5]]], "aspect": "wide"}',
        '{"way": "drawn", "strokes": [[[0.5, 0.5]]], "aspect": NaN, "extra": {}}',
        '{"way": "typed", "text": null}',
        '{"way": "typed", "text": ["x"], "hand": 4}',
        '{"way": "picture", "picture": {"a": 1}, "mark": []}',
        json.dumps({"way": "drawn", "strokes": [[[0.1, 0.1]]] * 401}),
        json.dumps({"way": "drawn", "strokes": [[[0.1, 0.1]] * 20001]}),
    ],
)
def test_whatever_is_sent_as_a_signature_the_answer_is_a_sentence(
    browser: FlaskClient, tools: Services, signature: str
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    form = signer.form(typed_name="", signature=signature)
    response = browser.post(home(signer) + "/sign", data=form, headers=JSON)
    assert response.status_code in (200, 422)
    assert response.json is not None
    if response.status_code == 422:
        assert response.json["error"]


def test_a_body_too_large_is_refused_without_reading_it(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    form = signer.form(signature="x" * 2_000_000)
    assert browser.post(home(signer) + "/sign", data=form, headers=JSON).status_code == 413
    headers = {"X-Paraph-Form": form["form_key"], "Content-Type": "multipart/form-data; boundary=x"}
    picture = browser.post(home(signer) + "/picture", data=b"x" * 9_500_000, headers=headers)
    assert picture.status_code == 413


@pytest.mark.parametrize(
    "path",
    [
        "/s/",
        "/s/r/",
        "/s/r/../../x",
        "/s/%00",
        "/placements/open/%00",
        "/s/r/zz/page/0/0/720.webp",
        "/s/r/zz/hand.svg?name=a&hand=b",
        "/s/r/%F0%9F%98%80",
    ],
)
def test_odd_addresses_are_simply_not_found(browser: FlaskClient, path: str) -> None:
    assert browser.get(path).status_code in (404, 410)


def test_a_name_is_written_in_our_hands_and_only_in_ours(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    enter(browser, signer)
    written = browser.get(home(signer) + "/hand.svg?hand=lively&name=Zo%C3%AB")
    assert written.content_type == "image/svg+xml"
    assert b"<script" not in written.data
    assert browser.get(home(signer) + "/hand.svg?hand=evil&name=Z").status_code == 404
    assert browser.get(home(signer) + "/hand.svg?hand=lively&name=").status_code == 404


def test_a_signature_looks_on_the_page_as_it_will_on_the_document() -> None:
    assert ink.INK.hexval().replace("0x", "#") == signing_pictures.INK
    for script in ("spots.js", "pad.js"):
        assert signing_pictures.INK in (STATIC / "sign" / script).read_text()


def test_a_deadline_that_passed_shows_its_own_page(
    browser: FlaskClient, tools: Services, clock: Clock
) -> None:
    signer = make_signer(tools, deadline=clock() + timedelta(hours=1))
    enter(browser, signer)
    clock.pass_by(hours=2)
    assert stage_of(browser.get(home(signer))) == "expired"
