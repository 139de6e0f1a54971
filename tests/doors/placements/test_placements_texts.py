"""The page of messages: an administrator words them anew, sees them as they arrive, sends one to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy

import pytest

from app.actions.message_texts import SAMPLES_AN_HOUR
from tests.frame_kit import SELLER, Frame, Portal
from tests.tools.gateways import MailSink, mail_sink

PAGE = "/placements/texts"


@pytest.fixture(autouse=True)
def in_english(portal: Portal) -> None:
    portal.emulator.state.users[1].lang = "en"


@pytest.fixture
def frame(portal: Portal) -> Frame:
    return portal.open("DEFAULT", {})


def test_every_message_stands_in_the_list_and_opens_in_every_language(frame: Frame) -> None:
    assert 'data-testid="open-texts"' in frame.load().text
    listed = frame.get(f"{PAGE}/start").text
    for edition in ("invitation", "code", "copy", "colleague-turn", "declined-sender"):
        assert f'data-testid="text-{edition}"' in listed
    for lang in ("en", "fr", "de", "es", "it", "pl", "pt-BR", "ru"):
        page = frame.get(f"{PAGE}/reminder?lang={lang}")
        assert page.status_code == 200
        assert "Atelier Lumen" in page.text


def test_own_words_are_kept_marked_and_given_up_again(frame: Frame) -> None:
    ours = frame.get(f"{PAGE}/invitation?lang=en").text
    kept = frame.post(f"{PAGE}/invitation", lang="en", subject="Please sign, {name}")
    assert 'data-testid="text-kept"' in kept.text
    assert "Please sign, Camille Renard" in kept.text
    assert "Your words" in frame.get(f"{PAGE}/start?lang=en").text
    assert "Your words" not in frame.get(f"{PAGE}/start?lang=fr").text
    frame.post(f"{PAGE}/invitation", lang="en", subject="")
    assert frame.get(f"{PAGE}/invitation?lang=en").text == ours
    assert "Your words" not in frame.get(f"{PAGE}/start?lang=en").text


def test_the_preview_counts_the_sms(frame: Frame) -> None:
    short = frame.post(f"{PAGE}/invitation/preview", lang="en", sms="Sign {title}, please.")
    assert "one SMS" in short.text
    long = frame.post(f"{PAGE}/invitation/preview", lang="en", sms="Please. " * 30)
    assert "2 SMS each" in long.text or "3 SMS each" in long.text
    wide = frame.post(f"{PAGE}/invitation/preview", lang="en", sms="Подпишите {title}")
    assert "70 letters" in wide.text


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("subject", "{title.__class__}"),
        ("subject", "{0}"),
        ("body", "{{ config }}"),
        ("body", "{% for x in y %}"),
        ("body", "{title:>99999999}"),
        ("heading", "{password}"),
        ("sms", "{title!r}"),
        ("body", "Go to https://example.org/login"),
        ("sms", "www.example.org"),
        ("body", "Open evil.example/login now"),
        ("sms", "Pay at pay-lumen.com"),
        ("heading", "EVIL.CO.UK"),
        ("body", "evil.zone:8443/x"),
        ("body", "вход.рф/оплата"),
        ("body", "{company}.com/login"),
        ("body", "192.0.2.7"),
        ("body", "Write to help@example.org"),
        ("subject", "x" * 151),
    ],
)
def test_what_is_no_plain_text_is_refused_at_its_input(frame: Frame, part: str, text: str) -> None:
    for path in (f"{PAGE}/invitation", f"{PAGE}/invitation/preview"):
        refused = frame.post(path, lang="en", **{part: text})
        assert refused.status_code == 422
        assert f'"field": "{part}"' in refused.text or part in refused.text


def test_a_code_stays_in_its_sms_and_out_of_its_subject(frame: Frame) -> None:
    assert frame.post(f"{PAGE}/code", lang="en", sms="Your code for {title}").status_code == 422
    assert frame.post(f"{PAGE}/code", lang="en", subject="{code}").status_code == 422
    assert frame.post(f"{PAGE}/code", lang="en", sms="{code} from {company}").status_code == 200


def test_markup_arrives_as_letters(frame: Frame) -> None:
    page = frame.post(f"{PAGE}/invitation", lang="en", body="<script>alert(1)</script> {title}")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text


@pytest.fixture
def inbox(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailSink]:
    with mail_sink() as sink:
        settings = portal.services.settings.model_copy(update={"smtp_port": sink.port})
        tools = replace(portal.services, settings=settings)
        monkeypatch.setitem(portal.app.extensions, "paraph", tools)
        yield sink


def test_samples_go_to_the_administrators_own_address_twelve_an_hour(
    frame: Frame, portal: Portal, inbox: MailSink
) -> None:
    subject = "Gentle nudge: {title}"
    answers = [frame.post(f"{PAGE}/reminder/sample", lang="en", subject=subject) for _ in range(14)]
    assert [one.status_code for one in answers] == [200] * SAMPLES_AN_HOUR + [429] * 2
    assert len(inbox.envelopes) == SAMPLES_AN_HOUR
    mail = message_from_bytes(inbox.envelopes[0].content, policy=policy.default)
    assert answers[0].json["address"] == portal.emulator.state.users[1].email
    assert mail["To"] == answers[0].json["address"]
    assert mail["Subject"] == "[Test] Gentle nudge: Services contract"


@pytest.mark.parametrize(
    "text", ["Signé le 24.12.2026, art. 3.2/a", "S.A.R.L. Lumen, M.Dupont et/ou Mme", "z.B. heute"]
)
def test_points_that_are_no_address_are_left_alone(frame: Frame, text: str) -> None:
    assert frame.post(f"{PAGE}/invitation/preview", lang="en", body=text).status_code == 200


@pytest.mark.parametrize("path", ["/start", "/invitation"])
def test_an_employee_sees_none_of_it(portal: Portal, path: str) -> None:
    frame = portal.open("DEFAULT", {}, SELLER)
    assert 'data-testid="open-texts"' not in frame.load().text
    assert frame.get(PAGE + path).status_code == 403
    assert frame.post(f"{PAGE}/invitation", lang="en", subject="x").status_code == 403
    assert frame.post(f"{PAGE}/invitation/sample", lang="en").status_code == 403


@pytest.mark.parametrize("edition", ["nothing", "../home", "layout", "invitation.jinja"])
def test_an_unknown_message_is_not_found(frame: Frame, edition: str) -> None:
    assert frame.get(f"{PAGE}/{edition}").status_code == 404
