"""From a signer's certificate up to a root: every certificate proven, every byte of each accounted for.

Source: RFC 5280 for the path (checked by pyhanko-certvalidator at a given moment, offline); the accounting of
bytes is ours, because a certificate's outer shell is covered by no signature.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from app.sealing.container import SEQUENCE, Malformed, elements, first_element, tlv

LONGEST = 6
BIT_STRING = 0x03
_DER = serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class Chain:
    """Certificates from the signer upwards (DER), and whether they end at a root we trust."""

    certificates: tuple[bytes, ...]
    trusted: bool

    @property
    def top(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.certificates[-1])

    @property
    def loaded(self) -> list[x509.Certificate]:
        return [x509.load_der_x509_certificate(one) for one in self.certificates]


def trace(
    certificates: Sequence[bytes], *, roots: Sequence[bytes], at: datetime, timestamps: bool = False
) -> Chain:
    """Return the chain of `certificates[0]`, using the others and `roots` (all DER), valid at `at`.

    timestamps: the first must be allowed to stamp times. Raises Malformed when a certificate does not belong,
    does not hold, or was not valid at `at`; what is no certificate raises whatever the library raises.
    """
    carried = [_accounted(one) for one in certificates]
    chain = _climb(carried[0], [*carried[1:], *map(x509.load_der_x509_certificate, roots)])
    found = tuple(one.public_bytes(_DER) for one in chain)
    if len(set(certificates)) != len(certificates) or not set(certificates) <= set(found):
        raise Malformed("a certificate that does not belong")
    for one in chain:
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            raise Malformed("a certificate was not valid at that time")
    complete = found[-1] in roots or _issued(chain[-1], by=chain[-1])
    trusted = complete and any(one in roots for one in found)
    _check_rules(found, at=at, timestamps=timestamps)
    return Chain(certificates=found, trusted=trusted)


def relevant(certificates: Sequence[bytes]) -> tuple[bytes, ...]:
    """Return the first of `certificates` (DER) and, of the others, those above it; strangers are dropped."""
    loaded = [x509.load_der_x509_certificate(one) for one in certificates]
    return tuple(one.public_bytes(_DER) for one in _climb(loaded[0], loaded[1:]))


def _climb(first: x509.Certificate, pool: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    chain = [first]
    while chain[-1].issuer != chain[-1].subject and len(chain) < LONGEST:
        above = next((one for one in pool if _issued(chain[-1], by=one)), None)
        if above is None:
            break
        chain.append(above)
    return chain


def _issued(certificate: x509.Certificate, *, by: x509.Certificate) -> bool:
    if certificate.issuer != by.subject:
        return False
    try:
        certificate.verify_directly_issued_by(by)
    except Exception:  # the library names no common class for "not by this one"
        return False
    return True


def _accounted(der: bytes) -> x509.Certificate:
    """Return the certificate when its unsigned shell is the only one possible around its signed part."""
    certificate = x509.load_der_x509_certificate(der)
    body = elements(first_element(der).contents)[0]
    fields = elements(body.contents)
    inner_algorithm = fields[2 if fields[0].tag == 0xA0 else 1].whole
    signature = tlv(BIT_STRING, b"\x00" + certificate.signature)
    if tlv(SEQUENCE, body.whole + inner_algorithm + signature) != der:
        raise Malformed("a certificate is not in its one form")
    return certificate


def _check_rules(chain: Sequence[bytes], *, at: datetime, timestamps: bool) -> None:
    """Apply RFC 5280 as if the top were trusted; whether it is, is decided elsewhere, by its bytes."""
    parsed = [asn1_x509.Certificate.load(one) for one in chain]
    context = ValidationContext(
        trust_roots=[parsed[-1]],
        other_certs=parsed[1:-1],
        moment=at,
        best_signature_time=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(parsed[0], parsed[1:-1], validation_context=context)
    purposes = {"time_stamping"} if timestamps else set()
    try:
        asyncio.run(validator.async_validate_usage(set(), purposes, extended_optional=False))
    except Exception as error:  # the validator's errors have no common class either
        raise Malformed("a certificate chain breaks a rule") from error
