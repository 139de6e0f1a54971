"""The list of REST methods: each with its scope and who may call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from emulator.model_crm import User
from emulator.rest.errors import RestError, missing, system

if TYPE_CHECKING:
    from emulator.engine import Engine
    from emulator.state import State

PAGE = 50
REGISTRY: dict[str, Method] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: an app's token, or a webhook (client_id empty)."""

    user: User
    client_id: str
    scopes: tuple[str, ...]
    access_token: str = ""

    @property
    def is_app(self) -> bool:
        return bool(self.client_id)


@dataclass(slots=True)
class Call:
    """One call of one method."""

    engine: Engine
    caller: Caller
    method: str
    params: dict[str, Any]
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> State:
        return self.engine.state

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter by its exact name (controllers are strict about case)."""
        value = self.params.get(name)
        return default if value is None else value

    def any_case(self, name: str, default: Any = None) -> Any:
        """Return a parameter whatever its case (classic methods are lenient)."""
        for key, value in self.params.items():
            if key.lower() == name.lower() and value is not None:
                return value
        return default

    def need(self, name: str) -> Any:
        """Return a required parameter. Raises RestError 100."""
        value = self.params.get(name)
        if value is None or value == "":
            raise missing(name)
        return value

    def map(self, name: str) -> dict[str, Any]:
        """Return a parameter that is a map; a list counts by its indexes, absence as empty."""
        value = self.any_case(name, {})
        if isinstance(value, list):
            return {str(i): v for i, v in enumerate(value)}
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Page:
    """A list answer: `result`, with `total` and `next` beside it."""

    result: Any
    total: int | None = None
    next: int | None = None


@dataclass(frozen=True, slots=True)
class Method:
    name: str
    run: Callable[[Call], Any]
    scope: str
    admin: bool
    app_only: bool
    batch: bool
    app_error: tuple[str, str, int]


WRONG_AUTH = ("WRONG_AUTH_TYPE", "", 403)
APP_CONTEXT = ("ACCESS_DENIED", "Access denied! Application context required", 403)
BIZPROC_CONTEXT = ("ACCESS_DENIED", "Application context required", 400)
REST_CONTEXT = ("ERROR_WRONG_CONTEXT", "Method call is only possible in application context", 400)


def method(
    name: str,
    *,
    scope: str = "",
    admin: bool = False,
    app: tuple[str, str, int] | None = None,
    batch: bool = True,
) -> Callable[[Callable[[Call], Any]], Callable[[Call], Any]]:
    """Register a REST method.

    scope: one scope, or several of which one is enough ("user|user_basic"). app: the error a
    webhook gets (none: webhooks may call).
    """

    def keep(run: Callable[[Call], Any]) -> Callable[[Call], Any]:
        if name.lower() in REGISTRY:
            raise ValueError(f"{name} is there twice")
        REGISTRY[name.lower()] = Method(
            name, run, scope, admin, app is not None, batch, app or WRONG_AUTH
        )
        return run

    return keep


def find(name: str) -> Method:
    """Return the method of that name, in any case. Raises ERROR_METHOD_NOT_FOUND."""
    found = REGISTRY.get(name.lower())
    if found is None:
        raise system("ERROR_METHOD_NOT_FOUND")
    return found


def check_caller(found: Method, caller: Caller) -> None:
    """Raise unless the caller has the scope, the context and the rank the method wants."""
    wanted = [s for s in found.scope.split("|") if s]
    if wanted and not set(wanted) & set(caller.scopes):
        raise system("insufficient_scope")
    if found.app_only and not caller.is_app:
        code, text, status = found.app_error
        raise RestError(code, text, status) if text else system(code)
    if found.admin and not caller.user.is_admin:
        raise RestError("ACCESS_DENIED", "Access denied!", found.app_error[2])


def paged(rows: list[Any], start: Any) -> tuple[list[Any], int | None, int | None]:
    """Return (page, total, next) for `start`; -1 skips the count. Fifty a page."""
    from emulator.rest.values import as_int

    first = as_int(start)
    if first < 0:
        return rows[:PAGE], None, None
    first -= first % PAGE
    following = first + PAGE
    return rows[first:following], len(rows), following if following < len(rows) else None
