"""Methods about people: profile, user.current, user.get, user.admin, im.notify."""

from __future__ import annotations

from typing import Any

from emulator.rest import filters
from emulator.rest.errors import RestError, missing
from emulator.rest.registry import Call, Page, method, paged
from emulator.rest.values import as_int
from emulator.state import Notification, User

USER = "user|user_basic|user_brief"


@method("profile")
def profile(call: Call) -> Any:
    user = call.caller.user
    return {
        "ID": str(user.id),
        "ADMIN": user.is_admin,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "PERSONAL_GENDER": "",
        "TIME_ZONE": "",
        "TIME_ZONE_OFFSET": 0,
    }


@method("user.admin")
def user_admin(call: Call) -> Any:
    return call.caller.user.is_admin


@method("user.access")
def user_access(call: Call) -> Any:
    wanted = call.any_case("ACCESS", [])
    names = [wanted] if isinstance(wanted, str) else list(wanted or [])
    return bool({f"U{call.caller.user.id}", "AU", "G2"} & set(names))


@method("user.current", scope=USER)
def user_current(call: Call) -> Any:
    return row(call, call.caller.user)


@method("user.get", scope=USER)
def user_get(call: Call) -> Any:
    """Filter by `FILTER` (upper case, as documented) or by plain parameters."""
    conditions = dict(filters.as_map(call.params.get("FILTER") or call.params.get("filter") or {}))
    for name in ("ID", "ACTIVE", "EMAIL", "LAST_NAME", "NAME"):
        if call.params.get(name) is not None:
            conditions[name] = call.params[name]
    rows = [row(call, user) for user in call.state.users.values()]
    sort = str(call.any_case("SORT", "ID"))
    found = filters.apply(rows, conditions, {sort: str(call.any_case("ORDER", "ASC"))})
    page, total, following = paged(found, call.any_case("start", 0))
    return Page(page, total, following)


def row(call: Call, user: User) -> dict[str, Any]:
    """Return a user as the scope allows: `user_brief` has no e-mail and no phone."""
    values: dict[str, Any] = {
        "ID": str(user.id),
        "ACTIVE": user.active,
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "SECOND_NAME": "",
        "TIME_ZONE": "",
        "IS_ONLINE": "Y",
        "PERSONAL_GENDER": "",
        "PERSONAL_BIRTHDAY": "",
        "WORK_POSITION": user.position,
        "UF_DEPARTMENT": [1],
        "USER_TYPE": "employee",
    }
    if {"user", "user_basic"} & set(call.caller.scopes):
        values |= {
            "EMAIL": user.email,
            "WORK_PHONE": user.phone,
            "PERSONAL_MOBILE": user.phone,
        }
    return values


@method("im.notify.system.add", scope="im")
def notify_system(call: Call) -> Any:
    return notify(call)


@method("im.notify.personal.add", scope="im")
def notify_personal(call: Call) -> Any:
    return notify(call)


def notify(call: Call) -> int:
    """Keep a portal notification; an equal TAG replaces the older one."""
    user_id = as_int(call.any_case("USER_ID"))
    message = str(call.any_case("MESSAGE", ""))
    if user_id not in call.state.users:
        raise RestError("USER_ID_EMPTY", "User ID can't be empty")
    if not message:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    tag = str(call.any_case("TAG", ""))
    state = call.state
    if tag:
        state.notifications = [
            n for n in state.notifications if (n.user_id, n.tag) != (user_id, tag)
        ]
    note = Notification(
        state.next_id("notification"),
        user_id,
        message,
        state.now(),
        tag,
        str(call.any_case("MESSAGE_OUT", "")),
    )
    state.notifications.append(note)
    state.touch()
    return note.id


def known_user(call: Call, value: Any) -> User:
    """Return the user a parameter names. Raises RestError 100 when there is none."""
    found = call.state.users.get(as_int(value))
    if found is None:
        raise missing("userId")
    return found
