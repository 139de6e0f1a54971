"""What the engine's tests share: an application that listens, a client that calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from emulator.server import Emulator

PDF = b"%PDF-1.7\n% pretend\n"


@dataclass
class Listener:
    """An application's web server that remembers what the portal posted to it."""

    url: str = ""
    status: int = 200
    posts: list[dict[str, Any]] = field(default_factory=list)

    def of(self, event: str) -> list[dict[str, Any]]:
        return [p for p in self.posts if p.get("event") == event]

    def robots(self) -> list[dict[str, Any]]:
        return [p for p in self.posts if "event_token" in p]


@dataclass
class Client:
    """Calls REST with one access token, JSON bodies."""

    portal: Emulator
    access: str
    refresh: str = ""

    def raw(self, method: str, **params: Any) -> requests.Response:
        body = {**params, "auth": self.access}
        return requests.post(f"{self.portal.portal_url}/rest/{method}", json=body, timeout=10)

    def call(self, method: str, **params: Any) -> Any:
        answer = self.raw(method, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def error(self, method: str, **params: Any) -> tuple[int, Any]:
        answer = self.raw(method, **params)
        return answer.status_code, answer.json().get("error")


def client_of(portal: Emulator, user_id: int) -> Client:
    frame = portal.engine.open_placement(user_id, "DEFAULT")
    return Client(portal, frame.fields["AUTH_ID"], frame.fields["REFRESH_ID"])
