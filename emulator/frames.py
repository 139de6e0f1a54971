"""Frames: what the portal posts into an iframe, and what it answers to the page in it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from emulator import tokens
from emulator.state import FrameSession, Token

if TYPE_CHECKING:
    from emulator.engine import Engine


@dataclass(frozen=True, slots=True)
class Frame:
    """One iframe to render: POST `fields` to `url` in an iframe called `window_name`."""

    url: str
    fields: dict[str, str]
    app_sid: str
    window_name: str
    title: str
    placement: str


@dataclass(frozen=True, slots=True)
class Place:
    """What opens: address, title, and whose it is."""

    url: str
    title: str
    client_id: str


class NotInstalled(Exception):
    """The app is not (fully) installed, and this person cannot finish it."""


def open_placement(
    engine: Engine,
    user_id: int,
    code: str,
    options: dict[str, Any] | None,
    *,
    client_id: str = "",
    handler: str = "",
) -> Frame:
    """Return the frame of an app at a place, with fresh tokens of the person who opens it.

    code "DEFAULT" is the app's main page, or its installer while installation is not
    finished (administrators only). Other codes use the binding with `handler`, or the first one
    the person sees. `options` values are sent as texts. Raises NotInstalled, LookupError.
    """
    with engine.state.lock:
        if code == "DEFAULT":
            known = client_id or next(iter(engine.state.apps))
            place = main_page(engine, user_id, known)
        else:
            place = bound_page(engine, user_id, code, client_id, handler)
        return make(engine, user_id, code, options, place)


def open_robot_settings(
    engine: Engine, user_id: int, robot_code: str, options: dict[str, Any]
) -> Frame:
    """Return the frame of a robot's settings page. Raises LookupError.

    Its PLACEMENT is the robot's own page: DEFAULT [U].
    """
    with engine.state.lock:
        for robot in engine.state.robots():
            if robot.code == robot_code and robot.use_placement and robot.placement_handler:
                title = robot.name_in(engine.state.users[user_id].lang)
                place = Place(robot.placement_handler, title, robot.client_id)
                return make(engine, user_id, "DEFAULT", options, place)
    raise LookupError(f"The automation rule {robot_code} has no settings page.")


def make(
    engine: Engine, user_id: int, code: str, options: dict[str, Any] | None, place: Place
) -> Frame:
    """Issue tokens, remember the frame and return it."""
    state = engine.state
    token = tokens.issue(state, place.client_id, user_id)
    sid = secrets.token_hex(16)
    values = texts(options) if options is not None else {}
    state.frames[sid] = FrameSession(
        sid, place.client_id, user_id, code, values, token.access, state.now()
    )
    fields = post_fields(engine, token, code)
    if options is not None:
        fields["PLACEMENT_OPTIONS"] = json.dumps(values, ensure_ascii=False)
    name = f"{state.portal.domain}|{state.portal.protocol}|{sid}"
    return Frame(with_query(engine, place.url, user_id, sid), fields, sid, name, place.title, code)


def post_fields(engine: Engine, token: Token, code: str) -> dict[str, str]:
    state = engine.state
    inst = state.installations[token.client_id]
    forged = engine.faults.take(f"frame:{code}", "wrong_token")
    return {
        "AUTH_ID": token.access,
        "AUTH_EXPIRES": str(tokens.ACCESS_S),
        "REFRESH_ID": token.refresh,
        "SERVER_ENDPOINT": tokens.server_endpoint(state),
        "APPLICATION_TOKEN": "0" * 32 if forged else inst.application_token,
        "APPLICATION_SCOPE": ",".join(state.apps[token.client_id].scopes),
        "member_id": state.portal.member_id,
        "status": inst.status_code,
        "PLACEMENT": code,
    }


def texts(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with scalar values as texts; nested ones stay as they are."""
    return {
        k: v if isinstance(v, (dict, list)) or v is None else str(v) for k, v in options.items()
    }


def with_query(engine: Engine, url: str, user_id: int, sid: str) -> str:
    portal = engine.state.portal
    lang = engine.state.users[user_id].lang
    query = (
        f"DOMAIN={quote(portal.domain)}&PROTOCOL={portal.protocol}&LANG={quote(lang)}&APP_SID={sid}"
    )
    return f"{url}{'&' if '?' in url else '?'}{query}"


def main_page(engine: Engine, user_id: int, client_id: str) -> Place:
    state = engine.state
    app, inst = state.apps[client_id], state.installations.get(client_id)
    if inst is None or inst.status == "removed":
        raise NotInstalled("The application is not installed.")
    if inst.finished:
        return Place(app.application_url, app.title, client_id)
    if not state.users[user_id].is_admin:
        raise NotInstalled("The application is not fully installed.")
    return Place(app.installer_url, app.title, client_id)


def bound_page(engine: Engine, user_id: int, code: str, client_id: str, handler: str) -> Place:
    lang = engine.state.users[user_id].lang
    for binding in engine.state.bindings(code, user_id):
        if handler in ("", binding.handler) and client_id in ("", binding.client_id):
            return Place(binding.handler, binding.title_in(lang) or code, binding.client_id)
    raise LookupError("No application offers anything at this place.")


def init_data(engine: Engine, app_sid: str) -> dict[str, Any]:
    """Return the answer to the frame's first command, getInitData."""
    state = engine.state
    with state.lock:
        frame = state.frames[app_sid]
        user, inst = state.users[frame.user_id], state.installations[frame.client_id]
        token = tokens_of(engine, frame)
        return {
            "DOMAIN": state.portal.domain,
            "PROTOCOL": str(state.portal.protocol),
            "PATH": "/rest",
            "LANG": user.lang,
            **token,
            "MEMBER_ID": state.portal.member_id,
            "IS_ADMIN": user.is_admin,
            "APP_OPTIONS": inst.app_options or [],
            "USER_OPTIONS": inst.user_options.get(user.id) or [],
            "PLACEMENT": frame.placement,
            "PLACEMENT_OPTIONS": frame.options or [],
            "INSTALL": not inst.finished,
            "FIRST_RUN": False,
        }


def tokens_of(engine: Engine, frame: FrameSession) -> dict[str, Any]:
    token = engine.state.tokens.get(frame.access)
    if token is None or token.refreshed or token.expires <= engine.state.now():
        return refresh_auth(engine, frame.app_sid)
    left = int((token.expires - engine.state.now()).total_seconds())
    return {"AUTH_ID": token.access, "REFRESH_ID": token.refresh, "AUTH_EXPIRES": left}


def refresh_auth(engine: Engine, app_sid: str) -> dict[str, Any]:
    """Return fresh AUTH_ID, REFRESH_ID, AUTH_EXPIRES for the frame (its refreshAuth)."""
    state = engine.state
    with state.lock:
        frame = state.frames[app_sid]
        token = tokens.issue(state, frame.client_id, frame.user_id)
        frame.access = token.access
        return {
            "AUTH_ID": token.access,
            "REFRESH_ID": token.refresh,
            "AUTH_EXPIRES": tokens.ACCESS_S,
        }


def set_option(engine: Engine, app_sid: str, name: str, value: Any, *, for_user: bool) -> Any:
    """Keep an application option (setAppOption, administrators) or a user option; return all."""
    state = engine.state
    with state.lock:
        frame = state.frames[app_sid]
        inst = state.installations[frame.client_id]
        if for_user:
            options = inst.user_options.setdefault(frame.user_id, {})
        elif state.users[frame.user_id].is_admin:
            options = inst.app_options
        else:
            return {"error": "ACCESS_DENIED"}
        options[name] = value
        return options
