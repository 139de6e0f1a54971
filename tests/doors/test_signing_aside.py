"""Doors beside the signing: handing over, a wrong address, the sender's answer, links that ended."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.core.envelope import Status
from app.services import Services
from app.store.tables import Delivery, Installation, SigningLink
from app.web import create_app
from tests.conftest import Clock
from tests.signing_kit import AskedJobs, Signer, make_signer, make_signers, with_asked_jobs

PAGE = {"Accept": "text/html"}


@pytest.fixture
def room(services: Services) -> tuple[Services, AskedJobs]:
    return with_asked_jobs(services)


@pytest.fixture
def tools(room: tuple[Services, AskedJobs]) -> Services:
    return room[0]


@pytest.fixture
def browser(tools: Services) -> FlaskClient:
    return create_app(tools).test_client()


def enter(browser: FlaskClient, signer: Signer) -> str:
    return str(browser.get(f"/s/{signer.token}", headers=PAGE).headers["Location"])


def key(signer: Signer) -> str:
    return signer.services.secrets.keyed_hash("signing_form", signer.link_id)


def question_of(services: Services) -> str:
    with services.database.reading() as session:
        asked = session.query(Delivery).filter_by(purpose="handover").one()
    return services.secrets.decrypt(f"delivery:{asked.id}", asked.secret_enc)


def test_a_colleague_is_proposed_and_the_sender_agrees_by_one_click(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    assert f"{home}/handover" in browser.get(home).text
    assert browser.get(f"{home}/handover").status_code == 200
    form = {"form_key": key(signer), "name": "Ana Exemple", "email": "ana@example.org"}
    assert browser.post(f"{home}/handover", data=form).headers["Location"] == home
    assert 'data-stage="handing_over"' in browser.get(home).text
    address = f"/s/{question_of(tools)}"
    assert "Ana Exemple" in browser.get(address).text
    assert "is invited now" in browser.post(address, data={"answer": "yes"}).text
    assert "Ana Exemple signs in your place" in browser.get(home).text


def test_opening_the_question_answers_nothing(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    form = {"form_key": key(signer), "name": "Ana", "email": "ana@example.org"}
    browser.post(f"{home}/handover", data=form)
    address = f"/s/{question_of(tools)}"
    for _ in range(3):
        browser.get(address)
        browser.head(address)
    assert signer.row.role == "signer"
    assert 'data-open="yes"' in browser.get(address).text


def test_a_fault_comes_back_beside_what_was_entered(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    form = {"form_key": key(signer), "name": "Ana", "email": "nowhere"}
    answer = browser.post(f"{home}/handover", data=form)
    assert answer.status_code == 422
    assert 'value="nowhere"' in answer.text
    assert "not an e-mail address" in answer.text


def test_a_proposal_can_be_taken_back(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    form = {"form_key": key(signer), "name": "Ana", "email": "ana@example.org"}
    browser.post(f"{home}/handover", data=form)
    browser.post(f"{home}/stay", data={"form_key": key(signer)})
    assert 'id="sign-sheet"' in browser.get(home).text


def test_a_document_for_someone_else_ends_its_link_and_tells_the_sender(
    browser: FlaskClient, room: tuple[Services, AskedJobs]
) -> None:
    tools, jobs = room
    signer = make_signer(tools)
    home = enter(browser, signer)
    answer = browser.post(f"{home}/not-mine", data={"form_key": key(signer)})
    assert "Thank you for telling us" in answer.text
    assert browser.get(f"/s/{signer.token}", headers=PAGE).status_code == 410
    assert browser.get(home, headers=PAGE).status_code == 410
    assert signer.events()[-1] == "not_meant"
    with tools.database.reading() as session:
        told = session.query(Delivery).filter_by(purpose="not_meant").one()
    assert told.address == "claire.lumen@example.com"
    assert ("message", f"message:{told.id}") in jobs.asked


@pytest.mark.parametrize("path", ["handover", "stay", "not-mine"])
def test_another_sites_post_is_refused(browser: FlaskClient, tools: Services, path: str) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    form = {"name": "Ana", "email": "ana@example.org", "form_key": "0" * 64}
    assert browser.post(f"{home}/{path}", data=form).status_code == 403
    assert signer.events() == ["created"]


def end(services: Services, signer: Signer) -> None:
    with services.database.transaction() as session:
        link = session.get(SigningLink, signer.link_id)
        assert link is not None
        link.expires_at = services.now() - timedelta(minutes=1)


def new_link_form(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]+)"', page))


def test_a_link_past_its_time_brings_a_new_one_to_the_same_address(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    end(tools, signer)
    page = browser.get(f"/s/{signer.token}", headers=PAGE)
    assert page.status_code == 410
    assert "c•••t@example.org" in page.text
    answer = browser.post("/s/new-link", data=new_link_form(page.text))
    assert "A new link is on its way to c•••t@example.org" in answer.text
    with tools.database.reading() as session:
        sent = session.query(Delivery).filter_by(purpose="reminder").all()
    assert [row.address for row in sent] == ["client@example.org"]
    browser.post("/s/new-link", data=new_link_form(page.text))
    with tools.database.reading() as session:
        assert session.query(Delivery).filter_by(purpose="reminder").count() == 1


def test_after_the_deadline_the_sender_is_asked_once(
    browser: FlaskClient, tools: Services, clock: Clock
) -> None:
    signer = make_signer(tools, status=Status.EXPIRED.value)
    end(tools, signer)
    page = browser.get(f"/s/{signer.token}", headers=PAGE)
    assert "Ask Claire Lumen for a new link" in page.text
    for _ in range(2):
        answer = browser.post("/s/new-link", data=new_link_form(page.text))
        assert "Claire Lumen has been asked" in answer.text
    with tools.database.reading() as session:
        asked = session.query(Delivery).filter_by(purpose="renewal").all()
    assert [row.address for row in asked] == ["claire.lumen@example.com"]
    assert signer.events().count("renewal_asked") == 1


def test_a_visit_whose_link_ran_out_shows_the_way_on(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    end(tools, signer)
    page = browser.get(home, headers=PAGE)
    assert page.status_code == 410
    assert 'data-testid="new-link"' in page.text


def test_nobody_gets_a_new_link_with_a_key_of_their_own(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    end(tools, signer)
    form = {"link": signer.link_id, "form_key": "0" * 64}
    assert browser.post("/s/new-link", data=form).status_code == 403


def test_before_ones_turn_no_new_link_is_sent_by_itself(
    browser: FlaskClient, tools: Services
) -> None:
    client = make_signers(tools)["client"]
    end(tools, client)
    assert "Ask Claire Lumen" in browser.get(f"/s/{client.token}", headers=PAGE).text


def test_a_living_link_renews_nothing(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    form = {"link": signer.link_id, "form_key": key(signer)}
    assert browser.post("/s/new-link", data=form).status_code == 409


def test_the_portals_colour_is_the_pages_accent(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    assert "brand.css" not in browser.get(home).text
    with tools.database.transaction() as session:
        installation = session.get(Installation, signer.row.portal_id)
        assert installation is not None
        installation.preferences = {**installation.preferences, "brand_colour": "#0b5fa5"}
    assert "brand.css?v=0b5fa5" in browser.get(home).text
    sheet = browser.get(f"{home}/brand.css")
    assert sheet.mimetype == "text/css"
    assert "--accent: #0b5fa5" in sheet.text


def test_an_odd_colour_gets_into_no_style_sheet(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    home = enter(browser, signer)
    with tools.database.transaction() as session:
        installation = session.get(Installation, signer.row.portal_id)
        assert installation is not None
        installation.preferences = {"brand_colour": "red;} body{display:none"}
    assert browser.get(f"{home}/brand.css").text == ""


def test_a_signers_link_takes_no_answer(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    assert browser.post(f"/s/{signer.token}", data={"answer": "yes"}).status_code == 404
    assert signer.events() == ["created"]
