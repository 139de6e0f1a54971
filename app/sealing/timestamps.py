"""Proof of time from outside: RFC 3161 tokens, asked over HTTP, judged here.

Several authorities are tried in turn. When none answers we wait: local time never takes a token's place.
A token is checked against its own certificate when it arrives, brought into the one form of `container`, and
judged against trusted roots when a seal is verified.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests
from asn1crypto import algos, cms, tsp
from asn1crypto import x509 as asn1_x509

from app.errors import TimestampUnavailable
from app.sealing.chains import Chain, relevant, trace
from app.sealing.container import (
    DATA,
    HASHES,
    OID,
    SET,
    TST_INFO,
    Container,
    Malformed,
    build,
    digest_name,
    first_element,
    parse,
    tlv,
)

Post = Callable[[str, bytes], bytes]

TIMEOUT_S = 10.0
ANSWER_LIMIT_BYTES = 64 * 1024
FIRST_ROOM_BYTES = 6 * 1024
_MARGIN_BYTES = 256


@dataclass(frozen=True, slots=True)
class Stamp:
    """A token that holds: the time it certifies (aware UTC) and the certificates behind it."""

    at: datetime
    chain: Chain

    @property
    def trusted(self) -> bool:
        return self.chain.trusted


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it came from an authority, in its one form, and the time in it (aware UTC)."""

    der: bytes
    at: datetime
    chain: tuple[bytes, ...]
    """The authority's certificates (DER), its own first."""


class Timestamper:
    """Asks authorities for tokens, the first of `urls` first.

    timeout_s: for each authority. post: how an address is asked; HTTP by default, which follows no redirect.
    """

    def __init__(
        self, urls: Sequence[str], *, timeout_s: float = TIMEOUT_S, post: Post | None = None
    ) -> None:
        self._urls = tuple(urls)
        self._post = post or _HttpPost(timeout_s)
        self.room = FIRST_ROOM_BYTES
        """Bytes to keep free for a token: what the largest one so far took, and a little more."""
        self.chain: tuple[bytes, ...] = ()
        """Certificates (DER) of the authority that stamped last, its own first; () before the first time."""

    def token(self, digest: bytes) -> Token:
        """Return a token over `digest`, a SHA-256.

        Raises TimestampUnavailable when no authority gave a token that holds.
        """
        faults = []
        for url in self._urls:
            try:
                token = self._ask(url, digest)
            except (requests.RequestException, OSError, Malformed, ValueError, TypeError) as error:
                faults.append(f"{urlsplit(url).hostname}: {type(error).__name__}")
                continue
            self.room = max(self.room, len(token.der) + _MARGIN_BYTES)
            self.chain = token.chain
            return token
        tried = "; ".join(faults) or "no address is set"
        raise TimestampUnavailable(
            "No time-stamp authority answered ({tried}). We wait and try again.", tried=tried
        )

    def _ask(self, url: str, digest: bytes) -> Token:
        nonce = secrets.randbits(63) | 1 << 62
        answer = tsp.TimeStampResp.load(self._post(url, _request(digest, nonce)), strict=True)
        if answer["status"]["status"].native not in ("granted", "granted_with_mods"):
            raise Malformed("refused")
        parts = _one_form(answer["time_stamp_token"])
        if _statement(parts)["nonce"].native != nonce:
            raise Malformed("an answer to another question")
        der = build(parts)
        stamp = read_token(der, digest, roots=())
        return Token(der=der, at=stamp.at, chain=stamp.chain.certificates)


def read_token(token: bytes, digest: bytes, *, roots: Sequence[bytes]) -> Stamp:
    """Return what `token` proves about `digest` (SHA-256); `roots` are DER. Raises Malformed."""
    try:
        return _read_token(token, digest, roots=roots)
    except Malformed:
        raise
    except Exception as error:  # damaged ASN.1 makes the libraries raise a dozen kinds
        raise Malformed("not a time-stamp token") from error


def _read_token(token: bytes, digest: bytes, *, roots: Sequence[bytes]) -> Stamp:
    parts = parse(token)
    if parts.content_type != TST_INFO or parts.content is None or parts.token is not None:
        raise Malformed("not a time-stamp token")
    parts.check_signature()
    check_attributes(parts, hashlib.new(parts.digest, parts.content).digest())
    at = _certified_time(parts, digest)
    return Stamp(at=at, chain=trace(parts.certificates, roots=roots, at=at, timestamps=True))


def _certified_time(parts: Container, digest: bytes) -> datetime:
    statement = _statement(parts)
    imprint = statement["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise Malformed("a time stamp of another kind")
    if imprint["hashed_message"].native != digest:
        raise Malformed("a time stamp of something else")
    at: datetime = statement["gen_time"].native
    return at.astimezone(UTC)


def check_attributes(parts: Container, digest: bytes) -> None:
    """Return when the signed attributes bind content type, `digest` and the signer's certificate."""
    attributes = cms.CMSAttributes.load(tlv(SET, parts.attributes), strict=True)
    found = {one["type"].native: one["values"] for one in attributes}
    if len(found) != len(attributes):
        raise Malformed("an attribute stands twice")
    kind = "data" if parts.content_type == DATA else "tst_info"
    if found["content_type"].native != [kind] or found["message_digest"].native != [digest]:
        raise Malformed("signed for other content")
    if not _binds(found, parts.certificates[0]):
        raise Malformed("signed with another certificate")


def _binds(found: dict[str, cms.SetOf], certificate: bytes) -> bool:
    """Whether the first certificate named in the ESS attribute (RFC 5035, or RFC 2634 with SHA-1) is this one."""
    if "signing_certificate_v2" in found:
        named = found["signing_certificate_v2"][0]["certs"][0]
        algorithm = named["hash_algorithm"]["algorithm"].native
    else:
        named, algorithm = found["signing_certificate"][0]["certs"][0], "sha1"
    if algorithm not in ("sha1", *HASHES):
        raise Malformed("a digest that we do not use")
    return bool(named["cert_hash"].native == hashlib.new(algorithm, certificate).digest())


def _request(digest: bytes, nonce: int) -> bytes:
    imprint = tsp.MessageImprint(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "hashed_message": digest,
        }
    )
    request = {"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True}
    return bytes(tsp.TimeStampReq(request).dump())


def _statement(parts: Container) -> tsp.TSTInfo:
    return tsp.TSTInfo.load(parts.content, strict=True)


def _one_form(token: cms.ContentInfo) -> Container:
    """Return the parts of an authority's token; what its signature does not need is left behind."""
    signed = token["content"]
    (signer,) = signed["signer_infos"]
    carried = [one.chosen for one in signed["certificates"]]
    own = [one for one in carried if _is_signer(one, signer["sid"])]
    certificates = relevant([one.dump() for one in own + carried])
    return Container(
        content_type=TST_INFO,
        content=bytes(signed["encap_content_info"]["content"]),
        digest=digest_name(tlv(OID, signer["digest_algorithm"]["algorithm"].contents)),
        attributes=first_element(signer["signed_attrs"].untag().dump()).contents,
        signature=signer["signature"].native,
        certificates=certificates,
    )


def _is_signer(certificate: asn1_x509.Certificate, sid: cms.SignerIdentifier) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    same_serial = certificate.serial_number == sid.chosen["serial_number"].native
    return bool(same_serial and certificate.issuer == sid.chosen["issuer"])


class _HttpPost:
    """RFC 3161 section 3.4 over pooled connections."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._session = requests.Session()

    def __call__(self, url: str, body: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"}
        with self._session.post(
            url,
            data=body,
            headers=headers,
            timeout=self._timeout_s,
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code != 200:
                raise Malformed(f"status {answer.status_code}")
            data: bytes = answer.raw.read(ANSWER_LIMIT_BYTES + 1, decode_content=True)
        if len(data) > ANSWER_LIMIT_BYTES:
            raise Malformed("an answer too long")
        return data
