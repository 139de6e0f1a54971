"""The control interface of the pretend portal: what a test or a demonstration reads and sets.

JSON under /emulator/ on the portal's port. No such thing exists on a real portal.
"""

from __future__ import annotations

import base64
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from emulator import control_portal, mailbox
from emulator.rest.values import iso
from emulator.state import DEAL, Mail, RobotRun, Sms, State, TimelineEntry

if TYPE_CHECKING:
    from emulator.branches import Branch
    from emulator.server import Emulator


def blueprint(emulator: Emulator | Branch) -> Blueprint:
    """Return the /emulator/ routes over one running portal."""
    bp = Blueprint("control", __name__, url_prefix="/emulator")
    state_routes(bp, emulator)
    bp.register_blueprint(control_portal.blueprint(emulator))
    message_routes(bp, emulator)
    switch_routes(bp, emulator)
    verb_routes(bp, emulator)
    return bp


def state_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.get("/state")
    def summary() -> Response:
        """Deals, installs, runs, counts; ?deal=ID adds that deal's timeline and documents."""
        state = emulator.state
        with state.lock:
            body = overview(state)
            deal_id = request.args.get("deal", "")
            if deal_id.isdigit() and int(deal_id) in state.deals:
                body["timeline"] = [entry(state, e) for e in state.deal_timeline(int(deal_id))]
                body["documents"] = [document(d) for d in state.deal_documents(int(deal_id))]
        return jsonify(body)

    @bp.get("/rest-log")
    def rest_log() -> Response:
        with emulator.state.lock:
            return jsonify([plain(c) for c in list(emulator.state.rest_log)[-500:]])

    @bp.get("/deliveries")
    def deliveries() -> Response:
        with emulator.state.lock:
            rows = [plain(d) for d in emulator.state.deliveries]
        return jsonify([{k: v for k, v in r.items() if k != "body"} for r in rows])

    @bp.get("/files/<int:file_id>")
    def one_file(file_id: int) -> Response:
        stored = emulator.state.files.get(file_id)
        if stored is None:
            return Response("No such file", 404)
        return Response(stored.content, mimetype=stored.mime)


def message_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.get("/mails")
    def mails() -> Response:
        """Every mail, oldest first; ?to=ADDRESS keeps those of one recipient."""
        to = request.args.get("to", "").lower()
        with emulator.state.lock:
            found = [
                m for m in emulator.state.mails if not to or to in map(str.lower, m.recipients)
            ]
            return jsonify([mail(m) for m in found])

    @bp.get("/sms")
    def sms() -> Response:
        with emulator.state.lock:
            return jsonify([message(s) for s in emulator.state.sms])


def switch_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.post("/faults")
    def add_faults() -> tuple[Response, int]:
        """One rule or a list of them; {"clear": true} removes all."""
        given = request.get_json()
        for rule in given if isinstance(given, list) else [given]:
            if rule.get("clear"):
                emulator.engine.faults.clear()
                continue
            emulator.engine.faults.add(**rule)
        return jsonify({"rules": len(emulator.engine.faults.rules)}), 200

    @bp.post("/clock")
    def clock() -> Response:
        emulator.state.advance(float(request.get_json()["advance"]))
        return jsonify({"now": iso(emulator.state.now())})

    @bp.post("/limits")
    def limits() -> Response:
        for name, value in request.get_json().items():
            if hasattr(emulator.state.limits, name):
                setattr(emulator.state.limits, name, value)
        return jsonify(plain(emulator.state.limits))


def verb_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.post("/reset")
    def reset() -> Response:
        emulator.reset()
        return jsonify({"reset": True})

    @bp.post("/deals/<int:deal_id>/stage")
    def stage(deal_id: int) -> tuple[Response, int]:
        given = request.get_json()
        by_user = int(given.get("user", emulator.state.admin().id))
        try:
            deal = emulator.engine.move_deal(deal_id, str(given["stage"]), by_user)
        except KeyError as error:
            return jsonify({"error": f"unknown {error}"}), 404
        return jsonify({"id": deal.id, "stage": deal.stage_id}), 200

    @bp.post("/rest-counters/reset")
    def reset_counters() -> Response:
        with emulator.state.lock:
            emulator.state.rest_log.clear()
            emulator.gate.gauge.clear()
        return jsonify({"reset": True})


def overview(state: State) -> dict[str, Any]:
    return {
        "now": iso(state.now()),
        "revision": state.revision,
        "domain": state.portal.domain,
        "member_id": state.portal.member_id,
        "deals": [
            {"id": d.id, "title": d.title, "stage": d.stage_id} for d in state.deals.values()
        ],
        "installations": [installation(i) for i in state.installations.values()],
        "rules": [plain(r) for r in state.rules.values()],
        "robots": [run(r) for r in state.runs.values()],
        "mails": len(state.mails),
        "sms": len(state.sms),
        "notifications": [plain(n) for n in state.notifications],
        "rest_calls": counts(state),
    }


def counts(state: State) -> dict[str, Any]:
    """Return REST call counts: HTTP requests in all, and by method (batch members too)."""
    return {
        "http": sum(1 for c in state.rest_log if not c.batched),
        "by_method": dict(Counter(c.method for c in state.rest_log)),
        "errors": dict(Counter(c.error for c in state.rest_log if c.error)),
    }


def installation(inst: Any) -> dict[str, Any]:
    return {
        "client_id": inst.client_id,
        "status": inst.status,
        "placements": [p.placement for p in inst.placements],
        "events": [h.event for h in inst.event_handlers],
        "robots": list(inst.robots),
        "triggers": list(inst.triggers),
        "badges": list(inst.badges),
    }


def run(found: RobotRun) -> dict[str, Any]:
    return {**plain(found), "log": [[iso(at), text] for at, text in found.log]}


def entry(state: State, found: TimelineEntry) -> dict[str, Any]:
    activity = state.activities.get(found.activity_id)
    return {
        **plain(found),
        "files": [
            {"id": i, "name": state.files[i].name, "size": len(state.files[i].content)}
            for i in found.file_ids
            if i in state.files
        ],
        "activity": plain(activity) if activity else None,
    }


def document(found: Any) -> dict[str, Any]:
    return {**plain(found), "is_error": found.is_error, "deal": found.entity_type_id == DEAL}


def mail(found: Mail) -> dict[str, Any]:
    return {
        "id": found.id,
        "received": iso(found.received),
        "from": found.sender,
        "to": found.recipients,
        "subject": found.subject,
        "text": found.text,
        "html": found.html,
        "links": mailbox.links_in(found),
        "headers": found.headers,
        "source": found.source,
        "attachments": [
            {"name": a.name, "mime": a.mime, "base64": base64.b64encode(a.content).decode()}
            for a in found.attachments
        ],
    }


def message(found: Sms) -> dict[str, Any]:
    return plain(found)


def plain(value: Any) -> dict[str, Any]:
    """Return a dataclass as JSON values."""
    return {name: simple(getattr(value, name)) for name in value.__dataclass_fields__}


def simple(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, dict):
        return {str(k): simple(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [simple(v) for v in value]
    return str(value)
