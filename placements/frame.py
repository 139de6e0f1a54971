"""What all pages in a portal's frames share: who asks, about which record, and how an answer is rendered.

Cookies do not come back in frames, so two signed texts ride in headers: the ticket says who asks (guards.py), the
pass says which CRM record this person was shown by the portal, with their own token, minutes ago. An old pass is
checked with the portal again.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from flask import Response, g, make_response, request
from itsdangerous import BadData, URLSafeSerializer

from app.actions import answerable as answer_for
from app.actions import tab
from app.core.record import PortalUser, RecordKey
from app.errors import BadInput, NotAllowed
from app.http.context import services
from app.http.guards import PortalCaller, new_ticket
from app.http.pages import STATIC, page_language, render

PASS_S = 600
OLDEST_PASS_S = 12 * 3600
PASS_HEADER, TICKET_HEADER = "X-Paraph-Record", "X-Paraph-Ticket"


def who() -> PortalUser:
    """Return the employee the guard proved."""
    caller: PortalCaller = g.caller
    return PortalUser(caller.portal_id, caller.user_id, page_language(), caller.is_admin)


def record() -> RecordKey:
    """Return the record this frame was let into; asks the portal again when that was long ago.

    Raises NotAllowed for a pass of somebody else, PortalErrors.
    """
    values = _pass_values(request.headers.get(PASS_HEADER, ""))
    key = RecordKey(int(values["type"]), str(values["id"]))
    if values["stale"]:
        tab.can_read(services(), who(), key)
        admit(key, responsible=str(values.get("responsible", "")))
    return key


def is_responsible() -> bool:
    """Whether this person was responsible for the record when the frame opened."""
    values = _pass_values(request.headers.get(PASS_HEADER, ""))
    return str(values.get("responsible", "")) == who().user_id


def asked_record() -> RecordKey:
    """Return the record that the address names under `type` and `id`, not yet proven; raises BadInput."""
    found = [request.args.get(name, "") for name in ("type", "id")]
    if not all(v.isascii() and v.isdigit() and len(v) < 16 and int(v) for v in found):
        raise BadInput("Open a CRM record first, then click Sign.")
    # "007" and "7" are one record: its envelopes are found by the id as the portal writes it.
    return RecordKey(int(found[0]), str(int(found[1])))


def answerable(envelope_id: str) -> RecordKey:
    """Return the frame's record once this person answers for the envelope; raises NotAllowed, PortalErrors."""
    key = record()
    answer_for.require(services(), who(), key, envelope_id)
    return key


def admit(key: RecordKey, *, responsible: str = "") -> None:
    """Give this frame a pass for a record that the portal has just shown to this person.

    responsible: the employee it named; decides only which buttons are shown.
    """
    user = who()
    g.record_pass = _passes().dumps(
        {
            "portal": user.portal_id,
            "user": user.user_id,
            "type": key.entity_type_id,
            "id": key.entity_id,
            "responsible": responsible,
            "at": services().now().timestamp(),
        }
    )


def shell(name: str, **values: Any) -> str:
    """Return a whole page for the frame's opening; its content is asked for with the ticket in it."""
    caller: PortalCaller = g.caller
    return render(
        name,
        ticket=new_ticket(caller),
        portal_origin=caller.origin,
        integrity=integrity,
        **values,
    )


def part(name: str, **values: Any) -> Response:
    """Return a piece of a page, with a fresh ticket and, when one was given, the record's pass."""
    return _with_proofs(make_response(render(name, **values)))


def answer(**values: Any) -> Response:
    """Return JSON to a script of ours, with the same headers as `part`."""
    response = make_response(json.dumps(values, ensure_ascii=False))
    response.mimetype = "application/json"
    return _with_proofs(response)


def outside() -> Response:
    """Return the page for whoever opens a frame's address outside Bitrix24; HEAD works too."""
    return make_response(render("frame/outside.html"))


@lru_cache(maxsize=16)
def integrity(path: str) -> str:
    """Return the integrity value of a vendored file, from the lock beside it."""
    lock = json.loads((STATIC / "vendor" / "vendor.lock.json").read_text())
    entry = next(one for one in lock["files"] if path.endswith(one["file"].rsplit("/", 1)[-1]))
    digest: str = entry["sha384"]
    return digest if digest.startswith("sha384-") else f"sha384-{digest}"


def _with_proofs(response: Response) -> Response:
    response.headers[TICKET_HEADER] = new_ticket(g.caller)
    if g.get("record_pass"):
        response.headers[PASS_HEADER] = g.record_pass
    response.headers["Vary"] = f"{TICKET_HEADER}, {PASS_HEADER}"
    return response


def _pass_values(text: str) -> dict[str, Any]:
    """Return what a pass says, with "stale": whether the portal must be asked again."""
    try:
        values: dict[str, Any] = _passes().loads(text)
    except BadData as error:
        raise NotAllowed from error
    user, age_s = who(), services().now().timestamp() - values["at"]
    if (values["portal"], values["user"]) != (
        user.portal_id,
        user.user_id,
    ) or age_s > OLDEST_PASS_S:
        raise NotAllowed
    return {**values, "stale": age_s > PASS_S}


def _passes() -> URLSafeSerializer:
    return URLSafeSerializer(services().secrets.signing_key("record-pass"), salt="pass")
