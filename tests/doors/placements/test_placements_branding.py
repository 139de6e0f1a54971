"""Logo and colour of a portal: set by administrators only, drawn anew, readable in every case."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from app.core.brand import LEAST_CONTRAST, accent, contrast
from tests.doors.placements.test_placements_desk import client_first, signer_of
from tests.frame_kit import DIRECTOR, SELLER, Frame, Portal

BRANDING = "/placements/branding"


def home(portal: Portal, user: int = DIRECTOR) -> Frame:
    frame = portal.open("DEFAULT", {}, user)
    frame.page = frame.load()
    return frame


def picture(kind: str = "PNG") -> bytes:
    """A picture with words inside that are no pixels."""
    out, words = BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("Comment", "<script>alert(1)</script>")
    Image.new("RGB", (900, 300), "#c2185b").save(out, kind, pnginfo=words)
    return out.getvalue()


def send_logo(frame: Frame, data: bytes) -> int:
    files = {"file": (BytesIO(data), "logo.png")}
    return frame.call("POST", f"{BRANDING}/logo", data=files).status_code


def test_a_logo_is_drawn_anew_and_stands_on_the_signing_page(portal: Portal) -> None:
    frame = home(portal)
    assert 'data-testid="open-branding"' in frame.page.text
    assert send_logo(frame, picture()) == 200
    signer = signer_of(portal, client_first(portal))
    browser = portal.app.test_client()
    page = browser.get(f"/s/{signer.token}", follow_redirects=True).text
    address = page.split('class="brand__logo" src="')[1].split('"')[0]
    logo = browser.get(address).data
    assert b"script" not in logo
    with Image.open(BytesIO(logo)) as image:
        assert image.size == (480, 160)


@pytest.mark.parametrize(
    "data", [b"<svg onload=alert(1)>", b"GIF89a", b"", b"\x89PNG\r\n\x1a\nbroken", b"MZ"]
)
def test_what_is_no_picture_is_refused_as_a_logo(portal: Portal, data: bytes) -> None:
    frame = home(portal)
    assert send_logo(frame, data) == 422
    assert 'data-testid="brand-logo"' not in frame.get(f"{BRANDING}/start").text


@pytest.mark.parametrize("colour", ["red", "#12345", "#123456;}body{", "url(x)", "#gggggg"])
def test_only_a_colour_is_kept_as_a_colour(portal: Portal, colour: str) -> None:
    assert home(portal).post(f"{BRANDING}/colour", colour=colour).status_code == 422


@pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#000000", "#c2185b", "#7f7f7f"])
def test_words_on_any_colour_can_be_read(portal: Portal, colour: str) -> None:
    shown = home(portal).post(f"{BRANDING}/colour", colour=colour)
    made = accent(colour)
    assert made is not None
    assert made.light in shown.text
    assert contrast(made.light, made.on_light) >= LEAST_CONTRAST
    assert contrast(made.dark, made.on_dark) >= LEAST_CONTRAST


def test_only_an_administrator_sets_them(portal: Portal) -> None:
    frame = home(portal, SELLER)
    assert 'data-testid="open-branding"' not in frame.page.text
    assert frame.get(f"{BRANDING}/start").status_code == 403
    assert frame.post(f"{BRANDING}/colour", colour="#c2185b").status_code == 403
    assert send_logo(frame, picture()) == 403
