"""The authorization server: tokens by code or refresh, and who a token belongs to."""

from __future__ import annotations

import hmac
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Request, Response, redirect

from emulator import tokens
from emulator.rest.errors import RestError
from emulator.rest.gate import json_answer, timing
from emulator.rest.values import iso
from emulator.state import App, Installation, Token

if TYPE_CHECKING:
    from emulator.engine import Engine

CODE_S = 30
STATUSES = {"wrong_client": 200, "NOT_INSTALLED": 401, "PAYMENT_REQUIRED": 401}


def refuse(code: str, text: str = "") -> RestError:
    """Return an error of the authorization server; `wrong_client` comes with HTTP 200."""
    return RestError(code, text or code.replace("_", " "), STATUSES.get(code, 400))


def arguments(request: Request) -> dict[str, str]:
    """Return query and form together: documents use a query, the SDK a form."""
    values = {**request.args.to_dict(), **request.form.to_dict()}
    body = request.get_json(silent=True) if request.is_json else None
    return {**values, **{k: str(v) for k, v in (body or {}).items()}}


def token(engine: Engine, request: Request) -> Response:
    """Answer /oauth/token/: grant_type authorization_code or refresh_token."""
    try:
        misbehave(engine, "oauth:token")
        given = arguments(request)
        with engine.state.lock:
            return json_answer(grant(engine, given), 200)
    except RestError as error:
        return json_answer(error.body(), error.status)


def misbehave(engine: Engine, place: str) -> None:
    rule = engine.faults.take(place)
    if rule is None:
        return
    if rule.kind == "slow":
        time.sleep(rule.seconds)
        return
    raise refuse(rule.kind, rule.description)


def grant(engine: Engine, given: dict[str, str]) -> dict[str, Any]:
    kind = given.get("grant_type", "")
    if kind not in ("refresh_token", "authorization_code"):
        raise refuse("invalid_request", "grant_type is missing or unknown")
    inst = known_client(engine, given)
    if kind == "refresh_token":
        return answer(engine, refreshed(engine, inst, given.get("refresh_token", "")))
    return answer(engine, by_code(engine, inst, given.get("code", "")))


def known_client(engine: Engine, given: dict[str, str]) -> Installation:
    state = engine.state
    app = state.apps.get(given.get("client_id", ""))
    if app is None:
        raise refuse("wrong_client", "application not found")
    if not hmac.compare_digest(app.client_secret, given.get("client_secret", "")):
        raise refuse("invalid_client", "client secret is wrong")
    inst = state.installations.get(app.client_id)
    if inst is None or inst.status == "removed":
        raise refuse("NOT_INSTALLED", "Application not installed")
    if inst.payment_expired:
        raise refuse("PAYMENT_REQUIRED", "Payment required")
    return inst


def refreshed(engine: Engine, inst: Installation, refresh: str) -> Token:
    old = tokens.by_refresh(engine.state, refresh)
    if old is None or old.client_id != inst.client_id or old.refreshed or old.revoked:
        raise refuse("invalid_grant", "The refresh token is invalid")
    user = engine.state.users.get(old.user_id)
    if old.refresh_expires <= engine.state.now() or user is None or not user.active:
        raise refuse("invalid_grant", "The refresh token has expired")
    return tokens.rotate(engine.state, old)


def by_code(engine: Engine, inst: Installation, code: str) -> Token:
    client_id, user_id, expires = engine.state.codes.pop(code, ("", 0, engine.state.now()))
    if client_id != inst.client_id or expires <= engine.state.now():
        raise refuse("invalid_grant", "The code is invalid or has expired")
    return tokens.issue(engine.state, inst.client_id, user_id)


def answer(engine: Engine, pair: Token) -> dict[str, Any]:
    state = engine.state
    inst, app = state.installations[pair.client_id], state.apps[pair.client_id]
    return {
        "access_token": pair.access,
        "expires": int(pair.expires.timestamp()),
        "expires_in": tokens.ACCESS_S,
        "scope": ",".join(app.scopes),
        "domain": state.oauth_url.partition("://")[2],
        "server_endpoint": tokens.server_endpoint(state),
        "status": inst.status_code,
        "client_endpoint": tokens.client_endpoint(state),
        "member_id": state.portal.member_id,
        "user_id": pair.user_id,
        "refresh_token": pair.refresh,
    }


def app_info(engine: Engine, request: Request) -> Response:
    """Answer /rest/app.info: what the authorization server knows about an access token."""
    started = time.time()
    try:
        misbehave(engine, "oauth:app.info")
        access = arguments(request).get("auth", "")
        with engine.state.lock:
            result = info(engine, access)
    except RestError as error:
        return json_answer(error.body(), error.status)
    return json_answer({"result": result, "time": timing(started, engine.state.now())}, 200)


def info(engine: Engine, access: str) -> dict[str, Any]:
    state = engine.state
    pair = state.tokens.get(access)
    if pair is None or pair.revoked:
        raise RestError("invalid_token", "Unable to get application by token", 401)
    if pair.expires <= state.now():
        raise RestError("expired_token", "The access token provided has expired", 401)
    inst, app = state.installations[pair.client_id], state.apps[pair.client_id]
    return {
        "client_id": pair.client_id,
        "scope": ",".join(app.scopes),
        "expires": iso(pair.expires),
        "user_id": pair.user_id,
        "install": install(engine, inst, app),
    }


def install(engine: Engine, inst: Installation, app: App) -> dict[str, Any]:
    state = engine.state
    return {
        "installed": inst.finished,
        "version": str(inst.version),
        "status": inst.status_code,
        "scope": ",".join(app.scopes),
        "domain": state.portal.domain,
        "uri": state.portal.url,
        "client_endpoint": tokens.client_endpoint(state),
        "member_id": state.portal.member_id,
        "member_type": "network",
    }


def authorize(engine: Engine, request: Request) -> Any:
    """Answer the portal's /oauth/authorize/ for its administrator: redirect with a code."""
    state = engine.state
    client_id = request.args.get("client_id", "")
    with state.lock:
        app, inst = state.apps.get(client_id), state.installations.get(client_id)
        if app is None or inst is None or inst.status == "removed":
            return Response("The application is not installed.", 404)
        user = state.admin()
        code = secrets.token_hex(16)
        state.codes[code] = (client_id, user.id, state.now() + timedelta(seconds=CODE_S))
        query = {
            "code": code,
            "state": request.args.get("state", ""),
            "domain": state.portal.domain,
            "member_id": state.portal.member_id,
            "scope": ",".join(app.scopes),
            "server_domain": state.oauth_url.partition("://")[2],
        }
    return redirect(f"{app.application_url}?{urlencode(query)}")
