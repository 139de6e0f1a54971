"""The wizard's steps inside the frame: choose, prepare, look, send. All follow a proven frame, by its ticket."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from werkzeug.datastructures import MultiDict

from app.actions import amend, begun, keep_contact, prepare, review, send, tab
from app.core.card import TOO_MANY
from app.core.draft import MAX_MESSAGE, DraftForm
from app.core.proposal import OURS, THEIRS
from app.core.record import RecordKey
from app.core.sources import MAX_DOCUMENTS, UPLOAD
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.limits import posted_json
from placements import frame
from placements.placed_fields import placed_fields
from placements.uploads import claimed
from placements.wizard_view import first_screen, review_values, sent_values

blueprint = Blueprint("wizard", __name__, url_prefix="/placements/wizard")
MAX_FIELDS_BYTES = 512 * 1024


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the first screen for a record, which the portal must show to this person first."""
    key = frame.asked_record()
    card = prepare.open_card(
        services(),
        frame.who(),
        key,
        activity_id=_digits(request.args.get("activity", "")),
        document_id=_digits(request.args.get("document", "")),
    )
    frame.admit(key)
    again, layout_id = request.args.get("again", "")[:40], request.args.get("layout", "")[:40]
    if again:
        layout_id = amend.layout_left(services(), frame.who(), key, again)
    values = first_screen(card, layout_id=layout_id, activity_id=request.args.get("activity", ""))
    offered = begun.offered(services(), frame.who(), key)
    return frame.part("wizard/first.html", begun=offered, **values)


@blueprint.post("/create")
@frame_ticket
def create() -> Response:
    """Make the draft and show how far its document is."""
    key = frame.record()
    envelope_id = prepare.create(services(), frame.who(), key, _form(request.form))
    begun.drop(services(), frame.who(), key)
    said = ""
    if request.form.get("keep_contact") == "yes":
        said = keep_contact.keep(services(), frame.who(), key, envelope_id)
    return _progress(key, envelope_id, said=said)


@blueprint.get("/<envelope_id>/progress")
@frame_ticket
def progress(envelope_id: str) -> Response:
    """Show how far the document is: being prepared, to be looked at, failed or sent."""
    return _progress(frame.record(), envelope_id)


@blueprint.get("/<envelope_id>/pages/<document_id>/<int:index>")
@frame_ticket
def page(envelope_id: str, document_id: str, index: int) -> Response:
    """Return the picture of one page."""
    picture = review.page(
        services(),
        frame.who(),
        frame.record(),
        envelope_id,
        document_id=document_id,
        index=index,
    )
    response = make_response(picture)
    response.mimetype = "image/webp"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


@blueprint.post("/<envelope_id>/fields")
@frame_ticket
def save_fields(envelope_id: str) -> Response:
    """Keep the fields as they were placed."""
    placed = placed_fields(posted_json())
    kept = review.save_fields(services(), frame.who(), frame.record(), envelope_id, placed)
    return frame.answer(saved=kept)


@blueprint.post("/<envelope_id>/send")
@frame_ticket
def send_now(envelope_id: str) -> Response:
    """Send the envelope; a second press shows the same page."""
    key, who = frame.record(), frame.who()
    review.look(services(), who, key, envelope_id)
    send.send(services(), envelope_id, actor=who.actor, now=services().now())
    return _progress(key, envelope_id)


def _progress(key: RecordKey, envelope_id: str, *, said: str = "") -> Response:
    who = frame.who()
    found = review.look(services(), who, key, envelope_id)
    if found.state == "sent":
        row = tab.one(services(), who, key, envelope_id)
        return frame.part("wizard/sent.html", **sent_values(row, who))
    if found.state in ("ready", "asking") and found.documents:
        empty = review.empty_placeholders(services(), found)
        offered = review.found_places(services(), found)
        return frame.part("wizard/review.html", **review_values(found, empty, offered))
    return frame.part("wizard/progress.html", review=found, said=said)


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 16 else ""


def _form(values: MultiDict[str, str]) -> DraftForm:
    """Return the posted choices; "source" holds kind and id in one text, as radio buttons do, "more" the same
    for each further document."""
    chosen = [values.get("source", ""), *(one for one in values.getlist("more") if one)]
    if len(chosen) > MAX_DOCUMENTS:
        raise BadInput(TOO_MANY, field="more", limit=MAX_DOCUMENTS)
    _check_files(chosen)
    split = [(kind, rest) for kind, _, rest in (one.partition(":") for one in chosen)]
    files = claimed(rest for kind, rest in split if kind == UPLOAD)
    (kind, source_id), *more = [
        (kind, files[rest].digest if kind == UPLOAD else rest[:40]) for kind, rest in split
    ]
    message = values.get("message", "")
    if len(message) > MAX_MESSAGE:
        raise BadInput("This message is too long.", field="message")
    return DraftForm(
        key=values.get("key", ""),
        source_kind=kind,
        source_id=source_id,
        more=tuple(more),
        uploads={file.digest: file for file in files.values()},
        our_user=_digits(values.get("our_user", "")),
        contact=_digits(values.get("contact", "")),
        name=values.get("name", "")[:200],
        email=_typed(values, "email", 254),
        phone=_typed(values, "phone", 40),
        channel=values.get("channel", "")[:8],
        needs_code=values.get("needs_code") == "yes",
        first=THEIRS if values.get("first") == THEIRS else OURS,
        message=message,
        layout_id=values.get("layout_id", "")[:40],
        at_once=values.get("at_once") == "yes",
        activity_id=_digits(values.get("activity_id", "")),
        replaces=values.get("replaces", "")[:40],
    )


def _check_files(chosen: list[str]) -> None:
    """Whoever brought a file means that file, and no document that was chosen before it."""
    if "checking:" in chosen:
        raise BadInput(
            "Your file is still being checked. Wait a moment, then try again.", field="file"
        )
    if "refused:" in chosen:
        raise BadInput(
            "Your file was refused. Choose another file, or another document.", field="file"
        )


def _typed(values: MultiDict[str, str], name: str, length: int) -> str | None:
    """Return what stands in an input; None when the form has no such input."""
    return values[name][:length] if name in values else None
