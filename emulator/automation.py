"""Automation: stages run their rules, robots are called, triggers move deals.

All rules of a stage start together [U]. A robot whose deal moves on keeps waiting, unless
`state.limits.stop_runs_on_move` is set [U].
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING, Any

from emulator import events, tokens
from emulator.state import (
    DEAL,
    AutomationRule,
    Deal,
    Delivery,
    Installation,
    Robot,
    RobotRun,
    TriggerRule,
)

if TYPE_CHECKING:
    from emulator.engine import Engine


DOCUMENTS = {
    1: ("CCrmDocumentLead", "LEAD"),
    2: ("CCrmDocumentDeal", "DEAL"),
    3: ("CCrmDocumentContact", "CONTACT"),
    4: ("CCrmDocumentCompany", "COMPANY"),
    7: ("Quote", "QUOTE"),
    31: ("SmartInvoice", "SMART_INVOICE"),
}
"""Class and name of each kind of record; every other number is a smart process."""


def move_deal(engine: Engine, deal_id: int, stage_id: str, by_user: int) -> Deal:
    """Move a deal to a stage: timeline line, ONCRMDEALUPDATE, then the stage's rules.

    by_user 0 means automation did it (events then carry no tokens). Moving to the stage
    the deal is at changes nothing. Raises KeyError for an unknown deal or stage.
    """
    state = engine.state
    with state.lock:
        deal, stage = state.deals[deal_id], state.stages[stage_id]
        if deal.stage_id == stage_id:
            return deal
        before = state.stages[deal.stage_id].name
        deal.stage_id, deal.moved, deal.updated = stage_id, state.now(), state.now()
        deal.moved_by = by_user or state.admin().id
        state.add_entry("stage", DEAL, deal_id, author_id=by_user, text=f"{before} → {stage.name}")
        events.emit(engine, "ONCRMDEALUPDATE", {"FIELDS": {"ID": str(deal_id)}}, user_id=by_user)
        if state.limits.stop_runs_on_move:
            stop_waiting(engine, deal_id)
        for rule in rules_of(engine, stage_id):
            start_rule(engine, rule, deal)
        return deal


def rules_of(engine: Engine, stage_id: str) -> list[AutomationRule]:
    return [r for r in engine.state.rules.values() if r.stage_id == stage_id and r.active]


def stop_waiting(engine: Engine, deal_id: int) -> None:
    for run in engine.state.deal_runs(deal_id):
        if run.status in ("queued", "waiting"):
            run.status = "stopped"


def start_rule(engine: Engine, rule: AutomationRule, deal: Deal) -> RobotRun:
    """Queue the call of one rule's robot for a deal and return the run."""
    return start_on(engine, rule, (DEAL, deal.id))


def start_on(engine: Engine, rule: AutomationRule, record: tuple[int, int]) -> RobotRun:
    """Queue the call of one rule's robot for (type, id) of any record and return the run."""
    state = engine.state
    run = RobotRun(
        id=state.next_id("run"),
        workflow_id=uuid.uuid4().hex[:14] + "." + secrets.token_hex(4),
        event_token=f"{uuid.uuid4().hex}|{secrets.token_hex(8)}|{rule.id}",
        rule_id=rule.id,
        robot_code=rule.robot_code,
        client_id=rule.client_id,
        deal_id=record[1],
        entity_type_id=record[0],
        stage_id=rule.stage_id,
        started=state.now(),
        properties=dict(rule.properties),
    )
    state.runs[run.id] = run
    inst = state.installations.get(rule.client_id)
    robot = inst.robots.get(rule.robot_code) if inst else None
    if inst is None or robot is None or robot.blocked or not inst.finished:
        run.status, run.error = "failed", "The application is not installed or the rule is blocked."
        run.finished = state.now()
        return run
    run.use_subscription = robot.use_subscription
    body = robot_body(engine, inst, robot, run)
    engine.outbox.send(
        "robot",
        robot.code,
        robot.handler,
        body,
        run_id=run.id,
        done=lambda delivery: answered(engine, delivery),
    )
    return run


def robot_body(engine: Engine, inst: Installation, robot: Robot, run: RobotRun) -> dict[str, Any]:
    state = engine.state
    token = tokens.issue(state, inst.client_id, robot.auth_user_id or state.admin().id)
    document = document_type(run.entity_type_id)
    return {
        "workflow_id": run.workflow_id,
        "code": robot.code,
        "document_id": [*document[:2], f"{document[2]}_{run.deal_id}"],
        "document_type": document,
        "event_token": run.event_token,
        "properties": filled(robot, run.properties),
        "use_subscription": "Y" if robot.use_subscription else "N",
        "timeout_duration": "0",
        "ts": str(int(state.now().timestamp())),
        "auth": tokens.event_auth(state, token, refresh=True),
    }


def document_type(entity_type_id: int) -> list[str]:
    """Return how automation calls a kind of record: module, class, name (contract 5.1)."""
    name, kind = DOCUMENTS.get(entity_type_id, ("Dynamic", f"DYNAMIC_{entity_type_id}"))
    is_old = name.startswith("CCrm")
    return ["crm", name if is_old else f"Bitrix\\Crm\\Integration\\BizProc\\Document\\{name}", kind]


def filled(robot: Robot, values: dict[str, Any]) -> dict[str, Any]:
    """Return the robot's declared properties with the rule's values, defaults, or nothing."""
    return {
        key: values.get(key, lookup(definition, "Default", ""))
        for key, definition in robot.properties.items()
    }


def lookup(definition: dict[str, Any], name: str, default: Any = None) -> Any:
    """Return a property definition's entry whatever the case of its name."""
    return next((v for k, v in definition.items() if k.lower() == name.lower()), default)


def answered(engine: Engine, delivery: Delivery) -> None:
    """Note what the robot's handler answered; a call without subscription is then over."""
    state = engine.state
    with state.lock:
        run = state.runs.get(delivery.run_id)
        if run is None:
            return
        run.http_status = delivery.status or 0
        if run.status != "queued":
            return
        if not 200 <= run.http_status < 300:
            run.error = delivery.error or f"HTTP {run.http_status}"
        if run.use_subscription:
            run.status = "waiting"
        else:
            run.status, run.finished = ("failed" if run.error else "completed"), state.now()
        state.touch()


def complete_run(engine: Engine, run: RobotRun, values: dict[str, Any], message: str) -> None:
    """Store what bizproc.event.send brought and end the wait."""
    state = engine.state
    with state.lock:
        run.return_values.update(values)
        if message:
            run.log.append((state.now(), message))
        run.status, run.finished = "completed", state.now()
        state.touch()


def add_rule(
    engine: Engine, stage_id: str, robot_code: str, properties: dict[str, Any] | None, name: str
) -> AutomationRule:
    """Place a robot on a stage and return the rule. Raises LookupError for an unknown robot."""
    state = engine.state
    with state.lock:
        robot = next((r for r in state.robots() if r.code == robot_code and not r.blocked), None)
        if robot is None or stage_id not in state.stages:
            raise LookupError(f"No automation rule {robot_code} for stage {stage_id}.")
        rule = AutomationRule(
            state.next_id("rule"),
            stage_id,
            robot_code,
            robot.client_id,
            dict(properties or {}),
            name or robot.name_in(state.portal.lang),
        )
        state.rules[rule.id] = rule
        state.touch()
        return rule


def add_trigger_rule(engine: Engine, stage_id: str, code: str) -> TriggerRule:
    """Place a trigger on a stage and return the placement. Raises LookupError."""
    state = engine.state
    with state.lock:
        trigger = next((t for t in state.triggers() if t.code == code), None)
        if trigger is None or stage_id not in state.stages:
            raise LookupError(f"No trigger {code} for stage {stage_id}.")
        rule = TriggerRule(state.next_id("trigger_rule"), stage_id, code, trigger.client_id)
        state.trigger_rules[rule.id] = rule
        state.touch()
        return rule


def fire_trigger(engine: Engine, client_id: str, code: str, deal_id: int) -> int:
    """Move the deal where that trigger is placed; return how many stages it moved through.

    A trigger only moves a deal forward; placed nowhere, it does nothing.
    """
    state = engine.state
    moved = 0
    with state.lock:
        for rule in list(state.trigger_rules.values()):
            deal = state.deals.get(deal_id)
            if deal is None or rule.code != code or rule.client_id != client_id:
                continue
            if state.stages[rule.stage_id].sort <= state.stages[deal.stage_id].sort:
                continue
            move_deal(engine, deal_id, rule.stage_id, 0)
            moved += 1
    return moved
