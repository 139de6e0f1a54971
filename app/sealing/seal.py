"""Puts the seal on a finished PDF: one PAdES signature, certified so that nothing may change afterwards.

Everything is in one revision. The signature covers the whole file but its own container; the time-stamp token
sits inside the container, over the signature; validation data, where authorities give it, is written before the
signature and lies under it. So nothing has to be appended later, and "no change allowed" (DocMDP P=1) is kept in
the letter. Sources: ETSI EN 319 142-1 (PAdES B-T, B-LT), ISO 32000-2 12.8.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import constants
from pyhanko.sign.signers.cms_embedder import (
    PdfCMSEmbedder,
    SigIOSetup,
    SigMDPSetup,
    SigObjSetup,
)
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.sign.validation.dss import DocumentSecurityStore

from app.errors import ParaphError, SealFailed, TimestampUnavailable
from app.sealing.container import DATA, SET, Container, build, seal_attributes, tlv
from app.sealing.keys import SealingKey
from app.sealing.revocation import Level, Revocation, Vouchers
from app.sealing.timestamps import Timestamper

LARGEST_BYTES = 25 * 1024 * 1024
FIELD_NAME = "Seal"
DIGEST = "sha256"
CLOCK_TOLERANCE_S = 60.0


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A PDF written whole, with room kept for the container, and the digest of the rest."""

    filling: Generator[Any, Any, Any]
    output: BytesIO
    digest: bytes
    room: int


@dataclass(frozen=True, slots=True)
class _Texts:
    """What the signature says of itself, in words that nobody has to believe."""

    name: str
    reason: str
    now: datetime
    location: str
    contact: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """Whether validation data is wanted, and who is asked for it."""

    level: Level
    revocation: Revocation

    def vouchers(
        self, key: SealingKey, stamped_by: tuple[bytes, ...], now: datetime
    ) -> Vouchers | None:
        """Return the validation data for the key and the authority, None without. Raises TimestampUnavailable."""
        if not self._applies(key) or not stamped_by:
            return None
        found = self.revocation.vouchers((key.chain, stamped_by), at=now)
        if found is None and self.level == "B-LT":
            raise TimestampUnavailable(
                "The authorities do not say whether their certificates are revoked. We wait and try again."
            )
        return found

    def is_content(
        self, key: SealingKey, before: tuple[bytes, ...], after: tuple[bytes, ...]
    ) -> bool:
        """Whether the authority that stamped is the one whose validation data was asked for."""
        return not self._applies(key) or before == after

    def _applies(self, key: SealingKey) -> bool:
        return self.level == "B-LT" or (self.level == "auto" and not key.self_issued)


def seal(
    pdf: bytes,
    *,
    key: SealingKey,
    timestamper: Timestamper,
    reason: str,
    now: datetime,
    location: str = "",
    contact: str = "",
    clock_tolerance_s: float = CLOCK_TOLERANCE_S,
    level: Level = "auto",
    revocation: Revocation | None = None,
) -> bytes:
    """Return `pdf` with one certifying PAdES signature and its time stamp appended; `pdf` stays a prefix.

    level: "auto" adds validation data (B-LT) where the authorities give it, "B-LT" waits until they do, "B-T"
    never asks. pdf: finished, unsigned, at most 25 MiB. now: aware UTC; the claimed time, never trusted.
    Raises TimestampUnavailable (retry) and SealFailed (do not); SealFailed too when `now` is further than
    `clock_tolerance_s` from the authority's time, because every other time in the trail came from that clock.
    """
    _check_input(pdf, key=key, now=now)
    started = time.monotonic()
    try:
        sealed, certified_at = _seal(
            pdf,
            key=key,
            timestamper=timestamper,
            texts=_Texts(key.holder, reason, now, location, contact),
            asking=_Asking(level, revocation or Revocation()),
        )
    except ParaphError:
        raise
    except Exception as error:  # a PDF can be broken in more ways than pyHanko has errors for
        raise SealFailed from error
    drift_s = (certified_at - now).total_seconds() - (time.monotonic() - started)
    if abs(drift_s) > clock_tolerance_s:
        raise SealFailed(
            "This server’s clock is {seconds} s away from the time-stamp authority’s. Set it right first.",
            seconds=round(-drift_s),
        )
    return sealed


def _check_input(pdf: bytes, *, key: SealingKey, now: datetime) -> None:
    if len(pdf) > LARGEST_BYTES:
        raise SealFailed("The document is too large to be sealed (more than 25 MB).")
    if b"/ByteRange" in pdf:
        raise SealFailed("The document already carries a digital signature.")
    if not key.certificate.not_valid_before_utc <= now <= key.expires_at:
        raise SealFailed("The certificate of the sealing key has expired, or is not valid yet.")


def _seal(
    pdf: bytes, *, key: SealingKey, timestamper: Timestamper, texts: _Texts, asking: _Asking
) -> tuple[bytes, datetime]:
    """Return the sealed file and the authority's time.

    Once more when the token needed more room, or came from an authority whose validation data is not in the file.
    """
    bare = 1024 + sum(map(len, key.chain))
    for _ in range(3):
        room, stamped_by = bare + timestamper.room, timestamper.chain
        vouchers = asking.vouchers(key, stamped_by, texts.now)
        prepared = _prepare(pdf, room=room, texts=texts, vouchers=vouchers)
        parts = _sign(prepared.digest, key)
        token = timestamper.token(hashlib.sha256(parts.signature).digest())
        container = build(replace(parts, token=token.der))
        if len(container) <= room and asking.is_content(key, stamped_by, timestamper.chain):
            prepared.filling.send(container)
            return prepared.output.getvalue(), token.at
    raise SealFailed


def _prepare(pdf: bytes, *, room: int, texts: _Texts, vouchers: Vouchers | None) -> _Prepared:
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    writer.ensure_output_version(version=(1, 7))
    writer.register_extension(constants.ESIC_EXTENSION_1)
    if vouchers:
        _add(writer, vouchers)
    signature = SignatureObject(
        timestamp=texts.now.astimezone(UTC),
        subfilter=SigSeedSubFilter.PADES,
        name=texts.name,
        reason=texts.reason or None,
        location=texts.location or None,
        contact_info=texts.contact or None,
        bytes_reserved=2 * room,
    )
    filling = PdfCMSEmbedder(new_field_spec=SigFieldSpec(FIELD_NAME, on_page=0)).write_cms(
        FIELD_NAME, writer
    )
    next(filling)
    no_change = SigMDPSetup(md_algorithm=DIGEST, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    filling.send(SigObjSetup(sig_placeholder=signature, mdp_setup=no_change))
    prepared, output = filling.send(SigIOSetup(md_algorithm=DIGEST))
    return _Prepared(filling, output, prepared.document_digest, room)


def _add(writer: IncrementalPdfFileWriter, vouchers: Vouchers) -> None:
    """Write the document security store into the revision that is about to be signed."""
    DocumentSecurityStore.supply_dss_in_writer(
        writer,
        None,
        certs=[asn1_x509.Certificate.load(one) for one in vouchers.certificates],
        ocsps=[asn1_ocsp.OCSPResponse.load(one) for one in vouchers.ocsps],
        crls=[asn1_crl.CertificateList.load(one) for one in vouchers.crls],
    )


def _sign(digest: bytes, key: SealingKey) -> Container:
    """Return the container's parts, without a time stamp, for a document of this SHA-256."""
    attributes = seal_attributes(digest, key.chain[0])
    signature = key.sign(tlv(SET, attributes))
    return Container(
        content_type=DATA,
        content=None,
        digest=DIGEST,
        attributes=attributes,
        signature=_lower(signature, key),
        certificates=key.chain,
    )


def _lower(signature: bytes, key: SealingKey) -> bytes:
    """Return an ECDSA signature in its lower form: of (r, s) and (r, n - s) only one may stand in our files."""
    public = key.certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey):
        return signature
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, public.curve.group_order - s))
