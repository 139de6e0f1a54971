"""A hundred payloads in every value a person can supply: none becomes markup on a page or in a mail."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from app.actions import sign, sign_decline
from app.delivery.messages import EVERY, render
from app.services import Services
from app.web import create_app
from tests.payloads import PAYLOADS
from tests.signing_kit import Signer, make_signer, with_asked_jobs

LINK = "https://sign.example.org/s/a"
OURS = frozenset({"module", "application/json", "importmap"})


class Marked(HTMLParser):
    """Elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if any(name.startswith("on") for name in values):
            self.found.add(f"{tag} with a handler")
        if any(value.strip().lower().startswith("javascript:") for value in values.values()):
            self.found.add(f"{tag} with a script address")
        foreign = tag == "script" and values.get("type") not in OURS
        if foreign or tag in {"iframe", "object", "math"}:
            self.found.add(tag)


def dangers(html: str) -> set[str]:
    seen = Marked()
    seen.feed(html)
    return seen.found


@pytest.fixture(scope="module")
def payloads() -> list[str]:
    assert len(set(PAYLOADS)) == 100
    return PAYLOADS


@pytest.fixture
def tools(services: Services) -> Services:
    return with_asked_jobs(services)[0]


@pytest.fixture
def browser(tools: Services) -> FlaskClient:
    return create_app(tools).test_client()


def poison(signer: Signer, text: str) -> None:
    def edit(envelope: object, me: object) -> None:
        for name in ("title", "message", "company_name", "sender_name", "reason", "number"):
            setattr(envelope, name, text[:30] if name == "number" else text)
        for name in ("name", "company", "position", "reason"):
            setattr(me, name, text)

    signer.change(edit)


def test_no_payload_becomes_markup_on_any_page_of_a_signer(
    tools: Services, browser: FlaskClient, payloads: list[str]
) -> None:
    signer = make_signer(tools, needs_code=True)
    kinds = ("text", "choice", "file", "number", "checkbox")
    fields = [signer.add_field(kind, required=False) for kind in kinds]
    browser.get(f"/s/{signer.token}")
    home = f"/s/r/{signer.short}"
    for text in payloads:
        poison(signer, text)
        with tools.database.transaction() as session:
            for row in signer.fields:
                row.label = row.help = row.value = text
                row.options = [text]
                session.merge(row)
        form = signer.form(**{f"value-{one}": text for one in fields}, consent=text)
        pages = [browser.get(home + path).text for path in ("", "/decline", "/handover", "/text")]
        pages.append(browser.post(f"{home}/sign", data=form).text)
        assert [dangers(page) for page in pages] == [set()] * 5, text
        assert all("49<" not in page for page in pages), text


def test_a_file_name_with_a_payload_stays_a_name(
    tools: Services, browser: FlaskClient, payloads: list[str]
) -> None:
    signer = make_signer(tools)
    browser.get(f"/s/{signer.token}")
    for text in payloads[:20]:
        poison(signer, text)
        got = browser.get(f"/s/r/{signer.short}/original/0.pdf").headers["Content-Disposition"]
        assert re.search(r"[\r\n]", got) is None


def test_no_payload_becomes_markup_in_a_mail(payloads: list[str]) -> None:
    for text in payloads:
        for name, more in (("invitation", {"link": LINK}), ("declined", {"by_name": text})):
            values = dict.fromkeys(EVERY | {"message", "reason", "client", "record_title"}, text)
            shown = render(name, "en", {**values, **more})
            assert dangers(shown.html) == set(), text


def test_a_refusal_with_payloads_is_kept_as_words(
    tools: Services, browser: FlaskClient, payloads: list[str]
) -> None:
    signer = make_signer(tools)
    browser.get(f"/s/{signer.token}")
    sign_decline.decline(tools, signer.caller, "".join(payloads)[:500])
    page = browser.get(f"/s/r/{signer.short}").text
    assert dangers(page) == set()
    assert "&lt;script" in page


def test_signing_with_a_payload_as_name_keeps_the_name(tools: Services) -> None:
    signer = make_signer(tools)
    signer.change(lambda _, me: setattr(me, "name", PAYLOADS[0]))
    sign.sign(tools, signer.caller, signer.submission())
    assert signer.event("signed")["name"] == PAYLOADS[0]
