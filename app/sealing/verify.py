"""Judges a PDF: is this, to the last byte, what we sealed? No network, no database, no clock.

Lenient readers let changed files pass, so nothing here is lenient. The signature must cover the whole file but
the digits of its container; the container must be in its one form (`container`); every certificate must be
proven up to a root that the caller trusts (`chains`). Only then is the file opened as a PDF at all: what a
stranger wrote is never parsed. Whatever goes wrong on the way means "not valid".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from app.sealing import report as say
from app.sealing.chains import Chain, trace
from app.sealing.container import DATA, Container, Malformed, first_element, parse
from app.sealing.inside import Inside, read_inside
from app.sealing.keys import common_name, stands_alone
from app.sealing.report import Reason, SealReport, Verdict
from app.sealing.revocation import Vouchers, covers
from app.sealing.timestamps import Stamp, check_attributes, read_token

LARGEST_BYTES = 64 * 1024 * 1024
CONTAINER_LIMIT_BYTES = 256 * 1024

_BYTE_RANGE = re.compile(
    rb"/ByteRange\s{0,8}\[\s{0,8}(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}(\d{1,10})\s{1,8}(\d{1,10})[\s\]]"
)
_HEX = re.compile(rb"(?:[0-9A-F]{2})+")
_MARKS = (b"/ByteRange", b"/DocMDP", b"ETSI.CAdES.detached", b"adbe.pkcs7.detached")


class _Fault(Exception):
    def __init__(self, reason: Reason, verdict: Verdict = Verdict.INVALID) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.verdict = verdict


@dataclass(frozen=True, slots=True)
class _Proof:
    """What the cryptography shows, whoever is behind it."""

    signer: x509.Certificate
    chain: Chain
    stamp: Stamp

    @property
    def doubts(self) -> tuple[Reason, ...]:
        doubts = []
        if not self.chain.trusted:
            doubts.append(say.ISSUER_UNKNOWN)
        if not self.stamp.trusted:
            doubts.append(say.TIME_ISSUER_UNKNOWN)
        return tuple(doubts)


def verify(pdf: bytes, *, trusted_roots: Sequence[bytes], tsa_roots: Sequence[bytes]) -> SealReport:
    """Return the judgement on `pdf`; never raises for what the file holds.

    trusted_roots: certificates (PEM or DER) of which one must stand in the sealing key's chain. tsa_roots: the
    same for the time-stamp authority. Only `Verdict.VALID` means original.
    """
    digest = hashlib.sha256(pdf).hexdigest()
    try:
        proof = _prove(pdf, roots=as_der(trusted_roots), tsa_roots=as_der(tsa_roots))
        if proof.doubts:
            return _doubtful(proof, digest)
        inside = _inside(pdf)
        is_lasting = _is_lasting(proof, inside)
    except _Fault as fault:
        return SealReport(verdict=fault.verdict, reasons=(fault.reason,), file_sha256=digest)
    return SealReport(
        verdict=Verdict.VALID,
        reasons=(),
        file_sha256=digest,
        sealed_at=proof.stamp.at,
        sealed_by=common_name(proof.signer),
        issuer=common_name(proof.chain.top),
        authority=common_name(_first(proof.stamp.chain)),
        level="PAdES B-LT" if is_lasting else "PAdES B-T",
        covers_whole_file=True,
        self_issued=stands_alone(proof.chain.loaded),
        trail=inside.trail,
        trail_head=inside.trail_head,
    )


def _doubtful(proof: _Proof, digest: str) -> SealReport:
    return SealReport(
        verdict=Verdict.UNKNOWN_ISSUER,
        reasons=proof.doubts,
        file_sha256=digest,
        sealed_at=proof.stamp.at if proof.stamp.trusted else None,
        sealed_by=common_name(proof.signer),
        issuer=common_name(proof.chain.top),
        authority=common_name(_first(proof.stamp.chain)),
        covers_whole_file=True,
    )


def _prove(pdf: bytes, *, roots: Sequence[bytes], tsa_roots: Sequence[bytes]) -> _Proof:
    start, end = _gap(pdf)
    parts = _container(pdf[start:end])
    covered = hashlib.sha256(pdf[:start])
    covered.update(memoryview(pdf)[end:])
    with _or(say.CONTENT_CHANGED):
        check_attributes(parts, covered.digest())
    with _or(say.SIGNATURE_WRONG):
        parts.check_signature()
        _check_lower(parts)
    with _or(say.TIME_WRONG):
        stamp = read_token(
            parts.token or b"", hashlib.sha256(parts.signature).digest(), roots=tsa_roots
        )
    with _or(say.CERTIFICATE_WRONG):
        chain = trace(parts.certificates, roots=roots, at=stamp.at)
    return _Proof(signer=parts.signer, chain=chain, stamp=stamp)


def _gap(pdf: bytes) -> tuple[int, int]:
    """Return where the container's "<...>" begins and ends: the only bytes the signature may leave out."""
    if len(pdf) > LARGEST_BYTES:
        raise _Fault(say.TOO_LARGE)
    if not any(mark in pdf for mark in _MARKS):
        reason = say.NO_SEAL if pdf.startswith(b"%PDF-") else say.NOT_PDF
        raise _Fault(reason, Verdict.NOT_SEALED)
    if pdf.count(b"/ByteRange") > 1:
        raise _Fault(say.SEVERAL_SEALS)
    found = _BYTE_RANGE.search(pdf)
    if found is None:
        raise _Fault(say.NOT_WHOLE_FILE)
    first, start, end, rest = map(int, found.groups())
    if first != 0 or not 0 < start < end - 2 or end + rest != len(pdf):
        raise _Fault(say.NOT_WHOLE_FILE)
    if not start < len(pdf) or end - start > 2 * CONTAINER_LIMIT_BYTES:
        raise _Fault(say.NOT_WHOLE_FILE)
    return start, end


def _container(gap: bytes) -> Container:
    digits = gap[1:-1]
    if gap[:1] != b"<" or gap[-1:] != b">" or not _HEX.fullmatch(digits):
        raise _Fault(say.CONTAINER_FORM)
    with _or(say.CONTAINER_FORM):
        data = bytes.fromhex(digits.decode("ascii"))
        whole = first_element(data).whole
        if data[len(whole) :].strip(b"\0"):
            raise Malformed("something stands behind the container")
        parts = parse(whole)
        if parts.content_type != DATA or parts.content is not None:
            raise Malformed("not the container of a seal")
    return parts


def _check_lower(parts: Container) -> None:
    """Refuse the twin (r, n - s) of an ECDSA signature: it fits too, and would be another file."""
    public = parts.signer.public_key()
    if isinstance(public, ec.EllipticCurvePublicKey):
        _, s = decode_dss_signature(parts.signature)
        if s > public.curve.group_order // 2:
            raise Malformed("not the lower form of the signature")


def _inside(pdf: bytes) -> Inside:
    with _or(say.STRUCTURE):
        inside = read_inside(pdf)
    if inside.trail_fault:
        raise _Fault(say.TRAIL_BROKEN)
    return inside


def _is_lasting(proof: _Proof, inside: Inside) -> bool:
    """Whether the file itself proves that no certificate was revoked when it was sealed."""
    chains = (proof.chain.certificates, proof.stamp.chain.certificates)
    with _or(say.CERTIFICATE_WRONG):
        return covers(Vouchers(chains, inside.ocsps, inside.crls), at=proof.stamp.at)


@contextmanager
def _or(reason: Reason) -> Iterator[None]:
    """Turn whatever is raised inside into `reason`: damaged input raises errors of a dozen libraries."""
    try:
        yield
    except Exception as error:
        raise _Fault(reason) from error


def _first(chain: Chain) -> x509.Certificate:
    return x509.load_der_x509_certificate(chain.certificates[0])


def as_der(certificates: Sequence[bytes]) -> list[bytes]:
    """Return DER for PEM (every certificate in it) or DER."""
    found: list[bytes] = []
    for one in certificates:
        if b"-----BEGIN" in one:
            loaded = x509.load_pem_x509_certificates(one)
            found.extend(each.public_bytes(serialization.Encoding.DER) for each in loaded)
        else:
            found.append(one)
    return found
