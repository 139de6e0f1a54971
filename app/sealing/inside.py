"""Reads what a sealed PDF holds: its one signature, that it forbids change, and the attached evidence.

Only for files whose seal has been proven: they are ours, so a PDF library may open them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import pikepdf

from app.core.evidence import check_chain

TRAIL_NAME = "evidence.json"
SUBFILTER = "/ETSI.CAdES.detached"
NO_CHANGES = 1


@dataclass(frozen=True, slots=True)
class Inside:
    """The evidence attached to a sealed PDF, if any, and the first fault in its chain."""

    trail: Mapping[str, Any] | None
    trail_head: str
    trail_fault: str
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    """Validation data (DER), when the file carries any."""


class WrongStructure(Exception):
    """A sealed file that is not built as ours are."""


def read_inside(pdf: bytes) -> Inside:
    """Return the evidence inside `pdf`; raises WrongStructure unless exactly one seal forbids every change."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        _check_seal(opened)
        return replace(
            _evidence(opened), ocsps=_stored(opened, "/OCSPs"), crls=_stored(opened, "/CRLs")
        )


def _check_seal(opened: pikepdf.Pdf) -> None:
    seals = [one for one in opened.objects if _is_signature(one)]
    if len(seals) != 1:
        raise WrongStructure("not exactly one signature")
    (seal,) = seals
    if seal.SubFilter != SUBFILTER or opened.Root.Perms.DocMDP.objgen != seal.objgen:
        raise WrongStructure("not a certifying signature")
    (reference,) = list(seal.Reference)
    if reference.TransformMethod != "/DocMDP" or reference.TransformParams.P != NO_CHANGES:
        raise WrongStructure("changes are allowed")


def _stored(opened: pikepdf.Pdf, kind: str) -> tuple[bytes, ...]:
    store = opened.Root.get("/DSS")
    if not isinstance(store, pikepdf.Dictionary):
        return ()
    return tuple(one.read_bytes() for one in list(store.get(kind, ())))


def _is_signature(one: pikepdf.Object) -> bool:
    return isinstance(one, pikepdf.Dictionary) and "/ByteRange" in one


def _evidence(opened: pikepdf.Pdf) -> Inside:
    if TRAIL_NAME not in opened.attachments:
        return Inside(trail=None, trail_head="", trail_fault="")
    trail = json.loads(opened.attachments[TRAIL_NAME].get_file().read_bytes())
    events = trail["events"]
    head = str(events[-1]["hash"]) if events else ""
    fault = check_chain(events) or ""
    if not fault and trail.get("head", head) != head:
        fault = "the head is not the last event's hash"
    return Inside(trail=trail, trail_head=head, trail_fault=fault)
