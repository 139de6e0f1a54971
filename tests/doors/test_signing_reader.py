"""What the signing page knows of its reader: their language and their time zone, and what it says without them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.services import Services
from app.store.tables import Recipient, SigningLink
from app.web import create_app
from tests.signing_kit import Signer, add_link, make_signer, with_asked_jobs

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
SWEDISH = {"Accept-Language": "sv,nb;q=0.8"}


@pytest.fixture
def tools(services: Services) -> Services:
    return with_asked_jobs(services)[0]


@pytest.fixture
def browser(tools: Services) -> Iterator[FlaskClient]:
    with create_app(tools).test_client() as client:
        yield client


def known(signer: Signer, **values: object) -> None:
    """Store what is known of the signer."""

    def edit(_: object, me: Recipient) -> None:
        for name, value in values.items():
            setattr(me, name, value)

    signer.change(edit)


def opened(browser: FlaskClient, signer: Signer, headers: dict[str, str] | None = None) -> str:
    browser.get(f"/s/{signer.token}", headers=headers)
    return browser.get(f"/s/r/{signer.short}", headers=headers).text


def language(page: str) -> str:
    found = re.search(r'<html[^>]* lang="([^"]+)"', page)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("told", "headers", "spoken"),
    [
        (True, GERMAN, "fr"),
        (False, GERMAN, "de"),
        (False, SWEDISH, "fr"),
        (False, {}, "fr"),
        (False, {"Accept-Language": "pt"}, "pt-BR"),
        (False, {"Accept-Language": "sv,ru;q=0.3"}, "ru"),
        (False, {"Accept-Language": "%%%;q=x,,\x7f"}, "fr"),
    ],
)
def test_the_contacts_language_comes_first_then_the_browsers_then_the_senders(
    browser: FlaskClient, tools: Services, told: bool, headers: dict[str, str], spoken: str
) -> None:
    signer = make_signer(tools)
    known(signer, lang="fr", is_lang_told=told)
    assert language(opened(browser, signer, headers)) == spoken


def test_what_the_reader_chose_stays(browser: FlaskClient, tools: Services) -> None:
    signer = make_signer(tools)
    known(signer, lang="fr", is_lang_told=False)
    opened(browser, signer, GERMAN)
    browser.get(f"/s/r/{signer.short}?lang=es", headers=GERMAN)
    assert language(browser.get(f"/s/r/{signer.short}", headers=GERMAN).text) == "es"


@pytest.mark.parametrize(
    ("phone", "zone", "said"),
    [
        ("+12125550123", "Europe/Berlin", "24 December, 10:29 (New York, GMT-05:00)"),
        ("", "Europe/London", "24 December, 15:29 (London, GMT)"),
        ("", "", "24 December, 16:29 (Paris, GMT+01:00)"),
    ],
)
def test_a_deadline_is_said_in_the_readers_zone_which_is_named(
    browser: FlaskClient, tools: Services, phone: str, zone: str, said: str
) -> None:
    signer = make_signer(tools)
    known(signer, phone=phone, zone=zone)
    signer.change(
        lambda envelope, _: setattr(
            envelope, "deadline", datetime(2026, 12, 24, 15, 29, tzinfo=UTC)
        )
    )
    page = opened(browser, signer)
    assert said in page
    assert "UTC" not in page


def test_when_somebody_signed_is_said_in_the_readers_zone(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools, status="sealed")
    at = datetime(2026, 7, 1, 22, 5, tzinfo=UTC)
    known(signer, lang="fr", phone="+33199000012", state="signed", signed_at=at)
    assert "2 juillet, 00:05 (Paris, UTC+02:00)" in opened(browser, signer)


def test_a_replaced_link_says_which_message_holds_the_good_one(
    browser: FlaskClient, tools: Services
) -> None:
    old = make_signer(tools)
    with tools.database.transaction() as session:
        session.get_one(SigningLink, old.link_id).revoked_at = tools.now()
    add_link(tools, old.envelope_id, old.recipient_id)
    page = browser.get(f"/s/{old.token}", headers={"Accept": "text/html"})
    assert page.status_code == 410
    assert "There is a newer link" in page.text
    assert "Our message of 24 November, 10:30 (Paris, GMT+01:00) holds the link" in page.text
    assert 'data-testid="new-link"' in page.text


def test_a_link_that_ran_out_promises_no_message_that_is_not_there(
    browser: FlaskClient, tools: Services
) -> None:
    signer = make_signer(tools)
    with tools.database.transaction() as session:
        link = session.get_one(SigningLink, signer.link_id)
        link.expires_at = tools.now() - timedelta(minutes=1)
    page = browser.get(f"/s/{signer.token}", headers={"Accept": "text/html"}).text
    assert "This link has run out" in page
    assert 'data-testid="newer"' not in page
