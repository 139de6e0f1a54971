"""Automation rules of deals: stages as columns, rules in each, their runs and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, render_template
from werkzeug.wrappers import Response as BaseResponse

from emulator.pages.frames import described
from emulator.pages.shell import asked, engine, fragment, lang, pages, say, state, user, with_rev
from emulator.state import AutomationRule, Robot, RobotRun, Stage, Trigger, TriggerRule, text_in

RUNS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule of a column. values: (name, text) as a person set them."""

    rule: AutomationRule
    robot: Robot | None
    values: list[tuple[str, str]]
    runs: list[RobotRun]
    more_runs: int


@dataclass(frozen=True, slots=True)
class StageRules:
    stage: Stage
    lines: list[RuleLine]
    triggers: list[tuple[TriggerRule, Trigger | None]]


@pages.get("/crm/deal/automation/")
@pages.get("/crm/deal/automation/0/")
def automation() -> str:
    """Show the rules of every stage."""
    place = "CRM_DEAL_ROBOT_DESIGNER_TOOLBAR"
    with state().lock:
        return render_template(
            "automation.html",
            rules_html=draw(),
            robots=[robot_choice(r) for r in state().robots() if not (r.blocked or r.is_activity)],
            triggers=[{"code": t.code, "name": t.name} for t in state().triggers()],
            widgets=state().bindings(place, user().id),
            place=place,
        )


def robot_choice(robot: Robot) -> dict[str, Any]:
    """Return a rule kind as the script needs it to draw a form."""
    return {
        "code": robot.code,
        "client_id": robot.client_id,
        "name": robot.name_in(lang()),
        "description": robot.description_in(lang()),
        "app": state().apps[robot.client_id].title,
        "use_placement": robot.use_placement,
        "properties": [spoken(described(k, spec)) for k, spec in robot.properties.items()],
    }


def spoken(prop: dict[str, Any]) -> dict[str, Any]:
    """Return a property with its texts in the language of the person at the pages."""
    options = prop["Options"]
    pairs = options.items() if isinstance(options, dict) else enumerate(options)
    return {
        **prop,
        "Name": text_in(prop["Name"], lang()),
        "Description": text_in(prop["Description"], lang()),
        "Options": [[str(k), text_in(v, lang())] for k, v in pairs],
    }


@pages.get("/-/rules")
def rules_fragment() -> BaseResponse:
    with state().lock:
        return fragment(draw())


def draw() -> str:
    return "".join(
        with_rev(render_template("parts/stage_rules.html", column=stage_rules(stage)))
        for stage in state().ordered_stages()
    )


def stage_rules(stage: Stage) -> StageRules:
    known = {t.code: t for t in state().triggers()}
    return StageRules(
        stage,
        [rule_line(r) for r in state().rules.values() if r.stage_id == stage.id],
        [(t, known.get(t.code)) for t in state().trigger_rules.values() if t.stage_id == stage.id],
    )


def rule_line(rule: AutomationRule) -> RuleLine:
    inst = state().installations.get(rule.client_id)
    robot = inst.robots.get(rule.robot_code) if inst else None
    runs = sorted((r for r in state().runs.values() if r.rule_id == rule.id), key=lambda r: -r.id)
    values = [
        (text_in(prop["Name"], lang()), shown(prop, rule.properties.get(key)))
        for key, prop in (
            (k, described(k, s)) for k, s in (robot.properties if robot else {}).items()
        )
        if rule.properties.get(key) not in (None, "", [], {})
    ]
    return RuleLine(rule, robot, values, runs[:RUNS_SHOWN], max(0, len(runs) - RUNS_SHOWN))


def shown(prop: dict[str, Any], value: Any) -> str:
    """Return a property's value as a person reads it."""
    if isinstance(value, list):
        return ", ".join(shown(prop, v) for v in value)
    text = str(value)
    if prop["Type"] == "select" and isinstance(prop["Options"], dict):
        return text_in(prop["Options"].get(text, text), lang())
    if prop["Type"] == "bool":
        return say("Yes") if text in ("Y", "1", "True", "true") else say("No")
    number = text.removeprefix("user_")
    if prop["Type"] == "user" and number.isdigit() and int(number) in state().users:
        return state().users[int(number)].full_name
    return text


@pages.post("/-/rules/add")
def add_rule() -> dict[str, Any]:
    """Place a rule on a stage with the values a person set."""
    body = asked()
    values = body.get("properties") if isinstance(body.get("properties"), dict) else {}
    try:
        rule = engine().add_rule(
            str(body.get("stage")), str(body.get("code")), values, name=str(body.get("name") or "")
        )
    except LookupError:
        abort(404, say("This rule is not offered by any application."))
    return {"id": rule.id}


@pages.post("/-/rules/<int:rule_id>/save")
def save_rule(rule_id: int) -> dict[str, Any]:
    """Change a rule's values or name, or switch it on and off."""
    body = asked()
    with state().lock:
        rule = state().rules.get(rule_id)
        if rule is None:
            abort(404, say("There is no such rule."))
        if isinstance(body.get("properties"), dict):
            engine().update_rule(rule_id, body["properties"])
        rule.name = str(body.get("name") or rule.name)
        rule.active = bool(body.get("active", rule.active))
        state().touch()
    return {"id": rule_id}


@pages.post("/-/rules/<int:rule_id>/delete")
def delete_rule(rule_id: int) -> dict[str, Any]:
    if rule_id not in state().rules:
        abort(404, say("There is no such rule."))
    engine().remove_rule(rule_id)
    return {"id": rule_id}


@pages.post("/-/triggers/add")
def add_trigger() -> dict[str, Any]:
    """Place a trigger: when it fires, the deal moves to this stage."""
    body = asked()
    try:
        rule = engine().add_trigger_rule(str(body.get("stage")), str(body.get("code")))
    except LookupError:
        abort(404, say("This trigger is not offered by any application."))
    return {"id": rule.id}


@pages.post("/-/triggers/<int:rule_id>/delete")
def delete_trigger(rule_id: int) -> dict[str, Any]:
    if rule_id not in state().trigger_rules:
        abort(404, say("There is no such rule."))
    engine().remove_trigger_rule(rule_id)
    return {"id": rule_id}
