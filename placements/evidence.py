"""The page "Seal and keeping": which key seals, how long documents are kept, what a legal hold keeps longer."""

from __future__ import annotations

from flask import Blueprint, Response, request

from app.actions import company_keys, hold
from app.core import retention
from app.errors import BadInput
from app.http.context import services
from app.http.guards import frame_ticket
from app.http.limits import takes
from placements import frame
from placements.uploads import posted_file

blueprint = Blueprint("evidence", __name__, url_prefix="/placements/evidence")
KEY_BODY_BYTES = company_keys.LARGEST_BYTES + 16 * 1024
LONGEST_PASSWORD = 200


@blueprint.get("/start")
@frame_ticket
def start() -> Response:
    """Show the page, to administrators only."""
    return _page()


@blueprint.post("/key")
@frame_ticket
@takes(KEY_BODY_BYTES)
def bring_key() -> Response:
    """Look at a PKCS#12 key and try it; it is not in use yet. The password is not kept."""
    company = request.form.get("company", "")[:20]
    password = request.form.get("password", "")[:LONGEST_PASSWORD]
    company_keys.bring(services(), frame.who(), company, posted_file()[1], password)
    return _page(said="Tested: a seal made with this key holds. It is not in use yet.")


@blueprint.post("/key/use")
@frame_ticket
def use_key() -> Response:
    """Let a tested key seal from now on."""
    company_keys.use(services(), frame.who(), request.form.get("id", "")[:40])
    return _page(said="This key seals from now on.")


@blueprint.post("/key/lay-down")
@frame_ticket
def lay_down_key() -> Response:
    """Seal with a key no longer."""
    company_keys.lay_down(services(), frame.who(), request.form.get("id", "")[:40])
    return _page(said="This key seals no more.")


@blueprint.post("/retention")
@frame_ticket
def settle_retention() -> Response:
    """Keep for how many years documents of a kind are kept; "" as every other kind."""
    years = request.form.get("years", "")[:4]
    if years and not (years.isascii() and years.isdigit()):
        raise BadInput(field="years")
    kind = request.form.get("kind", "")[:160]
    hold.settle(services(), frame.who(), kind, int(years) if years else None)
    return _page(said="Kept.")


@blueprint.post("/hold")
@frame_ticket
def put_on_hold() -> Response:
    """Keep one document, whatever the rules say."""
    number, reason = request.form.get("number", "")[:32], request.form.get("reason", "")[:400]
    hold.hold(services(), frame.who(), number, reason)
    return _page(said="Held: nothing of it is deleted until you lift the hold.")


@blueprint.post("/hold/lift")
@frame_ticket
def lift_hold() -> Response:
    """Lift a hold."""
    hold.release(services(), frame.who(), request.form.get("id", "")[:40])
    return _page(said="The hold is lifted.")


def _page(*, said: str = "") -> Response:
    who = frame.who()
    return frame.part(
        "evidence/evidence.html",
        keys=company_keys.keys(services(), who),
        rules=hold.rules(services(), who),
        years=retention.YEARS,
        who=who,
        said=said,
    )
