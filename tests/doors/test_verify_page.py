"""The public page of verification: what it tells to whom, and that no file brings it down.

Selectors that walks rely on (data-testid): file, check, known, unknown, large, fault, finding, reason, signers,
another, lang-<code>. The finding says its stage in [data-stage] and its reasons in [data-reasons].
"""

from __future__ import annotations

import hashlib
import io
import random
import re
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.services import Services
from app.store.tables import Envelope
from app.web import MAX_BODY_BYTES, create_app
from handlers.verify_view import clean_name
from tests.factories import make_envelope, make_installation
from tests.tools.sealing_kit import Office, make_pdf, open_office
from tests.verify_kit import HELENE, list_sealed, make_sealed, make_trail_of, open_house, seal_with

PAGE = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.fixture
def office(services: Services) -> Office:
    return open_house(services)


@pytest.fixture
def sealed(office: Office) -> bytes:
    return make_sealed(office)


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def send(
    browser: FlaskClient, pdf: bytes, name: str = "contract.pdf", lang: str = ""
) -> TestResponse:
    return browser.post(
        f"/verify?lang={lang}" if lang else "/verify",
        data={"file": (io.BytesIO(pdf), name)},
        content_type="multipart/form-data",
        headers=PAGE,
    )


def stage_of(response: TestResponse) -> str:
    assert response.status_code == 200
    found = re.search(r'data-stage="(\w+)"', response.text)
    assert found is not None
    return found[1]


def test_the_page_of_the_qr_code_opens_for_everyone(browser: FlaskClient) -> None:
    response = browser.get("/verify", headers=PAGE)
    assert response.status_code == 200
    assert 'enctype="multipart/form-data"' in response.text
    assert "Is this document the original?" in response.text
    assert browser.head("/verify").status_code == 200


def test_the_qr_code_of_a_print_tells_a_number_and_a_day_and_no_names(
    browser: FlaskClient, services: Services, sealed: bytes
) -> None:
    list_sealed(services, sealed)
    with services.database.reading() as session:
        envelope_id = session.query(Envelope).one().id
    text = browser.get(f"/verify?paper={envelope_id}", headers=PAGE).text
    assert "Your paper names the document P-2026-000042" in text
    assert "25 November 2026 (UTC)" in text
    assert "Hélène" not in text
    assert "Services contract" not in text


@pytest.mark.parametrize("paper", ["f" * 32, "x", "%00", "a" * 500])
def test_a_print_of_nothing_we_know_says_so(browser: FlaskClient, paper: str) -> None:
    response = browser.get(f"/verify?paper={paper}", headers=PAGE)
    assert response.status_code == 200
    assert 'data-known="no"' in response.text


def test_what_is_not_sealed_yet_is_known_to_nobody(
    browser: FlaskClient, services: Services
) -> None:
    envelope_id = make_envelope(services.database, make_installation(services.database))
    assert 'data-known="no"' in browser.get(f"/verify?paper={envelope_id}", headers=PAGE).text


def test_who_signed_in_person_is_told_with_the_colleague_who_was_there(
    browser: FlaskClient, office: Office
) -> None:
    beside = {**HELENE, "identified_by": "in_person", "witness": "Karim Adel"}
    text = send(browser, seal_with(office, make_trail_of(beside))).text
    assert "in the presence of Karim Adel" in text


def test_the_page_speaks_french_to_who_wishes_it(browser: FlaskClient) -> None:
    text = browser.get("/verify?lang=fr", headers=PAGE).text
    assert '<html lang="fr">' in text
    assert "Ce document est-il l’original" in text
    assert 'action="/verify?lang=fr"' in text


def test_a_digest_of_ours_is_answered_by_a_date_and_a_number_and_nothing_else(
    browser: FlaskClient, services: Services, sealed: bytes
) -> None:
    answer = browser.get("/verify/known", query_string={"sha256": list_sealed(services, sealed)})
    assert answer.json == {
        "known": True,
        "number": "P-2026-000042",
        "sealed_at": "2026-11-25T08:30:00.000Z",
    }


def test_another_digest_is_not_known(browser: FlaskClient) -> None:
    digest = hashlib.sha256(b"another").hexdigest()
    assert browser.get(f"/verify/known?sha256={digest}").json == {"known": False}


def test_what_is_no_digest_is_refused(browser: FlaskClient) -> None:
    answer = browser.get("/verify/known?sha256=x", headers={"Accept": "application/json"})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["field"] == "sha256"


def test_whoever_brings_the_original_learns_who_signed_and_how(
    browser: FlaskClient, services: Services, sealed: bytes
) -> None:
    list_sealed(services, sealed)
    response = send(browser, sealed)
    assert stage_of(response) == "original"
    assert "Hélène Marchetti" in response.text
    assert "+33199001234, and a one-time code sent there too" in response.text
    assert "25 November 2026, 08:30:00 UTC" in response.text
    assert "with a key the company made itself" in response.text
    assert "not qualified ones" in response.text
    assert response.headers["Cache-Control"] == "no-store"


def test_somebody_who_looked_on_did_not_sign(browser: FlaskClient, sealed: bytes) -> None:
    assert "Inès Ferrand" not in send(browser, sealed).text


def test_the_finding_is_told_in_french(browser: FlaskClient, sealed: bytes) -> None:
    text = send(browser, sealed, lang="fr").text
    assert "Scellé par nous, inchangé" in text
    assert "25 novembre 2026" in text


def test_an_original_that_the_register_forgot_is_valid(browser: FlaskClient, sealed: bytes) -> None:
    assert stage_of(send(browser, sealed)) == "valid"


def test_a_listed_file_is_known_even_where_its_seal_cannot_be_judged(
    browser: FlaskClient, services: Services, sealed: bytes
) -> None:
    list_sealed(services, sealed)
    (services.settings.tsa_trust / "tsa.pem").unlink()
    response = send(browser, sealed)
    assert stage_of(response) == "kept"
    assert "authority that we do not know" in response.text


def test_a_changed_file_is_refused_with_its_reason(browser: FlaskClient, sealed: bytes) -> None:
    changed = bytearray(sealed)
    changed[len(sealed) // 2] ^= 4
    response = send(browser, bytes(changed))
    assert stage_of(response) == "invalid"
    assert "The file was changed after it was sealed." in response.text
    assert "Hélène" not in response.text


def test_a_strangers_seal_in_our_name_is_not_accepted(
    browser: FlaskClient, services: Services, office: Office
) -> None:
    stranger = open_office(services.settings.data / "stranger", name="Atelier Lumen")
    response = send(browser, make_sealed(stranger))
    assert stage_of(response) == "unknown_issuer"
    assert "a name that anyone can write" in response.text
    assert "Hélène" not in response.text


def test_our_seal_with_a_time_nobody_vouches_for_is_not_accepted(
    browser: FlaskClient, services: Services, office: Office
) -> None:
    stranger = open_office(services.settings.data / "stranger")
    response = send(browser, make_sealed(Office(key=office.key, tsa=stranger.tsa)))
    assert stage_of(response) == "unknown_time"
    assert "a name that anyone can write" not in response.text


def test_a_pdf_without_a_seal_says_what_to_ask_for(browser: FlaskClient) -> None:
    response = send(browser, make_pdf())
    assert stage_of(response) == "not_sealed"
    assert "Ask the sender for the file" in response.text


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", bytes(5_000_000))
    return out.getvalue()


@pytest.mark.parametrize(
    "junk",
    [
        b"\0",
        b"<html>",
        a_zip(),
        b"%PDF-1.7",
        b"%PDF-" + b"/ByteRange[0 1 2 3]" * 9,
        b"\xff" * 70_000,
    ],
    ids=["nul", "html", "zip", "head", "ranges", "ones"],
)
def test_any_file_gets_a_page_and_not_a_valid_one(browser: FlaskClient, junk: bytes) -> None:
    assert stage_of(send(browser, junk)) in ("not_sealed", "invalid")


def test_mangled_originals_never_break_the_page(browser: FlaskClient, sealed: bytes) -> None:
    dice = random.Random(7)
    for _ in range(6):
        mangled = bytearray(sealed[: dice.randrange(200, len(sealed))])
        for _ in range(dice.randrange(1, 40)):
            mangled[dice.randrange(len(mangled))] = dice.randrange(256)
        assert stage_of(send(browser, bytes(mangled))) in ("not_sealed", "invalid")


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"file": "text"},
        {"file": (io.BytesIO(b""), "")},
        {"file": (io.BytesIO(b""), "empty.pdf")},
    ],
    ids=["nothing", "text", "not chosen", "empty"],
)
def test_a_form_without_a_file_is_shown_again(
    browser: FlaskClient, form: dict[str, object]
) -> None:
    response = browser.post("/verify", data=form, content_type="multipart/form-data", headers=PAGE)
    assert response.status_code == 422
    assert "Please choose a PDF first." in response.text


def test_a_form_that_is_none_is_shown_again(browser: FlaskClient) -> None:
    for kind in ("multipart/form-data", "multipart/form-data; boundary=x", "application/pdf", "x"):
        response = browser.post("/verify", data=b"\xff\0--x\r\n", content_type=kind, headers=PAGE)
        assert response.status_code == 422


def test_what_is_too_large_is_told_so_on_the_page(browser: FlaskClient) -> None:
    response = browser.post(
        "/verify",
        data=bytes(MAX_BODY_BYTES + 1),
        content_type="multipart/form-data; boundary=x",
        headers=PAGE,
    )
    assert response.status_code == 422
    assert "larger than 29 MB" in response.text
    assert 'data-testid="file"' in response.text


def test_names_in_a_file_are_text_and_no_markup(browser: FlaskClient, office: Office) -> None:
    person = {**HELENE, "name": "<script>alert(1)</script>", "address": "{0.__class__}<b>"}
    mean = make_trail_of({**person, "identified_by": "link"})
    text = send(browser, seal_with(office, mean), name="<img src=x onerror=y>.pdf").text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "{0.__class__}&lt;b&gt;" in text


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("C:\\Users\\me\\contract.pdf", "contract.pdf"),
        ("../../etc/contract.pdf", "contract.pdf"),
        ("contract\u202efdp.exe", "contractfdp.exe"),
        ("a\0b\n.pdf", "ab.pdf"),
        ("", ""),
    ],
)
def test_a_files_name_is_shown_without_folders_and_tricks(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    shown = clean_name("a" * 400 + "-signed.pdf")
    assert len(shown) < 100
    assert shown.endswith("signed.pdf")
