"""Small stand-ins for a portal: a `Transport` that answers from a table, an HTTP server with a script."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from app.crm.faults import fault_of_answer

Answer = Callable[[dict[str, Any]], Any]
REFERENCE = re.compile(r"\$result((?:\[[^\]]*\])+)")


class Refusal(Exception):
    """Raise it in an answer to make the portal answer with this error code."""


class TablePortal:
    """Answers methods from `table` (method -> function of its parameters), batches with references included."""

    def __init__(self, table: Mapping[str, Answer]) -> None:
        self.table = dict(table)
        self.http: list[tuple[str, dict[str, Any]]] = []
        self.done: list[tuple[str, dict[str, Any]]] = []

    def call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        self.http.append((method, dict(params)))
        if method == "batch":
            return {"result": self._batch(params["cmd"], halt=bool(params.get("halt")))}
        answer = self._one(method, dict(params))
        error = fault_of_answer(answer, status=200, method=method)
        if error:
            raise error
        return answer

    def methods(self) -> list[str]:
        return [method for method, _ in self.done]

    def _one(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.done.append((method, params))
        if method not in self.table:
            return {"error": "ERROR_METHOD_NOT_FOUND"}
        try:
            found = self.table[method](params)
        except Refusal as refusal:
            return {"error": str(refusal), "error_description": "Refused"}
        return found if isinstance(found, dict) and "next" in found else {"result": found}

    def _batch(self, lines: Any, *, halt: bool = False) -> dict[str, Any]:
        results: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for key, line in lines.items():
            method, _, query = line.partition("?")
            answer = self._one(method, resolved(nested(query), results))
            if "error" in answer:
                errors[key] = answer
                if halt:
                    break
            else:
                results[key] = answer["result"]
        return {"result": results or [], "result_error": errors or []}


def nested(query: str) -> dict[str, Any]:
    root: dict[str, Any] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        steps = [key.split("[", 1)[0], *re.findall(r"\[([^\]]*)\]", key)]
        here = root
        for step in steps[:-1]:
            here = here.setdefault(step, {})
        here[steps[-1]] = value
    return root


def resolved(value: Any, results: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: resolved(inner, results) for key, inner in value.items()}
    match = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        return value
    here: Any = results
    for step in re.findall(r"\[([^\]]*)\]", match[1]):
        if isinstance(here, dict):
            here = here.get(step)
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return ""
    return "" if here is None or isinstance(here, dict | list) else str(here)


class Request:
    """What arrived: path, headers, raw body."""

    def __init__(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        self.path = path
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


class ScriptedServer:
    """An HTTP server on a free port. `script` maps a path to replies played in turn, the last one for ever.

    A reply is (status, body) or (status, body, headers); a dict body becomes JSON, a function gets the request.
    """

    def __init__(self) -> None:
        self.script: dict[str, list[Any]] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                with stub.lock:
                    stub.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.path, dict(self.headers), body)
                status, answer, *more = stub.reply(request)
                raw = json.dumps(answer).encode() if isinstance(answer, dict) else answer
                self.send_response(status)
                for name, value in (more[0] if more else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.endpoint = f"{self.url}/rest/"

    def reply(self, request: Request) -> Any:
        with self.lock:
            self.requests.append(request)
            replies = self.script.get(request.path.split("?")[0], [(404, b"<html>not here</html>")])
            found = replies.pop(0) if len(replies) > 1 else replies[0]
        return found(request) if callable(found) else found

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]


@contextmanager
def scripted() -> Iterator[ScriptedServer]:
    stub = ScriptedServer()
    thread = threading.Thread(target=stub.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.server.shutdown()
        stub.server.server_close()
        thread.join()
