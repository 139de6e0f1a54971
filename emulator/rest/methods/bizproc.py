"""Methods bizproc.*: automation rules (robots) of an app, and the answer to a waiting rule."""

from __future__ import annotations

import re
from typing import Any

from emulator import automation, portal_life
from emulator.rest import urls
from emulator.rest.errors import RestError
from emulator.rest.registry import BIZPROC_CONTEXT, Call, method
from emulator.rest.values import as_int
from emulator.state import Installation, Robot, RobotRun

CODE = re.compile(r"^[A-Za-z0-9._-]+$")
KEY = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
TYPES = ("bool", "date", "datetime", "double", "file", "int", "select", "string", "text", "user")


def invalid(text: str) -> RestError:
    return RestError("ERROR_ACTIVITY_VALIDATION_FAILURE", text)


def installation(call: Call) -> Installation:
    return call.state.installations[call.caller.client_id]


def check_plan(call: Call) -> None:
    """Raise where the portal's plan has no automation: ACCESS_DENIED [U]."""
    if not portal_life.has_automation(call.engine):
        raise RestError("ACCESS_DENIED", "Access denied! Not available on this plan.")


def code_of(call: Call) -> str:
    code = str(call.any_case("CODE", ""))
    if not code:
        raise invalid("Empty activity code!")
    if not CODE.match(code):
        raise invalid("Wrong activity code!")
    return code


def is_wait(value: Any) -> bool:
    """Only an explicit N is fire-and-forget; empty means wait."""
    return str(value).strip().upper() != "N"


def checked_properties(value: Any) -> dict[str, dict[str, Any]]:
    """Return a map of property definitions. Raises ERROR_ACTIVITY_VALIDATION_FAILURE."""
    if value in (None, "", []):
        return {}
    if not isinstance(value, dict):
        raise invalid("Wrong properties array!")
    for key, definition in value.items():
        check_property(str(key), definition)
    return value


def check_property(key: str, definition: Any) -> None:
    if not KEY.match(key):
        raise invalid(f"Wrong property key {key}!")
    if not isinstance(definition, dict):
        raise invalid("Wrong properties array!")
    if not automation.lookup(definition, "Name"):
        raise invalid(f"Empty property NAME {key}!")
    kind = str(automation.lookup(definition, "Type", "string")).lower()
    if kind not in TYPES:
        raise invalid(f"Wrong property type {key}!")  # [U]: the portal may fall back to string


def check_shape(fields: dict[str, Any]) -> None:
    document_type = fields.get("DOCUMENT_TYPE")
    if document_type and (not isinstance(document_type, list) or len(document_type) != 3):
        raise invalid("Wrong activity DOCUMENT_TYPE!")
    chosen = fields.get("FILTER")
    if chosen and not (isinstance(chosen, dict) and set(chosen) <= {"INCLUDE", "EXCLUDE"}):
        raise invalid("Wrong activity FILTER!")


def fill(call: Call, robot: Robot, fields: dict[str, Any]) -> None:
    """Change the fields of a robot that are given."""
    check_shape(fields)
    base = call.state.apps[robot.client_id].application_url
    setters: dict[str, Any] = {
        "HANDLER": lambda v: setattr(
            robot, "handler", urls.check(call.state, str(v), same_host_as=base)
        ),
        "PLACEMENT_HANDLER": lambda v: setattr(
            robot, "placement_handler", urls.check(call.state, str(v)) if v else ""
        ),
        "AUTH_USER_ID": lambda v: setattr(robot, "auth_user_id", as_int(v)),
        "USE_SUBSCRIPTION": lambda v: setattr(robot, "use_subscription", is_wait(v)),
        "NAME": lambda v: setattr(robot, "name", v),
        "DESCRIPTION": lambda v: setattr(robot, "description", v),
        "PROPERTIES": lambda v: setattr(robot, "properties", checked_properties(v)),
        "RETURN_PROPERTIES": lambda v: setattr(robot, "return_properties", checked_properties(v)),
        "DOCUMENT_TYPE": lambda v: setattr(robot, "document_type", v or []),
        "FILTER": lambda v: setattr(robot, "filter", v or {}),
        "USE_PLACEMENT": lambda v: setattr(robot, "use_placement", str(v).upper() == "Y"),
    }
    for name, set_it in setters.items():
        if name in fields:
            set_it(fields[name])


@method("bizproc.robot.add", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def robot_add(call: Call) -> Any:
    return add(call, is_activity=False)


@method("bizproc.activity.add", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def activity_add(call: Call) -> Any:
    return add(call, is_activity=True)


def add(call: Call, *, is_activity: bool) -> Any:
    """Register a rule or an action. Both share one room of codes [U]."""
    check_plan(call)
    fields = {k.upper(): v for k, v in call.params.items()}
    if not [k for k in fields if k != "AUTH"]:
        raise invalid("Empty data!")
    code, inst = code_of(call), installation(call)
    known = inst.robots.get(code)
    if known and not known.blocked:
        text = "Activity or Automation rule already installed!"
        raise RestError("ERROR_ACTIVITY_ALREADY_INSTALLED", text)
    if not fields.get("HANDLER"):
        raise RestError("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
    if not fields.get("NAME"):
        raise invalid("Empty activity NAME!")
    robot = Robot(
        code,
        inst.client_id,
        "",
        "",
        auth_user_id=call.caller.user.id,
        is_activity=is_activity,
    )
    fill(call, robot, fields)
    inst.robots[code] = robot
    call.state.touch()
    return True


@method("bizproc.robot.update", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def robot_update(call: Call) -> Any:
    return update(call, is_activity=False)


@method("bizproc.activity.update", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def activity_update(call: Call) -> Any:
    return update(call, is_activity=True)


def update(call: Call, *, is_activity: bool) -> Any:
    robot = existing(call, is_activity=is_activity)
    fields = {k.upper(): v for k, v in call.map("FIELDS").items()}
    if not fields:
        raise invalid("No fields to update")
    fill(call, robot, fields)
    call.state.touch()
    return True


def existing(call: Call, *, is_activity: bool) -> Robot:
    code = code_of(call)
    robot = installation(call).robots.get(code)
    if robot is None or robot.blocked or robot.is_activity != is_activity:
        raise RestError("ERROR_ACTIVITY_NOT_FOUND", "Activity or Automation Rule not found!")
    return robot


@method("bizproc.robot.list", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def robot_list(call: Call) -> Any:
    return codes(call, is_activity=False)


@method("bizproc.activity.list", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def activity_list(call: Call) -> Any:
    return codes(call, is_activity=True)


def codes(call: Call, *, is_activity: bool) -> list[str]:
    check_plan(call)
    return [
        code
        for code, robot in installation(call).robots.items()
        if not robot.blocked and robot.is_activity == is_activity
    ]


@method("bizproc.robot.delete", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def robot_delete(call: Call) -> Any:
    """Take the robot off the list; where a rule uses it, it stays there, blocked."""
    return delete(call, is_activity=False)


@method("bizproc.activity.delete", scope="bizproc", admin=True, app=BIZPROC_CONTEXT)
def activity_delete(call: Call) -> Any:
    return delete(call, is_activity=True)


def delete(call: Call, *, is_activity: bool) -> bool:
    robot = existing(call, is_activity=is_activity)
    if any(r.robot_code == robot.code for r in call.state.rules.values()):
        robot.blocked = True
    else:
        del installation(call).robots[robot.code]
    call.state.touch()
    return True


@method("bizproc.event.send", scope="bizproc")
def event_send(call: Call) -> Any:
    """End the wait of a rule. A token used before is refused [U]."""
    run = waiting_run(call)
    values = call.map("RETURN_VALUES")
    robot = call.state.installations[run.client_id].robots.get(run.robot_code)
    known = {k: v for k, v in values.items() if robot is None or k in robot.return_properties}
    automation.complete_run(call.engine, run, known, str(call.any_case("LOG_MESSAGE", "")))
    return True


@method("bizproc.activity.log", scope="bizproc")
def activity_log(call: Call) -> Any:
    message = str(call.any_case("LOG_MESSAGE", ""))
    if not message:
        raise RestError("ERROR_EMPTY_LOG_MESSAGE", "Empty log message!")
    run = waiting_run(call)
    run.log.append((call.state.now(), message))
    call.state.touch()
    return True


def waiting_run(call: Call) -> RobotRun:
    """Return the run that waits for that token. Raises ACCESS_DENIED 403."""
    token = str(call.any_case("EVENT_TOKEN", ""))
    for run in call.state.runs.values():
        if token and run.event_token == token and run.status in ("queued", "waiting"):
            if run.use_subscription:
                return run
            break
    raise RestError("ACCESS_DENIED", "Access denied!", 403)
