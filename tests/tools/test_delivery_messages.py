"""What people read: complete in each language, plain text true to HTML, SMS in one part."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.gsm import ONE_PART, TWO_WIDE_PARTS, fit, gsm7, is_gsm7, septets
from app.delivery.message_values import NEEDS
from app.delivery.messages import render
from app.delivery.phones import masked, masked_email, normalise, pretty
from app.errors import BadInput
from app.texts import LANGUAGES

LINK = "https://signatures.maison-aubrac.example.com/s/" + "x9Kd3f-pQ_" * 4 + "abc"
VALUES: dict[str, object] = {
    "recipient_name": "Hélène Vasseur",
    "sender_name": "Claire Martin",
    "company_name": "Maison Aubrac",
    "title": "Contrat de prestation de services n° 2026-014",
    "link": LINK,
    "code": "482913",
    "by_name": "Hélène Vasseur",
    "deadline": "18 décembre 2026",
    "reason": "La date ne convient pas.",
    "message": "Voici le contrat dont nous avons parlé.",
    "sender_email": "claire@example.com",
    "base_url": "https://signatures.maison-aubrac.example.com",
    "record_title": "Refonte du site",
    "client": "Atelier Nord",
    "signers": (("Paul Aubrac", "24 novembre 2026"),),
}
EVERY_MESSAGE = pytest.mark.parametrize("name", sorted(NEEDS))
EVERY_LANGUAGE = pytest.mark.parametrize("lang", LANGUAGES)
EVERY_ROLE = pytest.mark.parametrize("role", ["us", "client", "sender"])


def visible(page: str) -> str:
    """Return the words of an HTML mail, without head and preview."""
    body = page[page.index("<h1") :]
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def words(text: str) -> set[str]:
    return {word.strip(".,:;()") for word in text.split()}


@EVERY_MESSAGE
@EVERY_LANGUAGE
@EVERY_ROLE
def test_every_message_has_a_subject_a_text_and_an_html_twin(
    name: str, lang: str, role: str
) -> None:
    mail = render(name, lang, {**VALUES, "recipient_role": role})
    assert mail.subject
    assert "Contrat" in mail.subject or name == "code"
    said = words(visible(mail.html))
    missing = {word for word in words(mail.text) - said if word.strip("=>-* ")}
    assert missing == set()
    assert "{" not in mail.text + mail.subject
    assert f'lang="{lang}"' in mail.html


@EVERY_MESSAGE
@EVERY_ROLE
def test_french_is_not_english(name: str, role: str) -> None:
    values = {**VALUES, "recipient_role": role}
    english, french = render(name, "en", values), render(name, "fr-FR", values)
    assert english.subject != french.subject
    assert "Hello" in english.text
    assert "Bonjour" in french.text
    assert "Hello" not in french.text + french.html


def test_a_language_we_do_not_speak_is_answered_in_english() -> None:
    assert render("code", "ja", VALUES) == render("code", "en", VALUES)


@EVERY_MESSAGE
@EVERY_LANGUAGE
@EVERY_ROLE
def test_an_sms_fits_one_part_with_its_link(name: str, lang: str, role: str) -> None:
    short = render(name, lang, {**VALUES, "channel": "sms", "recipient_role": role})
    if lang == "ru":
        assert len(short.text) <= TWO_WIDE_PARTS
    else:
        assert is_gsm7(short.text)
        assert septets(short.text) <= ONE_PART
    assert (short.subject, short.html) == ("", "")
    if name in {"invitation", "reminder"}:
        assert short.text.endswith(" " + LINK)


def test_an_sms_code_is_offered_by_the_phone_on_our_page_only_over_https() -> None:
    short = render("code", "en", {**VALUES, "channel": "sms"}).text
    assert short.endswith("\n\n@signatures.maison-aubrac.example.com #482913")
    plain = {**VALUES, "channel": "sms", "base_url": "http://localhost:8610"}
    assert "@" not in render("code", "en", plain).text


def test_a_code_stays_out_of_the_subject() -> None:
    assert "482913" not in render("code", "en", VALUES).subject


@EVERY_MESSAGE
def test_what_comes_from_the_crm_is_never_markup(name: str) -> None:
    evil = {**VALUES, **{key: f"<img src=x onerror=1>{key}" for key in VALUES if key != "signers"}}
    mail = render(name, "en", {**evil, "channel": "email", "recipient_role": ""})
    assert "<img" not in mail.html
    assert "&lt;img" in mail.html


@EVERY_MESSAGE
def test_opening_a_mail_tells_nobody(name: str) -> None:
    page = render(name, "en", VALUES).html
    assert not re.search(r"<(img|link|script|iframe)|url\(|@import|src=", page)
    links = set(re.findall(r'href="([^"]+)"', page))
    assert links <= {LINK}


def test_there_is_one_button() -> None:
    page = render("invitation", "en", VALUES).html
    assert page.count(">Read and sign</a>") == 1


def test_without_the_senders_address_no_one_is_invited_to_reply() -> None:
    for name in NEEDS:
        assert "reply" not in render(name, "en", {**VALUES, "sender_email": ""}).text.lower()


def test_our_own_signer_is_asked_as_a_colleague() -> None:
    ours = render("invitation", "en", {**VALUES, "recipient_role": "us"})
    assert ours.subject.startswith("To sign for Maison Aubrac")
    assert "Refonte du site" in ours.text


def test_our_own_signer_is_told_that_the_client_follows_only_when_it_is_so() -> None:
    ours = {**VALUES, "recipient_role": "us", "client": "Librairie des Tilleuls"}
    last = render("invitation", "en", ours).text
    first = render("invitation", "en", {**ours, "client_waits": True}).text
    assert "as soon as you have signed" not in " ".join(last.split())
    assert "as soon as you have signed" in " ".join(first.split())


def test_who_prepared_a_document_is_not_told_that_they_did() -> None:
    ours = {**VALUES, "recipient_role": "us", "client": "Librairie des Tilleuls"}
    own = " ".join(render("invitation", "en", {**ours, "is_sender": True}).text.split())
    assert "What you prepared for Librairie des Tilleuls" in own
    assert "asks you to sign" not in own


def test_a_person_or_company_without_a_name_still_gets_a_proper_message() -> None:
    bare = render("invitation", "en", {**VALUES, "recipient_name": "", "sender_name": ""})
    assert "Hello,\n" in bare.text
    assert "Maison Aubrac asks for your signature" in bare.text


@pytest.mark.parametrize(
    ("name", "missing"), [("invitation", "link"), ("code", "code"), ("declined", "by_name")]
)
def test_a_message_without_what_it_is_for_is_an_error(name: str, missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        render(name, "en", {**VALUES, missing: ""})


def test_line_breaks_of_a_value_do_not_reach_the_subject() -> None:
    assert "\n" not in render("invitation", "en", {**VALUES, "title": "One\r\nBcc: x"}).subject


@given(company=st.text(max_size=80), title=st.text(max_size=120))
def test_short_texts_keep_the_link_whole_whatever_the_names(company: str, title: str) -> None:
    short = fit("{company}: please sign {title}.", LINK, company=company, title=title)
    assert short.endswith(LINK)
    if is_gsm7(short):
        assert septets(short) <= ONE_PART


def test_a_value_is_cut_between_words_and_ends_in_three_dots() -> None:
    short = fit("Please sign {title}.", LINK, title="Contract of services no. 2026-014 " * 6)
    words = short.removesuffix(LINK).strip()
    assert words.endswith("...")
    assert "...." not in words
    assert words.removesuffix("...").split()[-1] in ("Contract", "services", "2026-014")
    assert ONE_PART - 40 < septets(short) <= ONE_PART


def test_one_long_word_is_cut_where_there_is_room() -> None:
    short = fit("Please sign {title}.", LINK, title="Rahmendienstleistungsvertrag" * 6)
    assert septets(short) == ONE_PART


def test_letters_outside_the_sms_alphabet_become_plain_ones() -> None:
    assert gsm7("L’œuvre « ê ç » – n° 3…") == 'L\'oeuvre " e c " - no 3...'
    assert gsm7("Привет") == "Привет"
    assert septets("{€}") == 6


def test_phone_numbers_are_read_as_people_write_them() -> None:
    for written in ("01 99 00 00 12", "+33 1 99 00 00 12", "0033199000012", "01.99.00.00.12"):
        assert normalise(written, region="FR") == "+33199000012"
    assert normalise("020 7946 0018", region="GB") == "+442079460018"


@pytest.mark.parametrize("written", ["", "call me", "12", "+33 9", "+999 1 99 00 00 12"])
def test_what_is_no_phone_number_is_said_so(written: str) -> None:
    with pytest.raises(BadInput) as refused:
        normalise(written)
    assert refused.value.field == "phone"


def test_half_hidden_addresses_show_only_the_ends() -> None:
    assert pretty("+33199000012") == "+33 1 99 00 00 12"
    assert masked("+33199000012") == "+33 • •• •• •• 12"
    assert masked_email("helene@example.com") == "h•••@example.com"
    assert pretty("not a number") == "not a number"


def test_templates_hold_words_only_and_layouts_hold_the_markup() -> None:
    for template in Path("templates/messages").glob("*.jinja"):
        assert not re.search(r"<[a-z]+", template.read_text(encoding="utf-8")), template.name


def test_words_for_the_client_are_not_read_by_our_own_people() -> None:
    note = {"message": "Dear Camille, as we agreed."}
    for role, is_read in (("client", True), ("us", False)):
        text = render("invitation", "en", {**VALUES, **note, "recipient_role": role}).text
        assert ("as we agreed" in text) is is_read
