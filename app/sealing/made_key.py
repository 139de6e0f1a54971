"""A sealing key that nobody else vouches for: made by an installation for itself, and saying so in its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

ROOT_PREFIX = "Self-issued by Paraph for "
LEAF_YEARS = 10
ROOT_YEARS = 30

# RFC 9336 document signing; e-mail protection beside it, the purpose that older viewers look for.
_PURPOSES = [ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]
_PEM = serialization.Encoding.PEM


def make_pem(organisation: str, *, now: datetime) -> bytes:
    """Return a new key (PEM) with its certificate and, above it, the root that says who made it."""
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
