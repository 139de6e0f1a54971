"""What a sender may still change on the way: correct, extend, or void and send anew."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, request

from app.actions import amend, invite, prepare, void
from app.core.draft import DraftForm
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from placements import card_list, frame

blueprint = Blueprint("amend", __name__, url_prefix="/placements/tab")
RESENT = "The record changed in the CRM; the document is sent anew."


@blueprint.post("/<envelope_id>/correct/<recipient_id>")
@frame_ticket
def correct(envelope_id: str, recipient_id: str) -> Response:
    """Keep a recipient's new address or channel, and call them again if it is their turn; or lift their code."""
    key, who, press = frame.answerable(envelope_id), frame.who(), _press()
    address = amend.Address(
        channel=request.form.get("channel", "")[:8],
        email=request.form.get("email", "")[:254],
        phone=request.form.get("phone", "")[:40],
        lifts_code=request.form.get("lifts_code") == "yes",
        because=request.form.get("because", "").strip(),
    )
    if amend.correct(services(), who, key, envelope_id, recipient_id, address):
        invite.remind(services(), envelope_id, recipient_id, press)
    return card_list.answer(key)


@blueprint.post("/<envelope_id>/extend")
@frame_ticket
def extend(envelope_id: str) -> Response:
    """Move the deadline to the end of a day."""
    key = frame.record()
    try:
        until = date.fromisoformat(request.form.get("until", ""))
    except ValueError as error:
        raise BadInput("Choose a day.", field="until") from error
    amend.extend(services(), frame.who(), key, envelope_id, until)
    return card_list.answer(key)


@blueprint.post("/<envelope_id>/resend")
@frame_ticket
def resend(envelope_id: str) -> Response:
    """Send the same document anew with what the CRM says now, and void the old one: one step.

    Nothing is voided when the new one cannot be made; the same press again makes no third.
    """
    key, who = frame.record(), frame.who()
    layout_id, kind, source_id = amend.layout_to_resend(services(), who, key, envelope_id)
    form = DraftForm(
        key=f"resend:{envelope_id}",
        layout_id=layout_id,
        source_kind=kind,
        source_id=source_id,
        at_once=True,
    )
    prepare.create(services(), who, key, form)
    void.void(services(), envelope_id, actor=who.actor, reason=RESENT)
    return card_list.answer(key)


def _press() -> str:
    press = request.form.get("key", "")
    if not 8 <= len(press) <= 80:
        raise BadInput
    return press
