"""The control interface, second half: what happens to a portal, its people and its apps as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, request

from emulator import portal_life

if TYPE_CHECKING:
    from emulator.branches import Branch
    from emulator.server import Emulator

RIGHTS = ("active", "is_admin", "crm_access", "own_only", "can_edit_templates", "lang")


def blueprint(emulator: Emulator | Branch) -> Blueprint:
    """Return the routes on portal, people, apps and smart processes."""
    bp = Blueprint("control_portal", __name__)
    portal_routes(bp, emulator)
    app_routes(bp, emulator)
    type_routes(bp, emulator)
    return bp


def portal_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.post("/portal")
    def portal() -> tuple[Response, int]:
        """plan, domain (the old one answers 302), deleted (true: PORTAL_DELETED)."""
        try:
            change(emulator, request.get_json())
        except KeyError as error:
            return jsonify({"error": f"unknown {error}"}), 404
        found = emulator.state.portal
        answer = {"plan": found.plan, "domain": found.domain, "deleted": found.deleted}
        return jsonify(answer), 200

    @bp.post("/users/<int:user_id>")
    def person(user_id: int) -> tuple[Response, int]:
        """Change a person's rights; active: false dismisses them."""
        found = emulator.state.users.get(user_id)
        if found is None:
            return jsonify({"error": "unknown user"}), 404
        with emulator.state.lock:
            for name in RIGHTS:
                if name in request.get_json():
                    setattr(found, name, request.get_json()[name])
        return jsonify({name: getattr(found, name) for name in RIGHTS}), 200


def app_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.post("/apps/<client_id>")
    def app(client_id: str) -> tuple[Response, int]:
        """paid (false: PAYMENT_REQUIRED, ONAPPPAYMENT goes out), version (ONAPPUPDATE goes out)."""
        if client_id not in emulator.state.installations:
            return jsonify({"error": "not installed"}), 404
        given = request.get_json()
        if "paid" in given:
            portal_life.set_payment(emulator.engine, client_id, expired=not given["paid"])
        if "version" in given:
            admin = emulator.state.admin().id
            emulator.engine.update_app(client_id, int(given["version"]), admin)
        inst = emulator.state.installations[client_id]
        return jsonify({"version": inst.version, "paid": not inst.payment_expired}), 200


def type_routes(bp: Blueprint, emulator: Emulator | Branch) -> None:
    @bp.post("/types")
    def add_type() -> Response:
        """Make a smart process; ONCRMTYPEADD goes out."""
        made = portal_life.add_type(emulator.engine, str(request.get_json()["title"]))
        return jsonify({"id": made.id, "entityTypeId": made.entity_type_id})

    @bp.delete("/types/<int:entity_type_id>")
    def delete_type(entity_type_id: int) -> tuple[Response, int]:
        try:
            portal_life.delete_type(emulator.engine, entity_type_id)
        except KeyError:
            return jsonify({"error": "unknown type"}), 404
        return jsonify({"deleted": True}), 200


def change(emulator: Emulator | Branch, given: dict[str, Any]) -> None:
    """Carry out what was asked of the portal as a whole. Raises KeyError for an unknown plan."""
    if "plan" in given:
        portal_life.set_plan(emulator.engine, str(given["plan"]))
    if "domain" in given:
        portal_life.rename(emulator.engine, str(given["domain"]))
    if "deleted" in given:
        emulator.state.portal.deleted = bool(given["deleted"])
