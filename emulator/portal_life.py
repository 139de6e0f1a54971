"""What happens to a portal as a whole: plans, payment, people who leave, a new address, its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emulator import events, lifecycle
from emulator.model_crm import SmartType

if TYPE_CHECKING:
    from emulator.engine import Engine

FIRST_DYNAMIC = 1036


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan allows: REST rate, documents, and whether there is automation at all."""

    leak_per_second: float = 2.0
    capacity: int = 50
    document_quota: int = 0
    has_automation: bool = True


PLANS = {
    "free": Plan(document_quota=100, has_automation=False),
    "basic": Plan(has_automation=False),
    "std": Plan(),
    "pro100": Plan(),
    "nfr": Plan(),
    "ent250": Plan(5.0, 250),
}
"""By the last part of app.info's LICENSE. Quota 0: without end. What plans include is [U], the rates are not."""


def set_plan(engine: Engine, name: str) -> None:
    """Move the portal to another plan. Raises KeyError for one we do not know."""
    plan = PLANS[name]
    with engine.state.lock:
        portal, limits = engine.state.portal, engine.state.limits
        portal.plan, portal.document_quota = name, plan.document_quota
        limits.leak_per_second, limits.capacity = plan.leak_per_second, plan.capacity
        engine.state.touch()


def has_automation(engine: Engine) -> bool:
    """Whether the portal's plan has automation rules and triggers."""
    return PLANS.get(engine.state.portal.plan, Plan()).has_automation


def set_payment(engine: Engine, client_id: str, *, expired: bool) -> None:
    """Let the paid time of an app end or begin again; ONAPPPAYMENT goes out, unsigned as it is."""
    state = engine.state
    with state.lock:
        inst = state.installations[client_id]
        inst.payment_expired = expired
        data = {
            "CODE": state.apps[client_id].code,
            "VERSION": str(inst.version),
            "STATUS": inst.status_code,
            "PAYMENT_EXPIRED": "Y" if expired else "N",
            "DAYS": "" if expired else "30",
        }
        lifecycle.tell(engine, inst, "ONAPPPAYMENT", data, user_id=inst.installed_by)
        state.touch()


def dismiss(engine: Engine, user_id: int) -> None:
    """Dismiss a person: their tokens answer authorization_error, their refresh tokens invalid_grant."""
    with engine.state.lock:
        engine.state.users[user_id].active = False
        engine.state.touch()


def rename(engine: Engine, domain: str) -> None:
    """Give the portal another address; the one before answers 302."""
    with engine.state.lock:
        portal = engine.state.portal
        if domain != portal.domain:
            portal.old_domains = [d for d in (*portal.old_domains, portal.domain) if d != domain]
            portal.domain = domain
        engine.state.touch()


def add_type(engine: Engine, title: str, *, user_id: int = 1, entity_type_id: int = 0) -> SmartType:
    """Return a new smart process; ONCRMTYPEADD is queued."""
    state = engine.state
    with state.lock:
        ident = state.next_id("smart_type")
        kind = entity_type_id or FIRST_DYNAMIC + 10 * (ident - 1)
        made = SmartType(ident, kind, title, created=state.now())
        state.smart_types[kind] = made
        data: dict[str, Any] = {"FIELDS": {"ID": str(ident)}}
        events.emit(engine, "ONCRMTYPEADD", data, user_id=user_id)
        state.touch()
        return made


def delete_type(engine: Engine, entity_type_id: int, *, user_id: int = 1) -> None:
    """Remove a smart process with its records; ONCRMTYPEDELETE is queued. Raises KeyError."""
    state = engine.state
    with state.lock:
        gone = state.smart_types.pop(entity_type_id)
        for key in [key for key in state.items if key[0] == entity_type_id]:
            del state.items[key]
        data: dict[str, Any] = {"FIELDS": {"ID": str(gone.id)}}
        events.emit(engine, "ONCRMTYPEDELETE", data, user_id=user_id)
        state.touch()
