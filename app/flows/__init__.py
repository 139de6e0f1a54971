"""Flows: order, waiting and retries; no other logic. Importing this package makes all of them known."""

from __future__ import annotations

from app.flows import (
    buttons,
    card,
    changed,
    close_day,
    deliver,
    finish,
    key_ends,
    many,
    message,
    portal,
    prepare,
    receipt,
    recheck,
    robot,
    upkeep,
)

ALL = {
    "prepare": prepare.prepare,
    "deliver": deliver.deliver,
    "message": message.message,
    "card": card.card,
    "changed": changed.changed,
    "receipt": receipt.receipt,
    "recheck": recheck.recheck,
    "task": receipt.task,
    "finish": finish.finish,
    "robot": robot.robot,
    "many": many.many,
    "rule_late": robot.rule_late,
    "remind": buttons.remind,
    "void": buttons.void,
    "upkeep": upkeep.upkeep,
    "close_day": close_day.close_day,
    "key_ends": key_ends.key_ends,
    "look_after": portal.look_after,
    "reconcile": portal.reconcile,
    "farewell": portal.farewell,
    "erase": portal.erase,
}
"""Every flow by the name under which jobs ask for it."""
