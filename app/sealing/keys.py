"""The sealing key: made once per installation, or brought by the company as PKCS#12.

A key we make is vouched for by nobody but itself. Its root says so in its name, `SealingKey.self_issued`
says so to the product, and the certificate page repeats it. The root's own key signs one certificate and
is forgotten, so what lies on the disk can seal, never issue.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from app.errors import SealFailed
from app.sealing.made_key import ROOT_PREFIX, make_pem
from app.write_once import write_once

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner

KEY_FILE = "seal-key.pem"
ROOT_FILE = "seal-root.pem"

MOST_ITERATIONS = 1_000_000
"""Of the password's derivation in a PKCS#12 container: a second of work, no more."""

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

    def sign(self, data: bytes) -> bytes:
        """Return this key's signature over `data`, by SHA-256."""
        signature: bytes = asyncio.run(self.signer.async_sign_raw(data, "sha256"))
        return signature

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
        write_once(path, make_pem(organisation, now=now), mode=0o600)
    key = load(path)
    write_once(folder / ROOT_FILE, key.root_pem, mode=0o644)
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
    _check_cost(data)
    try:
        private, own, others = pkcs12.load_key_and_certificates(data, password.encode() or None)
    except (ValueError, TypeError) as error:
        raise SealFailed(
            "The key file cannot be opened: wrong password, or not PKCS#12."
        ) from error
    if private is None or own is None:
        raise SealFailed("The key file holds no private key with its certificate.")
    return _sealing_key(private, [own, *others])


def from_parts(private_der: bytes, chain: Sequence[str]) -> SealingKey:
    """Return the key of a PKCS#8 private key (DER) and its certificates (PEM each). Raises SealFailed."""
    try:
        private = serialization.load_der_private_key(private_der, password=None)
        certificates = [x509.load_pem_x509_certificate(one.encode()) for one in chain]
    except (ValueError, TypeError) as error:
        raise SealFailed("The company’s key cannot be read.") from error
    return _sealing_key(private, certificates)


def as_pem(chain: Sequence[bytes]) -> list[str]:
    """Return certificates (DER) as PEM texts."""
    loaded = [x509.load_der_x509_certificate(one) for one in chain]
    return [one.public_bytes(_PEM).decode() for one in loaded]


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


def stands_alone(chain: Sequence[x509.Certificate]) -> bool:
    """Whether nobody else vouches for a chain: made by an installation for itself, or signed by its own key."""
    return len(chain) == 1 or common_name(chain[-1]).startswith(ROOT_PREFIX)


def _check_cost(data: bytes) -> None:
    """Refuse a container that asks for hours of work before its password can be tried. Raises SealFailed."""
    from asn1crypto import pkcs12 as asn1_pkcs12

    try:
        pfx = asn1_pkcs12.Pfx.load(data)
        told = [pfx["mac_data"]["iterations"].native] if pfx["mac_data"].native else []
        for part in pfx.authenticated_safe:
            if part["content_type"].native == "encrypted_data":
                info = part["content"]["encrypted_content_info"]
                told.append(info["content_encryption_algorithm"].kdf_iterations)
            elif part["content_type"].native == "data":
                bags = asn1_pkcs12.SafeContents.load(part["content"].native)
                told += [
                    bag["bag_value"]["encryption_algorithm"].kdf_iterations
                    for bag in bags
                    if bag["bag_id"].native == "pkcs8_shrouded_key_bag"
                ]
    except Exception as error:  # damaged ASN.1 makes the library raise a dozen kinds
        raise SealFailed(
            "The key file cannot be opened: wrong password, or not PKCS#12."
        ) from error
    if any(not isinstance(one, int) or one > MOST_ITERATIONS for one in told):
        raise SealFailed("The key file cannot be opened: wrong password, or not PKCS#12.")


def _sealing_key(private: object, certificates: Sequence[x509.Certificate]) -> SealingKey:
    if not isinstance(private, PrivateKey) or private.key_size < 256:
        raise SealFailed("The sealing key must be an elliptic-curve or RSA key.")
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size < 2048:
        raise SealFailed("The sealing key is too short: RSA needs 2048 bits or more.")
    chain = chain_of(private.public_key(), certificates)
    der = private.private_bytes(
        _DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return SealingKey(
        chain=tuple(one.public_bytes(_DER) for one in chain),
        self_issued=stands_alone(chain),
        private_der=der,
    )


def chain_of(public: object, certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificate of a public key and, above it, each issuer found; strangers are dropped.

    Raises SealFailed when the own certificate is missing, or one on the way to the root.
    """
    own = [one for one in certificates if one.public_key() == public]
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


def keep_public(folder: Path, key: SealingKey) -> None:
    """Keep what a verifier must trust to accept the seals of a key outside, beside our own root."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = hashlib.sha256(key.chain[0]).hexdigest()[:16]
    write_once(folder / f"outside-{name}.pem", key.trust_pem, mode=0o644)
