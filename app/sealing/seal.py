"""Puts the seal on a finished PDF: one PAdES signature, certified so that nothing may change afterwards.

Everything is in one revision. The signature covers the whole file but its own container; the time-stamp token
sits inside the container, over the signature. So nothing has to be appended later, and "no change allowed"
(DocMDP P=1) is kept in the letter. Sources: ETSI EN 319 142-1 (PAdES B-T), ISO 32000-2 12.8.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

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

from app.errors import ParaphError, SealFailed
from app.sealing.container import DATA, SET, Container, build, seal_attributes, tlv
from app.sealing.keys import SealingKey
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
) -> bytes:
    """Return `pdf` with one certifying PAdES signature and its time stamp appended; `pdf` stays a prefix.

    pdf: finished, unsigned, at most 25 MiB. now: aware UTC; written down as the claimed time, never trusted.
    Raises TimestampUnavailable (retry) and SealFailed (do not); SealFailed too when `now` is further than
    `clock_tolerance_s` from the authority's time, because every other time in the trail came from that clock.
    """
    _check_input(pdf, key=key, now=now)
    started = time.monotonic()
    try:
        sealed, certified_at = _seal(
            pdf, key=key, timestamper=timestamper, reason=reason, now=now, place=(location, contact)
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
    pdf: bytes,
    *,
    key: SealingKey,
    timestamper: Timestamper,
    reason: str,
    now: datetime,
    place: tuple[str, str],
) -> tuple[bytes, datetime]:
    """Return the sealed file and the authority's time; once more when the token needed more room."""
    bare = 1024 + sum(map(len, key.chain))
    for _ in range(2):
        room = bare + timestamper.room
        prepared = _prepare(pdf, room=room, name=key.holder, reason=reason, now=now, place=place)
        parts = _sign(prepared.digest, key)
        token = timestamper.token(hashlib.sha256(parts.signature).digest())
        container = build(replace(parts, token=token.der))
        if len(container) <= room:
            prepared.filling.send(container)
            return prepared.output.getvalue(), token.at
    raise SealFailed


def _prepare(
    pdf: bytes, *, room: int, name: str, reason: str, now: datetime, place: tuple[str, str]
) -> _Prepared:
    writer = IncrementalPdfFileWriter(BytesIO(pdf), strict=False)
    writer.ensure_output_version(version=(1, 7))
    writer.register_extension(constants.ESIC_EXTENSION_1)
    signature = SignatureObject(
        timestamp=now.astimezone(UTC),
        subfilter=SigSeedSubFilter.PADES,
        name=name,
        reason=reason or None,
        location=place[0] or None,
        contact_info=place[1] or None,
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


def _sign(digest: bytes, key: SealingKey) -> Container:
    """Return the container's parts, without a time stamp, for a document of this SHA-256."""
    attributes = seal_attributes(digest, key.chain[0])
    signature = asyncio.run(key.signer.async_sign_raw(tlv(SET, attributes), DIGEST))
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
