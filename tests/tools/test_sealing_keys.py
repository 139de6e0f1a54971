"""The sealing key: made once, kept closely, never overwritten; or brought as PKCS#12."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from sealing_kit import NOW, Office, make_pdf, open_office

from app.errors import SealFailed
from app.sealing.keys import KEY_FILE, ROOT_FILE, load_or_make, load_pkcs12, read_roots

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def test_the_key_is_made_once_and_is_the_same_at_every_start(tmp_path: Path) -> None:
    first = load_or_make(tmp_path, organisation="Atelier Lumière SAS", now=NOW)
    bytes_before = (tmp_path / KEY_FILE).read_bytes()
    again = load_or_make(tmp_path, organisation="Another name", now=NOW + timedelta(days=400))
    assert again.chain == first.chain
    assert (tmp_path / KEY_FILE).read_bytes() == bytes_before


def test_nobody_else_may_read_the_key_and_everybody_the_root(tmp_path: Path) -> None:
    load_or_make(tmp_path / "keys", organisation="Atelier", now=NOW)
    mode = stat.S_IMODE((tmp_path / "keys" / KEY_FILE).stat().st_mode)
    assert mode == 0o600
    assert b"PRIVATE" not in (tmp_path / "keys" / ROOT_FILE).read_bytes()
    assert [one.name for one in (tmp_path / "keys").iterdir() if one.name.startswith(".")] == []


def test_processes_that_start_together_end_with_one_key(tmp_path: Path) -> None:
    def start(_number: int) -> bytes:
        return load_or_make(tmp_path, organisation="Atelier", now=NOW).certificate_pem

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(8)))) == 1


def test_our_own_key_says_that_nobody_vouches_for_it(tmp_path: Path) -> None:
    key = load_or_make(tmp_path, organisation="Atelier Lumière SAS", now=NOW)
    assert key.self_issued
    root = x509.load_pem_x509_certificate(key.root_pem)
    assert "Self-issued by Paraph for Atelier Lumière SAS" in root.subject.rfc4514_string()
    assert key.holder == "Atelier Lumière SAS"
    assert key.expires_at > NOW + timedelta(days=3650)


@pytest.mark.parametrize("name", ["", "  ", "Ü" * 200, "A\n  B", "ООО «Ромашка»"])
def test_any_name_of_an_organisation_gives_a_key_that_seals(tmp_path: Path, name: str) -> None:
    office = open_office(tmp_path, name)
    assert office.judge(office.seal(make_pdf())).is_valid


def test_a_damaged_key_file_is_an_error_and_never_replaced(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"not a key")
    with pytest.raises(SealFailed, match=KEY_FILE):
        load_or_make(tmp_path, organisation="Atelier", now=NOW)
    assert (tmp_path / KEY_FILE).read_bytes() == b"not a key"


def test_roots_are_read_from_public_files_only(tmp_path: Path) -> None:
    key = load_or_make(tmp_path, organisation="Atelier", now=NOW)
    (tmp_path / "notes.pem").write_bytes(b"no certificate here")
    assert read_roots(tmp_path) == (key.root_pem,)
    assert read_roots(tmp_path / "missing") == ()


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_key_brought_as_pkcs12_seals_and_is_trusted_by_its_own_certificate(
    tmp_path: Path, kind: str
) -> None:
    private = _private(kind)
    key = load_pkcs12(_container(private, with_root=True), password="s3cret")
    assert not key.self_issued
    assert key.trust_pem == key.certificate_pem != key.root_pem
    office = Office(key=key, tsa=open_office(tmp_path).tsa)
    report = office.judge(office.seal(make_pdf()))
    assert report.is_valid and not report.self_issued
    assert report.issuer == "Example CA"


def test_another_certificate_of_the_same_authority_is_not_trusted_as_ours(tmp_path: Path) -> None:
    authority = ec.generate_private_key(ec.SECP256R1())
    ours = load_pkcs12(_container(_private("ec"), True, authority), password="s3cret")
    theirs = load_pkcs12(_container(_private("ec"), True, authority), password="s3cret")
    tsa = open_office(tmp_path).tsa
    forged = Office(key=theirs, tsa=tsa).seal(make_pdf())
    assert not Office(key=ours, tsa=tsa).judge(forged).is_valid


def test_a_pkcs12_that_does_not_open_or_lacks_its_chain_says_so() -> None:
    whole = _container(_private("ec"), with_root=True)
    with pytest.raises(SealFailed, match="password"):
        load_pkcs12(whole, password="wrong")
    with pytest.raises(SealFailed, match="password"):
        load_pkcs12(b"junk", password="s3cret")
    with pytest.raises(SealFailed, match="up to the root"):
        load_pkcs12(_container(_private("ec"), with_root=False), password="s3cret")


def test_an_rsa_key_of_1024_bits_is_refused() -> None:
    weak = rsa.generate_private_key(65537, 1024)
    with pytest.raises(SealFailed, match="2048"):
        load_pkcs12(_container(weak, with_root=True), password="s3cret")


def test_a_key_outside_its_time_neither_seals_nor_is_believed(tmp_path: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    until = NOW - timedelta(hours=1)
    alone = _certificate("Example CA", private.public_key(), by=private, ca=False, until=until)
    key = load_pkcs12(_packed(private, alone, []), password="s3cret")
    office = Office(key=key, tsa=open_office(tmp_path).tsa)
    with pytest.raises(SealFailed, match="expired"):
        office.seal(make_pdf())
    back_dated = office.seal(make_pdf(), now=until - timedelta(hours=1), clock_tolerance_s=9999)
    assert [one.code for one in office.judge(back_dated).reasons] == ["certificate_wrong"]


def _private(kind: str) -> PrivateKey:
    if kind == "rsa":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def _container(
    private: PrivateKey, with_root: bool, authority: ec.EllipticCurvePrivateKey | None = None
) -> bytes:
    authority = authority or ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Example CA", authority.public_key(), by=authority, ca=True)
    leaf = _certificate("Example SAS", private.public_key(), by=authority, ca=False)
    return _packed(private, leaf, [root] if with_root else [])


def _packed(private: PrivateKey, leaf: x509.Certificate, more: list[x509.Certificate]) -> bytes:
    protected = serialization.BestAvailableEncryption(b"s3cret")
    return pkcs12.serialize_key_and_certificates(b"seal", private, leaf, more, protected)


def _certificate(
    name: str,
    public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    *,
    by: ec.EllipticCurvePrivateKey,
    ca: bool,
    until: datetime = datetime(2030, 1, 1, tzinfo=UTC),
) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("Example CA"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )
