"""A certificate authority with an OCSP responder and revocation lists, asked over HTTP on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DER = serialization.Encoding.DER


@dataclass
class Authority:
    """Issues certificates that name its services. `revoked`: serial numbers; `is_away` closes the services."""

    now: datetime
    port: int
    key: ec.EllipticCurvePrivateKey
    root: x509.Certificate
    issued: dict[int, x509.Certificate] = field(default_factory=dict)
    revoked: set[int] = field(default_factory=set)
    is_away: bool = False
    asked: int = 0

    def issue(
        self, name: str, key: PrivateKey, *, purpose: str = "seal", services: str = "ocsp"
    ) -> x509.Certificate:
        """Return a certificate for `key`; services: "ocsp", "crl" or "" (it names none)."""
        builder = _builder(name, self.root.subject, key, self.now, years=3)
        builder = builder.add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        ).add_extension(_usage("digital_signature", "content_commitment"), critical=True)
        if purpose == "time":
            builder = builder.add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True
            )
        made = self._with_services(builder, services).sign(self.key, hashes.SHA256())
        self.issued[made.serial_number] = made
        return made

    def _with_services(
        self, builder: x509.CertificateBuilder, services: str
    ) -> x509.CertificateBuilder:
        place = x509.UniformResourceIdentifier(f"http://127.0.0.1:{self.port}/{services}")
        if services == "ocsp":
            access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
            return builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
        if services == "crl":
            point = x509.DistributionPoint([place], None, None, None)
            return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder

    def answer(self, request: bytes) -> bytes:
        """Return the OCSP answer to `request`."""
        asked = ocsp.load_der_ocsp_request(request)
        own = self.issued[asked.serial_number]
        is_revoked = own.serial_number in self.revoked
        builder = ocsp.OCSPResponseBuilder().add_response(
            cert=own,
            issuer=self.root,
            algorithm=hashes.SHA1(),
            cert_status=ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD,
            this_update=self.now - timedelta(minutes=10),
            next_update=self.now + timedelta(days=1),
            revocation_time=self.now - timedelta(days=1) if is_revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None,
        )
        named = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self.root)
        return named.sign(self.key, hashes.SHA256()).public_bytes(_DER)

    def revocation_list(self) -> bytes:
        """Return the list of revoked certificates."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(self.now - timedelta(minutes=10))
            .next_update(self.now + timedelta(days=7))
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
        )
        for serial in self.revoked:
            revoked = x509.RevokedCertificateBuilder().serial_number(serial)
            builder = builder.add_revoked_certificate(
                revoked.revocation_date(self.now - timedelta(days=1)).build()
            )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(_DER)

    def pkcs12(
        self, name: str, password: str, *, key: PrivateKey | None = None, **more: str
    ) -> bytes:
        """Return a new key (or `key`) with its certificate and the root, as a company would upload it."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        own = self.issue(name, key, **more)
        lock = serialization.BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(name.encode(), key, own, [self.root], lock)


@contextmanager
def running(now: datetime) -> Iterator[Authority]:
    """Yield an authority that answers on a free port until the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Services)
    key = ec.generate_private_key(ec.SECP256R1())
    root = (
        _builder("Example Root CA", None, key, now, years=20)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign", "digital_signature"), critical=True)
        .sign(key, hashes.SHA256())
    )
    server.authority = Authority(now, server.server_port, key, root)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.authority  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Services(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._say(lambda authority: authority.answer(body))

    def do_GET(self) -> None:
        self._say(lambda authority: authority.revocation_list())

    def _say(self, make: object) -> None:
        authority: Authority = self.server.authority  # type: ignore[attr-defined]
        authority.asked += 1
        body = b"" if authority.is_away else make(authority)  # type: ignore[operator]
        self.send_response(503 if authority.is_away else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def _builder(
    name: str, issuer: x509.Name | None, key: PrivateKey, now: datetime, *, years: int
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*granted: str) -> x509.KeyUsage:
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
    more = ("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: name in granted for name in names + more})
