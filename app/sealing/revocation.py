"""Validation data: what the authorities say today about the certificates behind a seal (OCSP answers, CRLs).

It is asked for before the seal is made and lies in the same revision, under the seal (PAdES B-LT; ADR 3). With it
the seal can be judged when those authorities are gone. Sources: RFC 6960, RFC 5280, ETSI EN 319 142-1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

import requests
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import RevokedError

from app.errors import SealFailed

Fetch = Callable[[str, bytes | None], bytes]
"""How an address is asked: POSTed an OCSP request, or read when there is none; raises OSError."""
Level = Literal["auto", "B-T", "B-LT"]

TIMEOUT_S = 5.0
LARGEST_ANSWER_BYTES = 1024 * 1024
_DER = serialization.Encoding.DER
_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Vouchers:
    """OCSP answers and CRLs (DER) about every certificate below the roots of some chains."""

    chains: tuple[tuple[bytes, ...], ...]
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    @property
    def certificates(self) -> tuple[bytes, ...]:
        return tuple(dict.fromkeys(one for chain in self.chains for one in chain))


class Revocation:
    """Asks the authorities named in certificates. `fetch`: HTTP by default, which follows no redirect."""

    def __init__(self, fetch: Fetch | None = None) -> None:
        self._fetch = fetch or _http

    def vouchers(self, chains: Sequence[tuple[bytes, ...]], *, at: datetime) -> Vouchers | None:
        """Return what proves at `at` that no certificate of `chains` (DER, signer first) is revoked.

        None when an authority names no service, or none that answers so that it can be proven. Raises SealFailed
        when one says that a certificate is revoked.
        """
        ocsps: list[bytes] = []
        crls: list[bytes] = []
        for chain in chains:
            for own, issuer in pairwise(chain):
                answer = self._about(_load(own), _load(issuer))
                if answer is None:
                    return None
                (ocsps if answer[0] == "ocsp" else crls).append(answer[1])
        found = Vouchers(tuple(chains), tuple(ocsps), tuple(crls))
        return found if covers(found, at=at) else None

    def _about(self, own: x509.Certificate, issuer: x509.Certificate) -> tuple[str, bytes] | None:
        request = ocsp.OCSPRequestBuilder().add_certificate(own, issuer, hashes.SHA1())  # noqa: S303
        for url in _ocsp_urls(own):
            answer = self._ask(url, request.build().public_bytes(_DER))
            if answer and _is_answer(answer):
                return "ocsp", answer
        for url in _crl_urls(own):
            if answer := self._ask(url, None):
                return "crl", answer
        return None

    def _ask(self, url: str, body: bytes | None) -> bytes:
        try:
            return self._fetch(url, body)
        except OSError:
            return b""


def covers(found: Vouchers, *, at: datetime) -> bool:
    """Whether `found` proves that at `at` nothing in its chains was revoked; offline.

    Raises SealFailed when it proves the contrary.
    """
    return all(_proves(chain, found, at) for chain in found.chains)


def _proves(chain: tuple[bytes, ...], found: Vouchers, at: datetime) -> bool:
    parsed = [asn1_x509.Certificate.load(one) for one in chain]
    if len(parsed) < 2:
        return False
    context = ValidationContext(
        trust_roots=[parsed[-1]],
        other_certs=[asn1_x509.Certificate.load(one) for one in found.certificates],
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
        ocsps=list(found.ocsps),
        crls=list(found.crls),
        revocation_mode="require",
        time_tolerance=_TOLERANCE,
    )
    validator = CertificateValidator(parsed[0], parsed[1:-1], validation_context=context)
    try:
        asyncio.run(validator.async_validate_usage(set(), set(), extended_optional=True))
    except RevokedError as error:
        raise SealFailed("The certificate behind the seal was revoked by its authority.") from error
    except Exception:  # answers come from outside: whatever is wrong with one, it proves nothing
        return False
    return True


def _load(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _is_answer(answer: bytes) -> bool:
    try:
        status = ocsp.load_der_ocsp_response(answer).response_status
    except ValueError:
        return False
    return status is ocsp.OCSPResponseStatus.SUCCESSFUL


def _ocsp_urls(certificate: x509.Certificate) -> Iterable[str]:
    try:
        kind = x509.AuthorityInformationAccess
        access = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return []
    places = [one for one in access if one.access_method == AuthorityInformationAccessOID.OCSP]
    return _http_urls(one.access_location for one in places)


def _crl_urls(certificate: x509.Certificate) -> Iterable[str]:
    try:
        kind = x509.CRLDistributionPoints
        points = certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return []
    return _http_urls(name for point in points for name in point.full_name or ())


def _http_urls(names: Iterable[x509.GeneralName]) -> list[str]:
    urls = [str(one.value) for one in names if isinstance(one, x509.UniformResourceIdentifier)]
    return [one for one in urls if one.startswith(("http://", "https://"))]


def _http(url: str, body: bytes | None) -> bytes:
    headers = {"Content-Type": "application/ocsp-request"} if body else {}
    with requests.request(
        "POST" if body else "GET",
        url,
        data=body,
        headers=headers,
        timeout=TIMEOUT_S,
        allow_redirects=False,
        stream=True,
    ) as answer:
        if answer.status_code != 200:
            raise OSError(f"status {answer.status_code}")
        data: bytes = answer.raw.read(LARGEST_ANSWER_BYTES + 1, decode_content=True)
    if len(data) > LARGEST_ANSWER_BYTES:
        raise OSError("an answer too long")
    return data
