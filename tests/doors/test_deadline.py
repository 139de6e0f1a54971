"""A deadline that is near: the sender is warned, and gives a week more by the mail's link and one confirmation."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.actions.expire import expire_due, put_off, warn_senders
from app.actions.invite import invite, remind_due
from app.core.evidence import EventKind
from app.services import Services
from app.store import audit, envelopes
from app.web import create_app
from tests.actions.reaching_kit import change, deliver_all, messages_of, sent_envelope
from tests.conftest import Clock

MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DEADLINE = MORNING + timedelta(days=30)
PREFETCH = {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)"}


@pytest.fixture
def envelope_id(services: Services, clock: Clock) -> str:
    """An envelope that ends in thirty days, whose one signer was invited."""
    clock.at = MORNING
    made = sent_envelope(services, deadline=DEADLINE)
    invite(services, made)
    deliver_all(services, made)
    return made


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def warn(services: Services, clock: Clock, envelope_id: str) -> str:
    """Let it be two days before the deadline; return the path of the link that the sender is mailed."""
    clock.at = deadline_of(services, envelope_id) - timedelta(days=2)
    assert warn_senders(services) == 1
    secret = [one for one in messages_of(services, envelope_id) if one.purpose == "ending"][-1]
    token = services.secrets.decrypt(f"delivery:{secret.id}", secret.secret_enc)
    return f"/s/later/{token}"


def deadline_of(services: Services, envelope_id: str) -> datetime:
    with services.database.reading() as session:
        found = envelopes.get(session, envelope_id).deadline
    assert found is not None
    return found


def extensions(services: Services, envelope_id: str) -> int:
    with services.database.reading() as session:
        kinds = [one.kind for one in audit.events(session, envelope_id)]
    return kinds.count(EventKind.EXTENDED)


def opened(browser: FlaskClient, path: str) -> tuple[str, dict[str, str]]:
    """Return address and form of the page behind the link."""
    page = browser.get(path, follow_redirects=True)
    found = re.search(r'name="form_key" value="([^"]+)"', page.text)
    assert found, page.text
    return page.request.path, {"form_key": found[1]}


def test_the_sender_is_warned_once_by_day_and_again_after_an_extension(
    services: Services, clock: Clock, envelope_id: str
) -> None:
    wrote = []
    while clock.at < MORNING + timedelta(days=36):
        clock.pass_by(hours=1)
        remind_due(services)
        if warn_senders(services):
            wrote.append((clock.at - MORNING).days)
        deliver_all(services, envelope_id)
        if (clock.at - MORNING).days == 29:
            put_off(services, envelope_id, actor="portal_user:1", press="x")
    assert wrote == [28, 35]
    purposes = [one.purpose for one in messages_of(services, envelope_id)]
    assert purposes.count("ending") == purposes.count("deadline") == 2


def test_the_mail_names_who_is_missing_and_leads_to_the_page(
    services: Services, clock: Clock, envelope_id: str
) -> None:
    warn(services, clock, envelope_id)
    deliver_all(services, envelope_id)
    (told,) = [one for one in messages_of(services, envelope_id) if one.purpose == "ending"]
    assert (told.purpose, told.address, told.state) == (
        "ending",
        "claire.lumen@example.com",
        "accepted",
    )
    (mail,) = [
        path.read_text("utf-8")
        for path in (services.settings.data / "outbox").glob("*")
        if "2 days" in path.read_text("utf-8", "replace") or "later" in path.read_text("utf-8")
    ]
    assert "/s/later/" in mail


def test_scanners_that_open_the_link_change_nothing(
    services: Services, clock: Clock, envelope_id: str, app: Flask
) -> None:
    path = warn(services, clock, envelope_id)
    for method in ("GET", "HEAD", "OPTIONS"):
        app.test_client().open(path, method=method, headers=PREFETCH, follow_redirects=True)
    assert extensions(services, envelope_id) == 0
    assert deadline_of(services, envelope_id) == DEADLINE


def test_one_confirmation_gives_a_week_and_a_second_press_no_more(
    services: Services, clock: Clock, envelope_id: str, app: Flask
) -> None:
    path, browser = warn(services, clock, envelope_id), app.test_client()
    shown = browser.get(path, follow_redirects=True)
    assert path.rpartition("/")[2] not in shown.request.path
    assert "Extend to December 31, 2026" in shown.text
    here, form = opened(browser, path)
    for _ in range(2):
        done = browser.post(here, data=form, follow_redirects=True)
        assert 'data-state="done"' in done.text
    assert "December 31, 2026" in done.text
    assert deadline_of(services, envelope_id) == DEADLINE + timedelta(days=7)
    assert extensions(services, envelope_id) == 1
    with services.database.reading() as session:
        (event,) = [e for e in audit.events(session, envelope_id) if e.kind is EventKind.EXTENDED]
    assert event.actor == "portal_user:1"


def test_a_post_without_the_pages_own_key_is_refused(
    services: Services, clock: Clock, envelope_id: str, app: Flask
) -> None:
    path, browser = warn(services, clock, envelope_id), app.test_client()
    here, form = opened(browser, path)
    assert browser.post(here, data={"form_key": "x" * 64}).status_code == 403
    assert app.test_client().post(here, data=form).status_code == 410
    assert extensions(services, envelope_id) == 0


def test_a_senders_link_opens_no_document_and_a_signers_puts_nothing_off(
    services: Services, clock: Clock, envelope_id: str, app: Flask
) -> None:
    invitation = messages_of(services, envelope_id)[0]
    assert invitation.state == "accepted"
    token = warn(services, clock, envelope_id).rpartition("/")[2]
    assert app.test_client().get(f"/s/{token}").status_code == 404
    remind_due(services)
    (reminder,) = [o for o in messages_of(services, envelope_id) if o.purpose == "deadline"]
    signers = services.secrets.decrypt(f"delivery:{reminder.id}", reminder.secret_enc)
    assert app.test_client().get(f"/s/later/{signers}").status_code == 404
    assert app.test_client().get("/s/later/" + "a" * 43).status_code == 404


@pytest.mark.parametrize("end", ["signed", "expired"])
def test_a_late_press_finds_nothing_to_extend(
    services: Services, clock: Clock, envelope_id: str, app: Flask, end: str
) -> None:
    path, browser = warn(services, clock, envelope_id), app.test_client()
    here, form = opened(browser, path)
    if end == "expired":
        clock.at = DEADLINE + timedelta(minutes=1)
        expire_due(services)
        assert browser.post(here, data=form).status_code == 410
    else:
        with services.database.transaction() as session:
            envelopes.lock(session, envelope_id).status = "sealed"
        answer = browser.post(here, data=form, follow_redirects=True)
        assert 'data-state="over"' in answer.text
    assert extensions(services, envelope_id) == 0


def test_nobody_is_warned_of_what_everyone_has_signed(
    services: Services, clock: Clock, envelope_id: str
) -> None:
    change(services, envelope_id, state="signed", signed_at=clock.at)
    clock.at = DEADLINE - timedelta(days=2)
    assert warn_senders(services) == 0
