"""More portals beside the first one: each with its own people, CRM, clock and faults, on a port of its own.

They share the authorization server, as all portals of a region do: a token belongs to exactly one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emulator import demo_data
from emulator.engine import Engine
from emulator.rest.gate import Gate
from emulator.state import State

if TYPE_CHECKING:
    from emulator.server import Emulator


class Branch:
    """One more portal of a running emulator; `emulator.add_portal()` makes it."""

    def __init__(
        self,
        emulator: Emulator,
        *,
        portal_url: str,
        member_id: str,
        title: str,
        options: dict[str, Any],
    ) -> None:
        self.portal_url = portal_url
        self.oauth_url = emulator.oauth_url
        self.app_url, self.card = emulator.app_url, emulator.card
        self.member_id = member_id
        self.title = title
        self.state = self.first_minute()
        self.engine = Engine(self.state, **options)
        self.gate = Gate(self.engine)

    def first_minute(self) -> State:
        state = demo_data.build(
            domain=self.portal_url.partition("://")[2],
            oauth_url=self.oauth_url,
            app_url=self.app_url,
            card=self.card,
        )
        state.portal.member_id, state.portal.title = self.member_id, self.title
        return state

    def reset(self) -> None:
        """Bring back this portal's first minute."""
        replace_state(self, self.first_minute())


def replace_state(portal: Branch | Emulator, fresh: State) -> None:
    """Put `fresh` in place of what a portal knows, on the same objects, and forget its faults."""
    with portal.state.lock:
        lock, revision = portal.state.lock, portal.state.revision
        portal.state.__dict__.update(fresh.__dict__)
        portal.state.lock, portal.state.revision = lock, revision + 1
        portal.engine.faults.clear()
        portal.gate.gauge.clear()


def engine_of(engines: list[Engine], given: dict[str, str]) -> Engine:
    """Return the engine of the portal that a token, refresh token or code belongs to; the first when of none."""
    for engine in engines:
        state = engine.state
        with state.lock:
            is_known = (
                given.get("auth", "") in state.tokens
                or given.get("code", "") in state.codes
                or any(t.refresh == given.get("refresh_token") for t in state.tokens.values())
            )
        if is_known:
            return engine
    return engines[0]
