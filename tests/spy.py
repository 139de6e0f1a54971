"""Watches this process's sockets from below: every connection and every name that is looked up.

The hook is Python's own (PEP 578), so nothing of ours or of a library is replaced; a hook cannot be taken out
again, so there is one, which tells whoever listens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LOCAL = ("127.0.0.1", "localhost")


@dataclass
class Traffic:
    """What was reached for: (host, port) of connections, names that were looked up."""

    connections: list[tuple[str, int]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def beyond(self, *addresses: str) -> set[str]:
        """What was reached for besides `addresses` ("http://127.0.0.1:8000")."""
        allowed = {one.partition("://")[2].rstrip("/") for one in addresses}
        reached = {f"{host}:{port}" for host, port in self.connections}
        return {one for one in reached if one not in allowed} | set(self.names) - {*LOCAL}


_listeners: list[Traffic] = []
_hooked: list[bool] = []


@contextmanager
def watched() -> Iterator[Traffic]:
    """Yield the traffic of this process from here on."""
    if not _hooked:
        sys.addaudithook(_hear)
        _hooked.append(True)
    traffic = Traffic()
    _listeners.append(traffic)
    try:
        yield traffic
    finally:
        _listeners.remove(traffic)


def _hear(event: str, values: tuple[object, ...]) -> None:
    if not _listeners or not event.startswith("socket."):
        return
    if event in ("socket.connect", "socket.sendto"):
        _note(values[1])
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        for traffic in _listeners:
            traffic.names.append(_text(values[0]))


def _note(address: object) -> None:
    if isinstance(address, tuple):
        for traffic in _listeners:
            traffic.connections.append((_text(address[0]), int(address[1])))


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
