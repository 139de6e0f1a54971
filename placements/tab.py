"""The tab "Signatures" of a card: its list, and what a sender may do about an envelope."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from werkzeug.http import dump_options_header

from app.actions import change_guard, invite, prepare, review, tab, void
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from placements import card_list, frame
from placements.wizard_view import line, list_values, qr_picture

blueprint = Blueprint("tab", __name__, url_prefix="/placements/tab")


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the tab of a record, which the portal must show to this person first."""
    key = frame.asked_record()
    card = prepare.open_card(services(), frame.who(), key)
    who, responsible = frame.who(), card.snapshot.record.assigned_by_id
    frame.admit(key, responsible=responsible)
    change_guard.look(services(), who, key, card.snapshot)
    rows = tab.of_record(services(), who, key)
    values = list_values(rows, who, is_responsible=responsible == who.user_id)
    return frame.part("tab/tab.html", record=key, card=card, **values)


@blueprint.get("/list")
@frame_ticket
def listing() -> Response:
    """Show the envelopes as they are now; asked again while the tab is open."""
    return card_list.answer(frame.record())


@blueprint.get("/<envelope_id>/parties")
@frame_ticket
def parties(envelope_id: str) -> Response:
    """Show the parties of one envelope as they are now; asked again while "Sent" is on the screen."""
    who = frame.who()
    row = tab.one(services(), who, frame.record(), envelope_id)
    return frame.part("tab/parties.html", line=line(row, who))


@blueprint.post("/<envelope_id>/remind")
@frame_ticket
def remind(envelope_id: str) -> Response:
    """Send a new message to those whose turn it is. `key` comes from the page: one press reminds once."""
    key, press = frame.record(), request.form.get("key", "")
    if not 8 <= len(press) <= 80:
        raise BadInput
    tab.check_remindable(services(), frame.who(), key, envelope_id)
    invite.remind_waiting(services(), envelope_id, press)
    return card_list.answer(key)


@blueprint.post("/<envelope_id>/void")
@frame_ticket
def void_sent(envelope_id: str) -> Response:
    """End the envelope with a reason that everyone who was invited is told."""
    key, who, reason = frame.record(), frame.who(), request.form.get("reason", "").strip()
    if not 0 < len(reason) <= void.REASON_CHARS:
        raise BadInput("Please say in a few words why.", field="reason")
    tab.one(services(), who, key, envelope_id)
    void.void(services(), envelope_id, actor=who.actor, reason=reason)
    return card_list.answer(key)


@blueprint.post("/<envelope_id>/throw-away")
@frame_ticket
def throw_away(envelope_id: str) -> Response:
    """Drop a draft."""
    key = frame.record()
    tab.throw_away(services(), frame.who(), key, envelope_id)
    return card_list.answer(key)


@blueprint.post("/<envelope_id>/link/<recipient_id>")
@frame_ticket
def link(envelope_id: str, recipient_id: str) -> Response:
    """Show the signing link of one person, to be handed over; recorded."""
    key = frame.answerable(envelope_id)
    address = tab.copy_link(services(), frame.who(), key, envelope_id, recipient_id)
    return frame.answer(address=address, picture=qr_picture(address))


@blueprint.post("/<envelope_id>/sign")
@frame_ticket
def sign(envelope_id: str) -> Response:
    """Give the colleague, if they are the signer, the address where they sign with their portal identity."""
    address = tab.open_as_colleague(services(), frame.who(), frame.record(), envelope_id)
    return frame.answer(address=address)


@blueprint.get("/<envelope_id>/sealed.pdf")
@frame_ticket
def sealed(envelope_id: str) -> Response:
    """Return the sealed PDF."""
    name, content = review.sealed(services(), frame.who(), frame.record(), envelope_id)
    response = make_response(content)
    response.mimetype = "application/zip" if name.endswith(".zip") else "application/pdf"
    response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": name})
    return response
