"""In the tab: the answers a sender owes to signers, and signing in person on this device."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.actions import corrections, in_person, sign_handover
from app.http.context import services
from app.http.guards import frame_ticket
from placements import card_list, frame

blueprint = Blueprint("desk", __name__, url_prefix="/placements/tab")


@blueprint.post("/<envelope_id>/here/<recipient_id>")
@frame_ticket
def here(envelope_id: str, recipient_id: str) -> Response:
    """Give the address where this person signs on the device at hand; who is present is recorded."""
    key = frame.answerable(envelope_id)
    address = in_person.open_here(services(), frame.who(), key, envelope_id, recipient_id)
    return frame.answer(address=address)


@blueprint.post("/<envelope_id>/handover")
@frame_ticket
def answer_handover(envelope_id: str) -> Response:
    """Let the proposed colleague sign, or keep the signer; an agreed one may become a contact."""
    key, who, form = frame.answerable(envelope_id), frame.who(), request.form
    agrees = form.get("answer") in ("yes", "contact")
    asked = sign_handover.answer_in_portal(services(), who, key, envelope_id, agrees=agrees)
    if asked is not None and asked.is_open and form.get("answer") == "contact":
        sign_handover.keep_as_contact(services(), who, asked.colleague)
    return card_list.answer(key)


@blueprint.post("/<envelope_id>/corrections/<correction_id>")
@frame_ticket
def answer_correction(envelope_id: str, correction_id: str) -> Response:
    """Take a corrected value over into the CRM, with this person's rights, or leave the CRM as it is."""
    key = frame.record()
    accepts = request.form.get("answer") == "yes"
    act = corrections.accept if accepts else corrections.refuse
    act(services(), frame.who(), key, envelope_id, correction_id)
    return card_list.answer(key)
