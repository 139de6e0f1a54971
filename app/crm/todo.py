"""Tasks for an employee in a record's timeline, and the bell that rings for them.

Source: api-reference/crm/timeline/activities/todo/crm-activity-todo-add, im.notify.system.add.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.crm.client import CrmClient
from app.crm.faults import NOT_JSON, fault
from app.crm.rows import ident, rows, text
from app.crm.timeline import notify_command

METHOD: Final = "crm.activity.todo.add"


@dataclass(frozen=True, slots=True)
class Todo:
    """What one employee should do for a record until `deadline`. `mark`, in its text, finds it again."""

    entity_type_id: int
    entity_id: str
    responsible_id: str
    title: str
    description: str
    deadline: datetime
    mark: str


def put_todo(client: CrmClient, todo: Todo) -> str:
    """Return the id of the task, added and announced unless an earlier try arrived."""
    return _find(client, todo) or _add(client, todo)


def _find(client: CrmClient, todo: Todo) -> str:
    filters = {
        "OWNER_TYPE_ID": todo.entity_type_id,
        "OWNER_ID": todo.entity_id,
        "PROVIDER_ID": "CRM_TODO",
    }
    params = {"filter": filters, "select": ["ID", "DESCRIPTION"], "order": {"ID": "DESC"}}
    for row in rows(client.call("crm.activity.list", params)):
        if todo.mark in text(row, "DESCRIPTION"):
            return ident(row, "ID")
    return ""


def _add(client: CrmClient, todo: Todo) -> str:
    """The bell rings with the task, in one call; where it may not ring the task stands all the same."""
    params = {
        "ownerTypeId": todo.entity_type_id,
        "ownerId": todo.entity_id,
        "deadline": todo.deadline.isoformat(timespec="seconds"),
        "title": todo.title,
        "description": f"{todo.description}\n{todo.mark}",
        "responsibleId": todo.responsible_id,
    }
    bell = notify_command(todo.responsible_id, f"{todo.title}\n{todo.description}", todo.mark)
    answer = client.batch({"task": (METHOD, params), "bell": bell})
    made = answer.result("task")
    found = ident(made, "id") if isinstance(made, dict) else ""
    if not found:
        raise fault(NOT_JSON, method=METHOD)
    return found
