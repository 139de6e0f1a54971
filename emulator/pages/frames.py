"""What the frame host (static/frame-host.js) asks of the server: open a frame, answer its commands."""

from __future__ import annotations

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

from flask import abort, request

from emulator.frames import Frame, NotInstalled
from emulator.pages.shell import asked, engine, pages, say, state, user
from emulator.state import FrameSession, Robot

PROBE_S = 3.0
DOCUMENT_TYPE = ["crm", "CCrmDocumentDeal", "DEAL"]


@pages.post("/-/frame/open")
def open_frame() -> dict[str, Any]:
    """Return what the browser needs to post one application frame.

    kind "placement": code, handler, client_id, options; "main": client_id, options;
    "activity": activity_id, options (openRestApp); "robot": client_id, robot_code, properties.
    """
    body = asked()
    makers = {"placement": placement_frame, "main": main_frame, "robot": robot_frame}
    makers["activity"] = activity_frame
    maker = makers.get(str(body.get("kind")))
    if maker is None:
        abort(400, "Unknown kind of frame.")
    try:
        frame = maker(body)
    except NotInstalled as error:
        abort(409, say(str(error)))
    except LookupError:
        abort(404, say("No application offers anything at this place."))
    check_answers(frame.url)
    return {
        "sid": frame.app_sid,
        "name": frame.window_name,
        "action": frame.url,
        "fields": frame.fields,
        "title": frame.title,
        "placement": frame.placement,
        "client_id": state().frames[frame.app_sid].client_id,
    }


def placement_frame(body: dict[str, Any]) -> Frame:
    return engine().open_placement(
        user().id,
        str(body.get("code", "")),
        with_uri(body.get("options")),
        handler=str(body.get("handler", "")),
        client_id=str(body.get("client_id", "")),
    )


def main_frame(body: dict[str, Any]) -> Frame:
    """Open the app's own page; PLACEMENT stays DEFAULT also with parameters [U]."""
    options = body.get("options") or None
    return engine().open_placement(
        user().id,
        "DEFAULT",
        with_uri(options) if options else None,
        client_id=str(body.get("client_id", "")),
    )


def activity_frame(body: dict[str, Any]) -> Frame:
    """Open the app of a configurable activity with its card's context (openRestApp)."""
    activity = state().activities.get(int(body.get("activity_id") or 0))
    if activity is None or not activity.client_id:
        raise LookupError("activity")
    context = {
        "entityTypeId": activity.owner_type_id,
        "entityId": activity.owner_id,
        "activityId": activity.id,
    }
    options = {**(body.get("options") or {}), **context}
    return main_frame({"client_id": activity.client_id, "options": options})


def robot_frame(body: dict[str, Any]) -> Frame:
    """Open the settings page of a rule; its PLACEMENT code is [U], DEFAULT here."""
    robot = robot_of(str(body.get("client_id", "")), str(body.get("robot_code", "")))
    options = robot_options(robot, body.get("properties") or {})
    return engine().open_robot_settings(user().id, robot.code, options)


def robot_of(client_id: str, code: str) -> Robot:
    for robot in state().robots():
        if robot.code == code and client_id in ("", robot.client_id):
            return robot
    raise LookupError(code)


def robot_options(robot: Robot, values: dict[str, Any]) -> dict[str, Any]:
    """Return PLACEMENT_OPTIONS of a rule's settings page (contract 5.2)."""
    fields = {
        name: {"Name": text, "Type": kind}
        for name, text, kind in (
            ("ID", "ID", "int"),
            ("TITLE", "Name", "string"),
            ("OPPORTUNITY", "Amount", "double"),
            ("STAGE_ID", "Stage", "select"),
            ("ASSIGNED_BY_ID", "Responsible", "user"),
        )
    }
    return {
        "code": robot.code,
        "activity_name": f"A{abs(hash(robot.code)) % 10**8}_1",
        "properties": {key: described(key, spec) for key, spec in robot.properties.items()},
        "current_values": values,
        "document_type": DOCUMENT_TYPE,
        "document_fields": fields,
        "template": {
            "parameters": [],
            "variables": [],
            "constants": [],
            "global_variables": [],
            "global_constants": [],
            "return_activities": [],
        },
    }


def described(key: str, spec: dict[str, Any]) -> dict[str, Any]:
    known = {k.lower(): v for k, v in spec.items()}
    return {
        "Id": key,
        "Type": known.get("type", "string"),
        "Name": known.get("name", key),
        "Description": known.get("description", ""),
        "Multiple": known.get("multiple") in (True, "Y"),
        "Required": known.get("required") in (True, "Y"),
        "Options": known.get("options") or [],
        "Settings": known.get("settings") or [],
        "Default": known.get("default", ""),
    }


def with_uri(options: Any) -> dict[str, Any]:
    """Return options with URI, the path of the page the frame opens on (contract 2.3)."""
    found = dict(options) if isinstance(options, dict) else {}
    split = urlsplit(request.referrer or "")
    if split.netloc == request.host:
        found.setdefault("URI", split.path)
    return found


def check_answers(url: str) -> None:
    """Say in words what a browser would show as its own error page inside the frame."""
    split = urlsplit(url)
    maker = http.client.HTTPSConnection if split.scheme == "https" else http.client.HTTPConnection
    connection = maker(split.hostname or "", split.port, timeout=PROBE_S)
    try:
        connection.connect()
    except (OSError, socket.gaierror):
        abort(502, say("Nothing answers at {address}.", address=f"{split.scheme}://{split.netloc}"))
    finally:
        connection.close()


def session(sid: str) -> FrameSession:
    """Return the frame's session; only the person who opened it may use it."""
    found = state().frames.get(sid)
    if found is None or found.user_id != user().id:
        abort(404, say("This frame is no longer open."))
    return found


@pages.post("/-/frame/<sid>/init")
def init(sid: str) -> dict[str, Any]:
    session(sid)
    return engine().frame_init(sid)


@pages.post("/-/frame/<sid>/refresh")
def refresh(sid: str) -> dict[str, Any]:
    session(sid)
    return dict(engine().refresh_auth(sid))


@pages.post("/-/frame/<sid>/first-run")
def first_run(sid: str) -> dict[str, Any]:
    """The page has had its first run for this person; nothing to keep."""
    session(sid)
    return {"install": bool(asked().get("install"))}


@pages.post("/-/frame/<sid>/install-finish")
def install_finish(sid: str) -> dict[str, Any]:
    """The installer is done: widgets and events go live."""
    found = session(sid)
    engine().finish_install(found.client_id, found.user_id)
    return {"installed": True}


@pages.post("/-/frame/<sid>/option")
def option(sid: str) -> Any:
    session(sid)
    body = asked()
    keep = engine().set_user_option if body.get("scope") == "user" else engine().set_app_option
    return {"options": keep(sid, str(body.get("name", "")), body.get("value"))}


@pages.get("/-/users")
def users() -> dict[str, Any]:
    """Return colleagues and access groups for the selection dialogs (shapes of selectUser)."""
    with state().lock:
        people = [
            {
                "id": str(u.id),
                "name": u.full_name,
                "photo": "",
                "position": u.position,
                "url": f"/company/personal/user/{u.id}/",
                "sub": False,
                "sup": False,
            }
            for u in state().users.values()
            if u.active
        ]
    everyone = {"id": "AU", "name": say("All authorized users")}
    access = [everyone, *({"id": f"U{p['id']}", "name": p["name"]} for p in people)]
    return {"users": people, "access": access}


@pages.get("/-/crm-entities")
def crm_entities() -> dict[str, Any]:
    """Return CRM records of the asked types for selectCRM (shapes of SelectedCRMEntity)."""
    wanted = request.args.get("types", "").split(",")
    with state().lock:
        found = [
            *(entity("contact", "C", c.id, c.full_name, c.post) for c in state().contacts.values()),
            *(entity("company", "CO", c.id, c.title, "") for c in state().companies.values()),
            *(entity("deal", "D", d.id, d.title, "") for d in state().deals.values()),
        ]
    return {"entities": [e for e in found if e["type"] in wanted]}


def entity(kind: str, letter: str, ident: int, title: str, desc: str) -> dict[str, Any]:
    return {
        "id": f"{letter}_{ident}",
        "number": ident,
        "type": kind,
        "place": kind,
        "title": title,
        "desc": desc,
        "url": f"/crm/{kind}/details/{ident}/",
    }
