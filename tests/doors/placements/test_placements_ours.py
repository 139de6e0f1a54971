"""Who signs for us: what administrators settle, what the wizard makes of it, signatures kept by their owners."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw
from werkzeug.test import TestResponse

from app.core.ours import agreement
from app.store import envelopes
from app.store import ours as store
from tests.doors.placements.test_placements_tray import AGREED, home, opened, sent
from tests.doors.placements.test_placements_wizard import CREATE, choices
from tests.frame_kit import DIRECTOR, OTHER, SELLER, Frame, Portal, envelope_of, error_of

OWN = "/placements/ours/signature"


def ink() -> BytesIO:
    """Return a photo of a signature."""
    image = Image.new("RGB", (300, 120), "white")
    line = [(20, 90), (120, 20), (200, 100), (280, 40)]
    ImageDraw.Draw(image).line(line, fill="#102040", width=6)
    out = BytesIO()
    image.save(out, "PNG")
    out.seek(0)
    return out


def company(frame: Frame) -> str:
    """Return the id of our company."""
    page = frame.get("/placements/ours/start").text
    return page.split('data-testid="company-')[1].split('"')[0]


def settle(frame: Frame, company_id: str, **changes: object) -> TestResponse:
    values = {"signers": ["2"], "first": "client", "channel": "sms", **changes}
    return frame.call("POST", f"/placements/ours/company/{company_id}", data=values)


def test_the_wizard_starts_with_what_the_company_settled(portal: Portal) -> None:
    frame = home(portal)
    settle(frame, company(frame))
    html = portal.wizard("1").html
    assert 'data-first="client"' in html
    assert 'value="sms" checked' in html
    signers = html.split('id="our_user"')[1].split("</select>")[0]
    assert '<option value="2"' in signers
    assert '<option value="1"' not in signers


def test_who_may_not_sign_for_the_company_is_refused(portal: Portal) -> None:
    admin = home(portal)
    settle(admin, company(admin))
    frame = portal.wizard("1")
    refused = frame.post(CREATE, **choices(frame, our_user="1"))
    assert error_of(refused)["field"] == "our_user"
    made = frame.post(CREATE, **choices(frame, our_user="2"))
    with portal.services.database.reading() as session:
        people = envelopes.recipients(session, envelope_of(made))
    assert [p.portal_user_id for p in people if p.role_key == "us"] == ["2"]


def test_only_administrators_settle_and_others_only_read(portal: Portal) -> None:
    company_id, frame = company(home(portal)), home(portal, OTHER)
    page = frame.get("/placements/ours/start").text
    assert 'data-testid="settle"' not in page
    assert 'data-testid="keep-signature"' in page
    assert settle(frame, company_id).status_code == 403
    picture = {"file": (ink(), "s.png")}
    stamped = frame.call("POST", f"/placements/ours/company/{company_id}/stamp", data=picture)
    assert stamped.status_code == 403


def test_a_company_or_people_that_are_not_ours_are_refused(portal: Portal) -> None:
    frame = home(portal)
    company_id = company(frame)
    assert settle(frame, "999999").status_code == 404
    assert settle(frame, company_id, signers=["999"]).status_code == 422
    assert settle(frame, company_id, first="nobody").status_code == 422


def test_a_signature_is_kept_only_with_its_owners_agreement(portal: Portal) -> None:
    frame = home(portal)
    refused = frame.call("POST", OWN, data={"file": (ink(), "me.png")})
    assert error_of(refused)["field"] == "agreed"
    forged = frame.call("POST", OWN, data={"file": (ink(), "me.png"), "agreed": "0" * 64})
    assert forged.status_code == 422
    said = agreement("fr")
    kept = frame.call("POST", OWN, data={"file": (ink(), "me.png"), "agreed": said.hash})
    assert 'data-testid="kept-signature"' in kept.text
    with portal.services.database.reading() as session:
        row = store.kept_signature(session, portal.who().portal_id, str(DIRECTOR))
    assert row is not None
    assert (row.agreed_version, row.agreed_lang) == (said.version, "fr")
    seen_by_another = home(portal, SELLER).get("/placements/ours/start").text
    assert 'data-testid="kept-signature"' not in seen_by_another
    assert 'data-testid="kept-signature"' not in frame.post(f"{OWN}/forget").text


def test_the_kept_signature_stands_on_what_its_owner_confirms(portal: Portal) -> None:
    frame, said = home(portal), agreement("fr").hash
    frame.call("POST", OWN, data={"file": (ink(), "me.png"), "agreed": said})
    envelope_id = sent(portal)
    ticked = opened(frame, envelope_id)
    frame.post("/placements/tray/sign", signed=ticked, consent=AGREED)
    with portal.services.database.reading() as session:
        row = store.kept_signature(session, portal.who().portal_id, str(DIRECTOR))
        mine = next(f for f in envelopes.fields(session, envelope_id) if f.role == "us")
    assert row is not None
    assert mine.image is not None
    assert mine.image["picture"] == row.picture_digest


def test_a_stamp_is_kept_shown_and_taken_back(portal: Portal) -> None:
    frame = home(portal)
    company_id = company(frame)
    url = f"/placements/ours/company/{company_id}"
    kept = frame.call("POST", f"{url}/stamp", data={"file": (ink(), "stamp.png")})
    assert "data:image/png;base64," in kept.text
    settle(frame, company_id)
    with portal.services.database.reading() as session:
        side = store.side(session, portal.who().portal_id, company_id)
    assert side.stamp_digest
    assert side.signers == ("2",)
    assert "data:image/png;base64," not in frame.post(f"{url}/no-stamp").text
    blank = frame.call("POST", f"{url}/stamp", data={"file": (BytesIO(b"no picture"), "x.png")})
    assert blank.status_code == 422
