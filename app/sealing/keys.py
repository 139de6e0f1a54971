"""The sealing key: made once per installation, or brought by the company as PKCS#12.

A key we make is vouched for by nobody but itself. Its root says so in its name, `SealingKey.self_issued`
says so to the product, and the certificate page repeats it. The root's own key signs one certificate and
is forgotten, so what lies on the disk can seal, never issue.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from app.errors import SealFailed

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

KEY_FILE = "seal-key.pem"
ROOT_FILE = "seal-root.pem"
ROOT_PREFIX = "Self-issued by Paraph for "
LEAF_YEARS = 10
ROOT_YEARS = 30

# RFC 9336 document signing; e-mail protection beside it, the purpose that older viewers look for.
_PURPOSES = [ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]
_PEM = serialization.Encoding.PEM
_DER = serialization.Encoding.DER

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class SealingKey:
    """A key and its chain: DER, the key's own certificate first, as far up as it is known.

    Not slotted: what seals is made at its first use, so a process that seals nothing never loads pyHanko.
    """

    chain: tuple[bytes, ...]
    self_issued: bool
    private_der: bytes = field(repr=False, compare=False)

    @cached_property
    def signer(self) -> SimpleSigner:
        """pyHanko's signer with this key."""
        from asn1crypto import keys as asn1_keys
        from asn1crypto import x509 as asn1_x509
        from pyhanko.sign.signers import SimpleSigner
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        certificates = [asn1_x509.Certificate.load(one) for one in self.chain]
        registry = SimpleCertificateStore()
        registry.register_multiple(certificates)
        return SimpleSigner(
            signing_cert=certificates[0],
            signing_key=asn1_keys.PrivateKeyInfo.load(self.private_der),
            cert_registry=registry,
        )

    @property
    def certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.chain[0])

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(_PEM)

    @property
    def root_pem(self) -> bytes:
        """The topmost certificate."""
        return x509.load_der_x509_certificate(self.chain[-1]).public_bytes(_PEM)

    @property
    def trust_pem(self) -> bytes:
        """What a verifier must trust to accept this key's seals, and no stranger's.

        Our own root issued one certificate only; a public authority issued thousands, so of those the key's own
        certificate is the anchor.
        """
        return self.root_pem if self.self_issued else self.certificate_pem

    @property
    def holder(self) -> str:
        """The name the certificate gives, as a reader of the PDF will see it."""
        return common_name(self.certificate)

    @property
    def expires_at(self) -> datetime:
        return self.certificate.not_valid_after_utc


def load_or_make(folder: Path, *, organisation: str, now: datetime) -> SealingKey:
    """Return the installation's key, made in `folder` at the first call and never overwritten.

    Writes seal-key.pem (0600: key and certificates) and seal-root.pem (public). Two processes starting
    together end with the same key. Raises SealFailed when the file cannot be read as a key.
    """
    path = folder / KEY_FILE
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, _make_pem(organisation, now=now), mode=0o600)
    key = load(path)
    _write_once(folder / ROOT_FILE, key.root_pem, mode=0o644)
    return key


def load(path: Path) -> SealingKey:
    """Return the key of a PEM file that holds a private key and its certificates. Raises SealFailed."""
    try:
        pem = path.read_bytes()
        private = serialization.load_pem_private_key(pem, password=None)
        certificates = x509.load_pem_x509_certificates(pem)
    except (OSError, ValueError, TypeError) as error:
        raise SealFailed("The sealing key in {file} cannot be read.", file=path.name) from error
    return _sealing_key(private, certificates)


def load_pkcs12(data: bytes, *, password: str) -> SealingKey:
    """Return the key of a PKCS#12 container (EC P-256 or P-384, or RSA of 2048 bits and more).

    Raises SealFailed when the password is wrong or the container holds no key and certificate.
    """
    try:
        private, own, others = pkcs12.load_key_and_certificates(data, password.encode() or None)
    except (ValueError, TypeError) as error:
        raise SealFailed(
            "The key file cannot be opened: wrong password, or not PKCS#12."
        ) from error
    if private is None or own is None:
        raise SealFailed("The key file holds no private key with its certificate.")
    return _sealing_key(private, [own, *others])


def read_roots(folder: Path) -> tuple[bytes, ...]:
    """Return every certificate (PEM each) in those *.pem files of `folder` that hold no private key.

    `folder` may be one such file. Nothing there, or nothing readable: an empty tuple.
    """
    roots: dict[bytes, None] = {}
    for path in [folder] if folder.is_file() else sorted(folder.glob("*.pem")):
        try:
            pem = path.read_bytes()
            found = [] if b"PRIVATE KEY" in pem else x509.load_pem_x509_certificates(pem)
        except (OSError, ValueError):
            continue
        roots.update((one.public_bytes(_PEM), None) for one in found)
    return tuple(roots)


def common_name(certificate: x509.Certificate) -> str:
    """Return the subject's common name, or its organisation, or the whole name."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for attribute in certificate.subject.get_attributes_for_oid(kind):
            return str(attribute.value)
    return certificate.subject.rfc4514_string()


def is_self_issued(root: x509.Certificate) -> bool:
    """Whether `root` was made by an installation of this product for itself."""
    return common_name(root).startswith(ROOT_PREFIX)


def _sealing_key(private: object, certificates: Sequence[x509.Certificate]) -> SealingKey:
    if not isinstance(private, PrivateKey) or private.key_size < 256:
        raise SealFailed("The sealing key must be an elliptic-curve or RSA key.")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < 2048:
        raise SealFailed("The sealing key is too short: RSA needs 2048 bits or more.")
    chain = _ordered(private, certificates)
    der = private.private_bytes(
        _DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SealingKey(
        chain=tuple(one.public_bytes(_DER) for one in chain),
        self_issued=is_self_issued(chain[-1]),
        private_der=der,
    )


def _ordered(
    private: PrivateKey, certificates: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    """Return the certificate of `private` and, above it, each issuer found; strangers are dropped."""
    own = [one for one in certificates if one.public_key() == private.public_key()]
    if not own:
        raise SealFailed("The key file holds no certificate for its private key.")
    chain = [own[0]]
    while chain[-1].issuer != chain[-1].subject:
        above = [one for one in certificates if _issued(chain[-1], by=one)]
        if not above:
            raise SealFailed("The key file must hold every certificate up to the root.")
        chain.append(above[0])
    return chain


def _issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except Exception:  # the library names no common class for "not by this one"
        return False
    return True


def _make_pem(organisation: str, *, now: datetime) -> bytes:
    root_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    organisation = " ".join(organisation.split()) or "an unnamed organisation"
    root_name = _name(ROOT_PREFIX + organisation, organisation)
    root = _root(root_key, name=root_name, now=now)
    leaf = _leaf(key, name=_name(organisation, organisation), root=root, now=now).sign(
        root_key, hashes.SHA256()
    )
    own = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return own + leaf.public_bytes(_PEM) + root.public_bytes(_PEM)


def _root(key: ec.EllipticCurvePrivateKey, *, name: x509.Name, now: datetime) -> x509.Certificate:
    return (
        _builder(name, name, key, now=now, years=ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .sign(key, hashes.SHA256())
    )


def _leaf(
    key: ec.EllipticCurvePrivateKey, *, name: x509.Name, root: x509.Certificate, now: datetime
) -> x509.CertificateBuilder:
    above = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(name, root.subject, key, now=now, years=LEAF_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        .add_extension(x509.ExtendedKeyUsage(_PURPOSES), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above), critical=False
        )
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    *,
    now: datetime,
    years: int,
) -> x509.CertificateBuilder:
    # A day back: the first seal may carry a time a little before the clock that made the key.
    start = now.astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years + 2))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _name(common: str, organisation: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, _cut(common)),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _cut(organisation)),
        ]
    )


def _cut(text: str) -> str:
    """Return as much of `text` as a certificate's name may hold, counted in bytes."""
    return text.encode()[:64].decode(errors="ignore").strip()


def _usage(*granted: str) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in granted for name in names + more})


def _write_once(path: Path, data: bytes, *, mode: int) -> None:
    """Put `data` at `path` whole or not at all; an existing file stays as it is."""
    if path.exists():
        return
    part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        try:
            path.hardlink_to(part)
        except FileExistsError:
            return  # another process was first: its key is the key
    finally:
        part.unlink()
