"""The three web servers of the demonstration: portal, authorization server, services."""

from __future__ import annotations

import hmac
import importlib
import secrets
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request

from emulator import control, oauth, signed_files
from emulator.state import Sms

if TYPE_CHECKING:
    from emulator.branches import Branch
    from emulator.server import Emulator

SMS_KEY = "demo-sms-key"


def new_app(name: str) -> Flask:
    """Return an application that reads every body whole: connections are kept, and what a
    refused call leaves unread would be taken for the next request."""
    app = Flask(name, static_folder=None)
    app.config["MAX_FORM_MEMORY_SIZE"] = None

    @app.before_request
    def read_body() -> None:
        request.get_data(cache=True)

    return app


def portal_app(emulator: Emulator | Branch) -> Flask:
    """Return the portal: REST, downloads, control, and the pages when they are there."""
    app = new_app("emulator.portal")
    app.extensions["engine"] = emulator.engine
    app.register_blueprint(control.blueprint(emulator))

    @app.route("/rest/<int:user_id>/<secret>/<name>", methods=["GET", "POST", "OPTIONS"])
    def webhook(user_id: int, secret: str, name: str) -> Response:
        return emulator.gate.answer(request, name, hook=(user_id, secret))

    @app.route("/rest/<name>", methods=["GET", "POST", "OPTIONS"])
    @app.route("/rest/<name>/", methods=["GET", "POST", "OPTIONS"])
    def rest(name: str) -> Response:
        if signed_files.is_download(name):
            return signed_files.serve(emulator.engine, request, name)
        return emulator.gate.answer(request, name, hook=None)

    @app.get("/bitrix/services/main/ajax.php")
    def ajax() -> Response:
        return signed_files.serve_to_browser(emulator.engine, request)

    @app.get("/oauth/authorize/")
    def authorize() -> Any:
        return oauth.authorize(emulator.engine, request)

    add_pages(app, emulator)
    return app


def add_pages(app: Flask, emulator: Emulator | Branch) -> None:
    """Add the pages for people; without them the portal is its interfaces alone."""
    try:
        pages = importlib.import_module("emulator.pages")
    except ModuleNotFoundError:
        return
    register = getattr(pages, "register", None)
    if register is not None:
        register(app, emulator.engine)


def oauth_app(emulator: Emulator) -> Flask:
    """Return the authorization server."""
    app = new_app("emulator.oauth")

    @app.route("/oauth/token/", methods=["GET", "POST"])
    @app.route("/oauth/token", methods=["GET", "POST"])
    def token() -> Response:
        return oauth.token(emulator.engine_of(oauth.arguments(request)), request)

    @app.route("/rest/app.info", methods=["GET", "POST"])
    @app.route("/rest/app.info/", methods=["GET", "POST"])
    @app.route("/rest/app.info.json", methods=["GET", "POST"])
    def app_info() -> Response:
        return oauth.app_info(emulator.engine_of(oauth.arguments(request)), request)

    return app


def services_app(emulator: Emulator) -> Flask:
    """Return the services a company buys elsewhere: an SMS gateway and a time-stamp authority."""
    app = new_app("emulator.services")
    sms_routes(app, emulator)
    tsa_routes(app, emulator)
    return app


def sms_routes(app: Flask, emulator: Emulator) -> None:
    @app.post("/sms/send")
    def send() -> tuple[Response, int]:
        return send_sms(emulator)

    @app.get("/sms/send")
    def known() -> tuple[Response, int]:
        return known_sms(emulator)

    @app.get("/sms/status/<ident>")
    def status(ident: str) -> tuple[Response, int]:
        found = next((s for s in emulator.state.sms if s.id == ident), None)
        if found is None:
            return jsonify({"error": "unknown message"}), 404
        return jsonify({"id": found.id, "status": found.status, "error": found.error}), 200


def tsa_routes(app: Flask, emulator: Emulator) -> None:
    @app.post("/tsa")
    def tsa() -> Response:
        if emulator.tsa is None or emulator.engine.faults.take("tsa:stamp"):
            return Response("The time-stamp authority is not available.", 503)
        body = emulator.tsa.respond(request.get_data())
        return Response(body, content_type="application/timestamp-reply")

    @app.get("/tsa/root.pem")
    def tsa_root() -> Response:
        if emulator.tsa is None:
            return Response("The time-stamp authority is not available.", 503)
        return Response(emulator.tsa.root_pem, content_type="application/x-pem-file")


def may_send() -> bool:
    return hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {SMS_KEY}")


def known_sms(emulator: Emulator) -> tuple[Response, int]:
    """Answer whether a client_ref was taken: the message, or 404."""
    if not may_send():
        return jsonify({"error": "wrong key"}), 401
    reference = request.args.get("client_ref", "")
    with emulator.state.lock:
        for sms in emulator.state.sms:
            if reference and sms.client_ref == reference:
                return jsonify({"id": sms.id, "status": sms.status}), 200
    return jsonify({"error": "unknown message"}), 404


def send_sms(emulator: Emulator) -> tuple[Response, int]:
    """Accept a message once per client_ref; the same reference answers the first message."""
    if not may_send():
        return jsonify({"error": "wrong key"}), 401
    given = request.get_json(silent=True) or {}
    to, text = str(given.get("to", "")).strip(), str(given.get("text", ""))
    if not to.startswith("+") or not text:
        return jsonify({"error": "to (with +country code) and text are required"}), 400
    rule = emulator.engine.faults.take("sms:send")
    if rule and rule.kind != "undelivered":
        return jsonify({"error": "try again later"}), 503
    state = emulator.state
    reference = str(given.get("client_ref", ""))
    with state.lock:
        for known in state.sms:
            if reference and known.client_ref == reference:
                return jsonify({"id": known.id, "status": known.status}), 200
        sms = Sms(
            id=secrets.token_hex(8),
            to=to,
            text=text,
            sender=str(given.get("from", "")),
            client_ref=reference,
            created=state.now(),
            status="failed" if rule else "delivered",
            error="unreachable" if rule else "",
        )
        state.sms.append(sms)
        state.touch()
    return jsonify({"id": sms.id, "status": "accepted"}), 200
