"""Pictures of signatures: made safe, and nobody signs with another person's."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from app.actions.sign import sign
from app.actions.sign_picture import drawn_stamp, keep_picture, kept_picture
from app.core.fields import SignatureImage, SignatureWay
from app.errors import BadInput, NotFound, WrongState
from app.services import Services
from tests.signing_kit import make_signer, with_asked_jobs


def photo(**save: object) -> bytes:
    """Dark ink on grey paper."""
    picture = Image.new("RGB", (600, 300), (214, 210, 200))
    ImageDraw.Draw(picture).line((80, 200, 250, 80, 400, 220, 520, 90), fill=(20, 25, 70), width=9)
    out = BytesIO()
    picture.save(out, "JPEG", **save)
    return out.getvalue()


def test_a_picture_is_kept_without_paper_and_metadata(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    kept = keep_picture(tools, signer.caller, photo(comment=b"taken at home"))
    png = kept_picture(tools, signer.caller, kept.digest, kept.mark)
    image = Image.open(BytesIO(png))
    assert image.format == "PNG"
    assert image.getpixel((2, 2))[3] == 0  # type: ignore[index]
    assert b"taken at home" not in png


def test_a_signer_signs_with_the_picture_they_brought(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    kept = keep_picture(tools, signer.caller, photo())
    image = SignatureImage(way=SignatureWay.PICTURE, picture=kept.digest)
    submission = signer.submission(signature=image, marks={kept.digest: kept.mark})
    sign(tools, signer.caller, submission)
    assert signer.event("signed")["way"] == "picture"


def test_nobody_sees_or_uses_another_persons_picture(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    one, other = make_signer(tools), make_signer(tools)
    kept = keep_picture(tools, one.caller, photo())
    with pytest.raises(NotFound):
        kept_picture(tools, other.caller, kept.digest, kept.mark)
    image = SignatureImage(way=SignatureWay.PICTURE, picture=kept.digest)
    with pytest.raises(BadInput):
        submission = other.submission(signature=image, marks={kept.digest: kept.mark})
        sign(tools, other.caller, submission)


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n" + b"0" * 90])
def test_what_is_no_picture_is_refused(services: Services, data: bytes) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    with pytest.raises(BadInput):
        keep_picture(tools, signer.caller, data)


def test_after_signing_no_picture_is_taken_any_more(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    sign(tools, signer.caller, signer.submission())
    with pytest.raises(WrongState):
        keep_picture(tools, signer.caller, photo())


def test_a_stamp_is_drawn_from_the_company_and_not_without_one(services: Services) -> None:
    tools, _ = with_asked_jobs(services)
    signer = make_signer(tools)
    assert drawn_stamp(tools, signer.caller).startswith(b"\x89PNG")
    signer.change(lambda _, me: setattr(me, "company", ""))
    with pytest.raises(NotFound):
        drawn_stamp(tools, signer.caller)
