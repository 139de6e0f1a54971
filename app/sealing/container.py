"""The one form a signature container may have, written and read byte for byte.

A CMS SignedData has many bytes that no signature covers: versions, algorithm names, which certificates
travel along, how lengths are written. A validator that merely understands them lets them be changed. Here a
container is *built* from the parts that are proven one by one (signed attributes, signature, certificates,
time-stamp token), and reading means: take the parts, build again, compare every byte.
Sources: RFC 5652, RFC 3161, RFC 5754, RFC 6211, X.690.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

INTEGER, OCTETS, OID, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1

SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
DATA = bytes.fromhex("06092a864886f70d010701")
TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
TIMESTAMP_TOKEN = bytes.fromhex("060b2a864886f70d010910020e")
CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
ALGORITHM_PROTECTION = bytes.fromhex("06092a864886f70d010934")

HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_DIGEST_OIDS = {
    "sha256": bytes.fromhex("0609608648016503040201"),
    "sha384": bytes.fromhex("0609608648016503040202"),
    "sha512": bytes.fromhex("0609608648016503040203"),
}
_ECDSA_OIDS = {
    "sha256": bytes.fromhex("06082a8648ce3d040302"),
    "sha384": bytes.fromhex("06082a8648ce3d040303"),
    "sha512": bytes.fromhex("06082a8648ce3d040304"),
}
_RSA_OIDS = {
    "sha256": bytes.fromhex("06092a864886f70d01010b"),
    "sha384": bytes.fromhex("06092a864886f70d01010c"),
    "sha512": bytes.fromhex("06092a864886f70d01010d"),
}
_RSA_BARE_OID = bytes.fromhex("06092a864886f70d010101")
_NULL = b"\x05\x00"
_MOST_ELEMENTS = 64
_MOST_CERTIFICATES = 8


class Malformed(Exception):
    """A container that is not exactly in its one form, or a part of it that does not hold."""


@dataclass(frozen=True, slots=True)
class Container:
    """The parts of a SignedData with one signer. `certificates` are DER, the signer's first."""

    content_type: bytes
    """DATA for a seal (its content is the PDF), TST_INFO for a time-stamp token."""
    content: bytes | None
    digest: str
    attributes: bytes
    """Contents of the SET of signed attributes."""
    signature: bytes
    certificates: tuple[bytes, ...]
    token: bytes | None = None
    """A time-stamp token over `signature`, itself a container."""

    @property
    def signer(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.certificates[0])

    def check_signature(self) -> None:
        """Return when the signer's key made `signature` over the attributes; raises Malformed."""
        signed, algorithm = tlv(SET, self.attributes), HASHES[self.digest]
        key = self.signer.public_key()
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(self.signature, signed, ec.ECDSA(algorithm))
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(self.signature, signed, padding.PKCS1v15(), algorithm)
            else:
                raise Malformed("a kind of key that we do not use")
        except InvalidSignature as error:
            raise Malformed("the signature does not fit") from error


@dataclass(frozen=True, slots=True)
class Element:
    """One TLV: its tag, all its bytes, and its contents."""

    tag: int
    whole: bytes
    contents: bytes


def tlv(tag: int, contents: bytes) -> bytes:
    """Return the DER encoding of `contents` under `tag`, length in its shortest form."""
    size = len(contents)
    if size < 0x80:
        return bytes((tag, size)) + contents
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + contents


def elements(data: bytes) -> list[Element]:
    """Return the TLVs that follow one another in `data`, to its last byte. Raises Malformed."""
    found: list[Element] = []
    at = 0
    while at < len(data):
        if len(found) == _MOST_ELEMENTS:
            raise Malformed("too many elements")
        found.append(_element(data, at))
        at += len(found[-1].whole)
    return found


def first_element(data: bytes) -> Element:
    """Return the TLV at the start of `data`; what follows it is left alone. Raises Malformed."""
    return _element(data, 0)


def _element(data: bytes, at: int) -> Element:
    if len(data) < at + 2 or data[at] & 0x1F == 0x1F:
        raise Malformed("not DER")
    size, start = data[at + 1], at + 2
    if size >= 0x80:
        count = size & 0x7F
        if not 1 <= count <= 4:
            raise Malformed("not DER: a length")
        size, start = int.from_bytes(data[start : start + count], "big"), start + count
    contents = data[start : start + size]
    whole = tlv(data[at], contents)
    if len(contents) != size or data[at : start + size] != whole:
        raise Malformed("not DER: a length")
    return Element(data[at], whole, contents)


def build(parts: Container) -> bytes:
    """Return the DER ContentInfo of `parts`: the only encoding that `parse` accepts for them."""
    digest, algorithm = _algorithms(parts)
    issuer, serial = _issuer_and_serial(parts.certificates[0])
    signer = [
        tlv(INTEGER, b"\x01"),
        tlv(SEQUENCE, issuer + serial),
        digest,
        tlv(CONTEXT_0, parts.attributes),
        algorithm,
        tlv(OCTETS, parts.signature),
    ]
    if parts.token is not None:
        attribute = tlv(SEQUENCE, TIMESTAMP_TOKEN + tlv(SET, parts.token))
        signer.append(tlv(CONTEXT_1, attribute))
    signed = [
        tlv(INTEGER, b"\x01" if parts.content_type == DATA else b"\x03"),
        tlv(SET, digest),
        tlv(SEQUENCE, parts.content_type + _explicit_content(parts.content)),
        tlv(CONTEXT_0, b"".join(sorted(parts.certificates))),
        tlv(SET, tlv(SEQUENCE, b"".join(signer))),
    ]
    return tlv(SEQUENCE, SIGNED_DATA + tlv(CONTEXT_0, tlv(SEQUENCE, b"".join(signed))))


def parse(data: bytes) -> Container:
    """Return the parts of `data` when building them again gives `data`; raises Malformed otherwise."""
    try:
        parts = _parts(data)
        same = build(parts) == data
    except (ValueError, KeyError, IndexError, TypeError, UnsupportedAlgorithm) as error:
        raise Malformed("not a signature container of ours") from error
    if not same:
        raise Malformed("not in the one form a container may have")
    return parts


def _parts(data: bytes) -> Container:
    _, wrapped = elements(_only(data, SEQUENCE))
    _, _, encapsulated, certificates, signers = elements(_only(wrapped.contents, SEQUENCE))
    _, sid, digest, attributes, _, signature, *unsigned = elements(
        _only(signers.contents, SEQUENCE)
    )
    content_type, *content = elements(encapsulated.contents)
    carried = [one.whole for one in elements(certificates.contents)]
    if len(carried) > _MOST_CERTIFICATES:
        raise Malformed("too many certificates")
    return Container(
        content_type=content_type.whole,
        content=_only(content[0].contents, OCTETS) if content else None,
        digest=digest_name(elements(digest.contents)[0].whole),
        attributes=attributes.contents,
        signature=signature.contents,
        certificates=_signer_first(carried, sid.contents),
        token=_token_of(unsigned[0]) if unsigned else None,
    )


def seal_attributes(digest: bytes, certificate: bytes) -> bytes:
    """Return the signed attributes of a seal: what is signed (its SHA-256), and with which certificate.

    The four of a PAdES baseline signature, no more; time is not among them, it comes from outside.
    """
    own = tlv(SEQUENCE, tlv(OCTETS, hashlib.sha256(certificate).digest()))
    key = x509.load_der_x509_certificate(certificate).public_key()
    oid, tail = (
        _signature_oids(key, "sha256")[0],
        _NULL if isinstance(key, rsa.RSAPublicKey) else b"",
    )
    algorithms = tlv(SEQUENCE, _DIGEST_OIDS["sha256"]) + tlv(CONTEXT_1, oid + tail)
    values = {
        CONTENT_TYPE: DATA,
        MESSAGE_DIGEST: tlv(OCTETS, digest),
        SIGNING_CERTIFICATE_V2: tlv(SEQUENCE, tlv(SEQUENCE, own)),
        ALGORITHM_PROTECTION: tlv(SEQUENCE, algorithms),
    }
    return b"".join(sorted(tlv(SEQUENCE, kind + tlv(SET, one)) for kind, one in values.items()))


def digest_name(oid: bytes) -> str:
    """Return "sha256", "sha384" or "sha512" for a DER object identifier; raises Malformed."""
    for name, known in _DIGEST_OIDS.items():
        if known == oid:
            return name
    raise Malformed("a digest that we do not use")


def attribute_values(attributes: bytes, kind: bytes) -> list[Element]:
    """Return the values of every attribute of `kind` (a DER object identifier)."""
    pairs = [elements(one.contents) for one in elements(attributes)]
    return [
        value for oid, values in pairs if oid.whole == kind for value in elements(values.contents)
    ]


def _only(data: bytes, tag: int) -> bytes:
    one = first_element(data)
    if one.tag != tag or one.whole != data:
        raise Malformed("an unexpected element")
    return one.contents


def _token_of(unsigned: Element) -> bytes:
    _, values = elements(_only(unsigned.contents, SEQUENCE))
    return values.contents


def _signer_first(certificates: Sequence[bytes], sid: bytes) -> tuple[bytes, ...]:
    for one in certificates:
        if b"".join(_issuer_and_serial(one)) == sid:
            return (one, *(other for other in certificates if other != one))
    raise Malformed("the signer's certificate is missing")


def _issuer_and_serial(certificate: bytes) -> tuple[bytes, bytes]:
    fields = elements(elements(_only(certificate, SEQUENCE))[0].contents)
    if fields[0].tag == CONTEXT_0:
        fields = fields[1:]
    return fields[2].whole, fields[0].whole


def _explicit_content(content: bytes | None) -> bytes:
    return b"" if content is None else tlv(CONTEXT_0, tlv(OCTETS, content))


def _algorithms(parts: Container) -> tuple[bytes, bytes]:
    """Return the digest and signature algorithm identifiers: as the signer protected them, else canonical."""
    oids = _signature_oids(parts.signer.public_key(), parts.digest)
    protected = attribute_values(parts.attributes, ALGORITHM_PROTECTION)
    if protected:
        digest, algorithm = elements(protected[0].contents)
        return _checked(parts.digest, oids, digest.whole, tlv(SEQUENCE, algorithm.contents))
    tail = _NULL if oids[0] in _RSA_OIDS.values() else b""
    return tlv(SEQUENCE, _DIGEST_OIDS[parts.digest]), tlv(SEQUENCE, oids[0] + tail)


def _checked(
    name: str, oids: Sequence[bytes], digest: bytes, algorithm: bytes
) -> tuple[bytes, bytes]:
    digests = [tlv(SEQUENCE, _DIGEST_OIDS[name] + tail) for tail in (b"", _NULL)]
    allowed = [tlv(SEQUENCE, oid + tail) for oid in oids for tail in (b"", _NULL)]
    if digest not in digests or algorithm not in allowed:
        raise Malformed("an algorithm that we do not use")
    return digest, algorithm


def _signature_oids(key: object, digest: str) -> list[bytes]:
    if isinstance(key, rsa.RSAPublicKey):
        return [_RSA_OIDS[digest], _RSA_BARE_OID]
    return [_ECDSA_OIDS[digest]]
