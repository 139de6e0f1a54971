"""What a field receives from a submission, and why it does not: each kind with its own checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core import field_formats, fields, signing
from app.core.fields import Field, FieldKind, SignatureImage, SignatureWay
from app.core.signing import Filled, Submission
from app.errors import BadInput

MISSING = {
    FieldKind.SIGNATURE: "Please sign first.",
    FieldKind.INITIALS: "Please add your initials.",
    FieldKind.STAMP: "Please add the stamp.",
}
"""What is asked for when a required look is not there (msgid)."""


@dataclass(frozen=True, slots=True)
class Filler:
    """Who fills, and when."""

    name: str
    lang: str
    now: datetime


def fill(field_id: str, field: Field, submission: Submission, who: Filler) -> Filled:
    """Return what the field receives from `submission`; raises BadInput, which names the field by `field_id`."""
    if field.kind is FieldKind.DATE_SIGNED:
        return Filled(value=signing.signed_date(who.now, who.lang))
    if field.kind in fields.TYPED_IN:
        value = submission.values.get(field_id, "").strip()
        _refuse(_fault_of(field, value, who), field_id)
        return Filled(value=value)
    if field.kind is FieldKind.FILE:
        brought = submission.files.get(field_id)
        missing = brought is None and field.required
        _refuse("Please add the file." if missing else None, field_id)
        return Filled(value=brought.name, file=brought.digest) if brought else Filled()
    image = _image(field.kind, submission, who.name)
    if image is None:
        _refuse(MISSING[field.kind] if field.required else None, field_id)
        return Filled()
    _refuse(fields.check_signature(image), field_id)
    return Filled(image=image)


def _fault_of(field: Field, value: str, who: Filler) -> str | None:
    today = who.now.date()
    return fields.check_value(field, value) or field_formats.check_format(
        field.kind, field.format, value, today=today
    )


def _image(kind: FieldKind, submission: Submission, name: str) -> SignatureImage | None:
    if kind is FieldKind.SIGNATURE:
        return submission.signature
    if kind is FieldKind.STAMP:
        return submission.stamp
    return submission.initials or _typed_initials(name, submission.signature)


def _typed_initials(name: str, signature: SignatureImage | None) -> SignatureImage | None:
    """Return initials in the hand of a typed signature, for pages without a script."""
    if signature is None or signature.way is not SignatureWay.TYPED:
        return None
    letters = signing.initials_of(signature.text or name)
    return SignatureImage(way=SignatureWay.TYPED, text=letters, hand=signature.hand)


def _refuse(fault: str | None, field_id: str) -> None:
    if fault is not None:
        raise BadInput(fault, field=field_id)
