"""A local web server that answers as it is told and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    """JSON as it is, a form as a dict of texts."""


Answer = tuple[int, Any]
"""A status and a JSON value; status 0: take the request and hang up without a word."""


@dataclass
class Service:
    answer: Callable[[Asked], Answer]
    url: str = ""
    asked: list[Asked] = field(default_factory=list)

    def of(self, method: str) -> list[Asked]:
        return [one for one in self.asked if one.method == method]


@contextmanager
def serving(answer: Callable[[Asked], Answer]) -> Iterator[Service]:
    """Run the service on a free port of loopback."""
    service = Service(answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("H", (_Handler,), {"service": service}))
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    service: Service

    def do_GET(self) -> None:
        self._take("GET")

    def do_POST(self) -> None:
        self._take("POST")

    def _take(self, method: str) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(method, parts.path, _flat(parts.query), dict(self.headers), self._body(raw))
        self.service.asked.append(asked)
        status, value = self.service.answer(asked)
        if not status:
            self.close_connection = True
            return
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self, raw: bytes) -> Any:
        if not raw:
            return None
        if "json" in self.headers.get("Content-Type", ""):
            return json.loads(raw)
        return _flat(raw.decode())

    def log_message(self, *_: object) -> None:
        return


def _flat(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
