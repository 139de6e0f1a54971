"""Text goes out as gzip where that is safe, and only there."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask
from werkzeug.test import Client

from app.http.compress import compress
from app.services import Services
from app.web import create_app

SHEET = "/static/public.css"
GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def browser(services: Services) -> Client:
    return Client(create_app(services))


def test_a_style_sheet_arrives_a_third_as_long_and_whole(browser: Client) -> None:
    plain, pressed = (
        browser.get(SHEET, buffered=True),
        browser.get(SHEET, headers=GZIP, buffered=True),
    )
    assert "Content-Encoding" not in plain.headers
    assert pressed.headers["Content-Encoding"] == "gzip"
    assert len(pressed.data) < len(plain.data) / 2
    assert int(pressed.headers["Content-Length"]) == len(pressed.data)
    assert gzip.decompress(pressed.data) == plain.data


def test_caches_are_told_that_the_answer_depends_on_the_browser(browser: Client) -> None:
    for headers in ({}, GZIP):
        assert (
            "Accept-Encoding" in browser.get(SHEET, headers=headers, buffered=True).headers["Vary"]
        )


def test_a_pressed_file_is_not_sent_again_when_it_is_known(browser: Client) -> None:
    etag = browser.get(SHEET, headers=GZIP, buffered=True).headers["ETag"]
    headers = {**GZIP, "If-None-Match": etag}
    assert browser.get(SHEET, headers=headers, buffered=True).status_code == 304


def test_head_names_the_length_of_the_pressed_file_and_brings_none(browser: Client) -> None:
    head, got = (
        browser.head(SHEET, headers=GZIP, buffered=True),
        browser.get(SHEET, headers=GZIP, buffered=True),
    )
    assert head.data == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


def test_an_answer_to_a_post_is_never_compressed(browser: Client) -> None:
    """It may repeat what was posted beside a secret of the page; its length would tell."""
    app = Flask("test")
    app.after_request(compress)
    app.add_url_rule("/", view_func=lambda: "words " * 500, methods=["GET", "POST"])
    assert app.test_client().get("/", headers=GZIP).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in app.test_client().post("/", headers=GZIP).headers


def test_a_picture_is_left_as_it_is(browser: Client) -> None:
    assert "Content-Encoding" not in browser.get("/s/nothing.webp", headers=GZIP).headers
