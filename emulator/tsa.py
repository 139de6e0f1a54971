"""A pretend time-stamp authority: RFC 3161 answers signed by a demonstration CA of its own.

The protocol is the real one, so the product meets what it will meet outside: a request with a nonce, a
signed token, a refusal in the protocol's own words. Only the trust is pretended; the root says so in its
name.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Clock = Callable[[], datetime]

POLICY = "2.999.3161.1"  # 2.999 is the arc reserved for examples
HASHES = {"sha256": 32, "sha384": 48, "sha512": 64}
ROOT_NAME = "Paraph demonstration time CA (not a trusted authority)"
AUTHORITY_NAME = "Paraph demonstration time-stamp authority"


@dataclass(frozen=True)
class Tsa:
    """The authority. `respond` turns a TimeStampReq into a TimeStampResp, both DER."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    root_key: ec.EllipticCurvePrivateKey = field(repr=False)
    root: x509.Certificate
    clock: Clock

    @property
    def root_pem(self) -> bytes:
        """The certificate to trust when judging this authority's tokens."""
        return self.root.public_bytes(serialization.Encoding.PEM)

    def respond(self, request_der: bytes) -> bytes:
        """Return the answer to one request: granted with a token, or rejected with the protocol's reason."""
        try:
            request = tsp.TimeStampReq.load(request_der, strict=True)
            imprint = request["message_imprint"]
            algorithm = str(imprint["hash_algorithm"]["algorithm"].native)
            digest = bytes(imprint["hashed_message"].native)
        except (ValueError, TypeError, KeyError):
            return _rejected("bad_data_format")
        if HASHES.get(algorithm) != len(digest):
            return _rejected("bad_alg")
        token = self._token(request)
        status = tsp.PKIStatusInfo({"status": "granted"})
        return bytes(tsp.TimeStampResp({"status": status, "time_stamp_token": token}).dump())

    def crl(self) -> bytes:
        """Return the CA's current list of revoked certificates (none), DER, good for a week."""
        now = self.clock().astimezone(UTC)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(now - timedelta(minutes=1))
            .next_update(now + timedelta(days=7))
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(_authority_key(self.root), critical=False)
        )
        return builder.sign(self.root_key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def _token(self, request: tsp.TimeStampReq) -> cms.ContentInfo:
        content = self._statement(request).dump()
        attributes = self._signed_attributes(content)
        certificates = [self.certificate, self.root] if request["cert_req"].native else []
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": cms.ParsableOctetString(content),
                },
                "certificates": [_asn1(one) for one in certificates] or None,
                "signer_infos": [self._signer_info(attributes)],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _statement(self, request: tsp.TimeStampReq) -> tsp.TSTInfo:
        now = self.clock().astimezone(UTC)
        values: dict[str, object] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": request["message_imprint"],
            "serial_number": secrets.randbits(63) | 1 << 62,
            "gen_time": now.replace(microsecond=now.microsecond // 1000 * 1000),
            "accuracy": tsp.Accuracy({"seconds": 1}),
            "tsa": asn1_x509.GeneralName("directory_name", _asn1(self.certificate).subject),
        }
        if request["nonce"].native is not None:
            values["nonce"] = request["nonce"]
        return tsp.TSTInfo(values)

    def _signed_attributes(self, content: bytes) -> cms.CMSAttributes:
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        binding = tsp.SigningCertificateV2(
            {"certs": [tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(der).digest()})]}
        )
        return cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute(
                    {"type": "message_digest", "values": [hashlib.sha256(content).digest()]}
                ),
                cms.CMSAttribute({"type": "signing_certificate_v2", "values": [binding]}),
            ]
        )

    def _signer_info(self, attributes: cms.CMSAttributes) -> cms.SignerInfo:
        certificate = _asn1(self.certificate)
        sid = cms.IssuerAndSerialNumber(
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        )
        return cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier("issuer_and_serial_number", sid),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
            }
        )


def create_tsa(data_dir: Path, *, clock: Clock | None = None, crl_url: str = "") -> Tsa:
    """Return the authority kept in `data_dir`, made there at the first call.

    clock: what time it certifies, aware; the machine's clock by default. crl_url: written into the authority's
    certificate when it is made; serve `Tsa.crl()` there.
    """
    clock = clock or (lambda: datetime.now(UTC))
    root_file, own_file = data_dir / "tsa-root.pem", data_dir / "tsa.pem"
    if not own_file.exists():
        _make(root_file, own_file, now=clock(), crl_url=crl_url)
    root_key, root = _load(root_file)
    key, certificate = _load(own_file)
    return Tsa(key=key, certificate=certificate, root_key=root_key, root=root, clock=clock)


def _make(root_file: Path, own_file: Path, *, now: datetime, crl_url: str) -> None:
    root_file.parent.mkdir(parents=True, exist_ok=True)
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = (
        _builder(ROOT_NAME, ROOT_NAME, root_key.public_key(), now=now, years=30)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder(AUTHORITY_NAME, ROOT_NAME, key.public_key(), now=now, years=15)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(_authority_key(root), critical=False)
    )
    if crl_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    _write(root_file, root_key, root)
    _write(own_file, key, builder.sign(root_key, hashes.SHA256()))


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePublicKey, *, now: datetime, years: int
) -> x509.CertificateBuilder:
    start = now.astimezone(UTC) - timedelta(days=1)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(**granted: bool) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: granted.get(name, False) for name in names + more})


def _authority_key(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    value = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(value)


def _write(path: Path, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ) + certificate.public_bytes(serialization.Encoding.PEM)
    part = path.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_bytes(pem)
    part.replace(path)


def _load(path: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path.name} does not hold an elliptic-curve key")
    return key, x509.load_pem_x509_certificates(pem)[0]


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))


def _rejected(reason: str) -> bytes:
    info = tsp.PKIStatusInfo(
        {
            "status": "rejection",
            "status_string": [reason],
            "fail_info": tsp.PKIFailureInfo({reason}),
        }
    ).dump()
    # asn1crypto insists on a token, which a refusal has not: the outer SEQUENCE is written by hand.
    return b"\x30" + bytes([len(info)]) + bytes(info)
