"""The doors of receipts: what an SMS gateway, or the mail system, tells later about messages it took.

Some services post JSON, some a form, one asks with a query: all are read alike. One for a message that is not ours
is answered and left alone, or the gateway would bring it again for days.
"""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.actions.receipts import take_receipt, take_returned
from app.delivery.bounces import read, read_fields
from app.delivery.channels import receipt_reading
from app.delivery.gateways import text_at
from app.errors import BadInput
from app.http.context import services
from app.http.limits import posted_json
from app.http.receipt_guard import provider_receipt, returned_mail

blueprint = Blueprint("receipts", __name__)


@blueprint.route("/receipts/sms", methods=["GET", "POST"])
@provider_receipt
def sms() -> ResponseReturnValue:
    """Keep one receipt; answers 204."""
    reading, told = receipt_reading(services().settings), _told()
    provider_id = text_at(told, reading.id)
    if not provider_id:
        raise BadInput
    take_receipt(services(), provider_id, reading.report(told))
    return "", 204


@blueprint.post("/receipts/mail")
@returned_mail
def mail() -> ResponseReturnValue:
    """Keep what became of a mail: a JSON object, or a notification as it came (message/rfc822); answers 204.

    JSON: {"message_id": "...", "outcome": "bounced", "delivered" or "delayed", "words": "..."}. Any other mail is
    answered and left alone, so that a whole mailbox may be led here.
    """
    returned = read_fields(posted_json()) if request.is_json else read(request.get_data())
    if returned is not None:
        take_returned(services(), returned)
    elif request.is_json:
        raise BadInput
    return "", 204


def _told() -> object:
    if request.is_json:
        return posted_json()
    return {**request.args.to_dict(), **request.form.to_dict()}
