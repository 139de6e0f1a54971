"""The page "Seal and keeping": a key is tried before it seals, replaced ones stay known, ends are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from sqlalchemy import text

from app import keyring
from app.actions import company_keys, doctor, rotate
from app.actions.certify import certify
from app.actions.seal import seal_document
from app.sealing.timestamps import Timestamper
from app.sealing.verify import verify
from app.services import Services
from app.store import company_keys as store
from app.store import envelopes, erasure, keeping
from app.store.tables import CompanyKey
from emulator.tsa import create_tsa
from tests.doors.placements.test_placements_tray import home
from tests.factories import make_envelope
from tests.frame_kit import SELLER, Frame, Portal, error_of
from tests.tools.authority import Authority, running
from tests.tools.sealing_kit import make_pdf

PAGE = "/placements/evidence"
PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def authority() -> Iterator[Authority]:
    from tests.conftest import Clock

    with running(Clock().at) as made:
        yield made


@pytest.fixture
def house(portal: Portal) -> Services:
    """The services of the portal with an authority that stamps times and is trusted."""
    services = portal.services
    portal.emulator.state.users[1].lang = "en"
    tsa = create_tsa(services.settings.data / "tsa", clock=services.now)
    services.settings.tsa_trust.mkdir(parents=True, exist_ok=True)
    (services.settings.tsa_trust / "tsa.pem").write_bytes(tsa.root_pem)
    stamper = Timestamper(["https://tsa.example.org/"], post=lambda _url, body: tsa.respond(body))
    services.__dict__["timestamper"] = stamper
    return services


def bring(frame: Frame, container: bytes, password: str = PASSWORD, **more: str) -> object:
    data = {"file": (BytesIO(container), "company.p12"), "password": password, **more}
    return frame.call("POST", f"{PAGE}/key", data=data)


def rows(services: Services) -> list[CompanyKey]:
    with services.database.reading() as session:
        return session.query(CompanyKey).order_by(CompanyKey.added_at, CompanyKey.id).all()


def in_use(frame: Frame, services: Services, container: bytes) -> str:
    """Bring a key and take it into use; return its id."""
    assert bring(frame, container).status_code == 200  # type: ignore[attr-defined]
    (row,) = [one for one in rows(services) if one.state == "tested"]
    assert frame.post(f"{PAGE}/key/use", id=row.id).status_code == 200
    return row.id


def finished(services: Services, portal_id: str) -> str:
    """Return the id of an envelope that is stamped and waits for its certificate."""
    envelope_id = make_envelope(services.database, portal_id, status="signed")
    with services.database.transaction() as session:
        envelopes.documents(session, envelope_id)[0].stamped_digest = services.files.put(make_pdf())
    return envelope_id


def seal(services: Services, envelope_id: str) -> bytes:
    certify(services, envelope_id)
    return services.files.get(seal_document(services, envelope_id))


def test_a_key_is_shown_and_tried_and_seals_only_once_it_is_taken_into_use(
    portal: Portal, house: Services, authority: Authority
) -> None:
    frame, portal_id = home(portal), portal.who().portal_id
    page = bring(frame, authority.pkcs12("Atelier Lumen SAS", PASSWORD)).text  # type: ignore[attr-defined]
    assert "CN=Atelier Lumen SAS" in page
    assert "CN=Example Root CA" in page
    assert "Issued by an authority" in page
    assert "Self-issued" in page
    before = verify(
        seal(house, finished(house, portal_id)),
        trusted_roots=house.seal_roots,
        tsa_roots=house.tsa_roots,
    )
    assert before.self_issued
    (row,) = rows(house)
    frame.post(f"{PAGE}/key/use", id=row.id)
    envelope_id = finished(house, portal_id)
    after = verify(
        seal(house, envelope_id), trusted_roots=house.seal_roots, tsa_roots=house.tsa_roots
    )
    assert after.is_valid
    assert (after.sealed_by, after.issuer) == ("Atelier Lumen SAS", "Example Root CA")
    with house.database.reading() as session:
        assert keeping.find(session, envelope_id).key_id == row.id  # type: ignore[union-attr]


def test_neither_password_nor_key_is_stored_in_the_clear(
    portal: Portal, house: Services, authority: Authority
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    bring(home(portal), authority.pkcs12("Atelier", PASSWORD, key=key))
    with house.database.engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM company_keys")).all())
    secret = f"{key.private_numbers().private_value:064x}"
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    assert PASSWORD not in stored
    assert secret not in stored
    assert der.hex() not in stored
    (row,) = rows(house)
    assert keyring._open(house, row).private_der == der


def test_a_replaced_key_stays_known_and_what_it_sealed_stays_valid(
    portal: Portal, house: Services, authority: Authority
) -> None:
    frame, portal_id = home(portal), portal.who().portal_id
    first = in_use(frame, house, authority.pkcs12("Atelier Lumen, old", PASSWORD))
    old = seal(house, finished(house, portal_id))
    waiting = finished(house, portal_id)
    certify(house, waiting)
    house.now.pass_by(seconds=5)  # type: ignore[attr-defined]
    in_use(frame, house, authority.pkcs12("Atelier Lumen, new", PASSWORD))
    new = seal(house, finished(house, portal_id))
    late = house.files.get(seal_document(house, waiting))
    seen = [
        verify(one, trusted_roots=house.seal_roots, tsa_roots=house.tsa_roots)
        for one in (old, new, late)
    ]
    assert [one.is_valid for one in seen] == [True, True, True]
    assert [one.sealed_by[-3:] for one in seen] == ["old", "new", "old"]
    assert [(one.state, bool(one.key_enc)) for one in rows(house)] == [
        ("kept", True),
        ("used", True),
    ]
    house.now.pass_by(days=31)  # type: ignore[attr-defined]
    company_keys.warn(house)
    assert [bool(one.key_enc) for one in rows(house) if one.id == first] == [False]
    assert verify(old, trusted_roots=house.seal_roots, tsa_roots=house.tsa_roots).is_valid


def _locked(name: str) -> bytes:
    """Return a PKCS#12 without the root above its certificate."""
    with_root = ec.generate_private_key(ec.SECP256R1())
    lock = serialization.BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(name.encode(), with_root, None, None, lock)


@pytest.mark.parametrize("kind", ["password", "junk", "no certificate", "costly", "large"])
def test_what_cannot_seal_is_refused_with_a_sentence_and_nothing_is_kept(
    portal: Portal, house: Services, authority: Authority, kind: str
) -> None:
    good = authority.pkcs12("Atelier", PASSWORD)
    container = {
        "password": good,
        "junk": b"no key at all",
        "no certificate": _locked("Atelier"),
        "costly": good.replace(b"\x02\x02\x4e\x20", b"\x02\x02\x7f\xff"),
        "large": good + bytes(70_000),
    }[kind]
    if kind == "costly":
        container = costly(good)
    answer = bring(home(portal), container, "wrong" if kind == "password" else PASSWORD)
    assert answer.status_code in (413, 422)  # type: ignore[attr-defined]
    assert error_of(answer)  # type: ignore[arg-type]
    assert rows(house) == []


def costly(good: bytes) -> bytes:
    """Return a container that asks for two thousand million turns of its password's derivation."""
    from asn1crypto import pkcs12 as asn1_pkcs12

    pfx = asn1_pkcs12.Pfx.load(good)
    pfx["mac_data"]["iterations"] = 2_000_000_000
    return bytes(pfx.dump(force=True))


def test_without_a_time_a_key_is_not_tried_and_says_so(
    portal: Portal, authority: Authority
) -> None:
    portal.emulator.state.users[1].lang = "en"
    answer = bring(home(portal), authority.pkcs12("Atelier", PASSWORD))
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert "time-stamp authority" in error_of(answer)["error"]  # type: ignore[arg-type]


def test_only_administrators_open_the_page_or_change_anything(
    portal: Portal, house: Services, authority: Authority
) -> None:
    key_id = in_use(home(portal), house, authority.pkcs12("Atelier", PASSWORD))
    seller = home(portal, SELLER)
    assert seller.get(f"{PAGE}/start").status_code == 403
    assert bring(seller, authority.pkcs12("Mine", PASSWORD)).status_code == 403  # type: ignore[attr-defined]
    for act, values in {
        "key/use": {"id": key_id},
        "key/lay-down": {"id": key_id},
        "retention": {"kind": "", "years": "1"},
        "hold": {"number": "P-1", "reason": "x"},
        "hold/lift": {"id": "x"},
    }.items():
        assert seller.post(f"{PAGE}/{act}", **values).status_code == 403, act
    assert [one.state for one in rows(house)] == ["used"]
    assert 'data-testid="open-evidence"' not in seller.get("/placements/home/start").text


def test_a_key_of_another_portal_is_not_there(
    portal: Portal, house: Services, authority: Authority
) -> None:
    from tests.factories import make_installation

    in_use(home(portal), house, authority.pkcs12("Atelier", PASSWORD))
    stranger = make_installation(house.database)
    with house.database.transaction() as session:
        session.query(CompanyKey).one().portal_id = stranger
    key_id = rows(house)[0].id
    frame = home(portal)
    assert frame.post(f"{PAGE}/key/use", id=key_id).status_code == 404
    assert frame.post(f"{PAGE}/key/lay-down", id=key_id).status_code == 404
    assert "Example Root CA" not in frame.get(f"{PAGE}/start").text


def test_the_end_is_told_sixty_thirty_and_seven_days_before_once_each(
    portal: Portal, house: Services, authority: Authority
) -> None:
    frame = home(portal)
    key_id = in_use(frame, house, authority.pkcs12("Atelier Lumen SAS", PASSWORD))
    ends = rows(house)[0].expires_at
    told = []
    for days in (61, 60, 59, 31, 30, 8, 7, 1):
        house.now.at = ends - timedelta(days=days)  # type: ignore[attr-defined]
        told.append(company_keys.warn(house))
    assert told == [0, 1, 0, 0, 1, 0, 1, 0]
    assert any("sealing certificate" in one for one in doctor.waiting(house))
    assert company_keys.ring(house, portal.who().portal_id, key_id)
    rung = portal.emulator.state.notifications[-1]
    assert "Atelier Lumen SAS" in str(rung)
    assert ends.date().isoformat() in str(rung)
    assert 'data-testid="key-ends"' in home(portal).get("/placements/home/start").text


def test_a_key_that_ran_out_leaves_sealing_to_the_installations_own(
    portal: Portal, house: Services, authority: Authority
) -> None:
    in_use(home(portal), house, authority.pkcs12("Atelier", PASSWORD))
    house.now.at = rows(house)[0].expires_at + timedelta(days=1)  # type: ignore[attr-defined]
    with house.database.reading() as session:
        envelope = envelopes.get(
            session, make_envelope(house.database, portal.who().portal_id, status="signed")
        )
    assert keyring.choose(house, envelope)[0] == ""


def test_keys_are_encrypted_anew_with_the_rest_and_forgotten_with_their_portal(
    portal: Portal, house: Services, authority: Authority
) -> None:
    key_id = in_use(home(portal), house, authority.pkcs12("Atelier", PASSWORD))
    before = rows(house)[0].key_enc
    rotate.rotate(house)
    assert rows(house)[0].key_enc != before
    assert keyring.named(house, key_id).holder == "Atelier"
    with house.database.transaction() as session:
        erasure.erase(session, portal.who().portal_id)
    assert rows(house)[0].key_enc == ""
    with house.database.reading() as session:
        assert len(store.known(session)) == 1


def test_retention_and_holds_are_settled_on_the_page(portal: Portal, house: Services) -> None:
    make_envelope(house.database, portal.who().portal_id, status="sealed", number="P-2026-000007")
    frame = home(portal)
    page = frame.post(f"{PAGE}/retention", kind="", years="10").text
    assert '<option value="10" selected>10 years' in page
    assert frame.post(f"{PAGE}/retention", kind="", years="7").status_code == 422
    assert frame.post(f"{PAGE}/retention", kind="", years="x").status_code == 422
    page = frame.post(f"{PAGE}/hold", number="P-2026-000007", reason="Case 12/34").text
    assert "Case 12/34" in page
    held = page.split('name="id" value="')[-1].split('"')[0]
    assert "Case 12/34" not in frame.post(f"{PAGE}/hold/lift", id=held).text
    assert frame.post(f"{PAGE}/hold", number="P-404", reason="x").status_code == 422
    assert hashlib.sha256(b"").hexdigest() not in page
