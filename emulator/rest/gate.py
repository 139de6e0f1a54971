"""The REST gate: every call passes here, in the portal's order.

Moved domain (302), faults, rate, caller, method, scope, operating time, the method, envelope.
"""

from __future__ import annotations

import json
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flask import Request, Response

from emulator.faults import Rule
from emulator.rest import auth, batch, params
from emulator.rest.errors import SYSTEM, HtmlAnswer, RestError, system
from emulator.rest.limits import Gauge
from emulator.rest.registry import Call, Caller, Page, check_caller, find
from emulator.rest.values import iso
from emulator.state import RestCall

if TYPE_CHECKING:
    from emulator.engine import Engine

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "origin, content-type, accept, authorization, "
    "x-requested-with, x-request-id, x-bitrix-rest-request-id",
    "Access-Control-Max-Age": "600",
}
AFTER = ("cut", "error_after")


class Gate:
    """The REST interface of one portal."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.gauge = Gauge()

    def answer(self, request: Request, name: str, *, hook: tuple[int, str] | None) -> Response:
        """Return the HTTP answer to one call. hook: (user, secret) of a webhook address."""
        if request.method == "OPTIONS":
            return Response(status=200, headers=CORS)
        name = name.strip("/").removesuffix(".json")
        started, when = time.time(), self.engine.state.now()
        log = RestCall(when, name, "", 0, 200, "", 0.0)
        try:
            body = self.respond(request, name, hook, log, started)
            status = 200
        except RestError as error:
            body, status = error.body(), error.status
            log.error = str(error.code) or error.description
        except HtmlAnswer as html:
            log.status, log.error = html.status, "HTML"
            self.keep(log, started)
            return self.html(html)
        log.status = status
        self.keep(log, started)
        return json_answer(body, status)

    def respond(
        self,
        request: Request,
        name: str,
        hook: tuple[int, str] | None,
        log: RestCall,
        started: float,
    ) -> dict[str, Any]:
        state = self.engine.state
        self.refuse_old_domain(request)
        after = self.misbehave(name)
        arguments = read(request)
        with state.lock:
            self.gauge.take(state, request.remote_addr or "")
            caller = (
                auth.by_webhook(state, *hook)
                if hook
                else auth.by_token(state, auth.token_in(request, arguments))
            )
            log.client_id, log.user_id = caller.client_id, caller.user.id
            outcome, spent = self.dispatch(caller, name, arguments)
        self.misbehave_after(after, request)
        return enveloped(outcome, spent, started, state.now())

    def dispatch(self, caller: Caller, name: str, arguments: dict[str, Any]) -> tuple[Any, Any]:
        if name.lower() != "batch":
            return self.call(caller, name, arguments)
        return batch.run(arguments, lambda n, p: self.member(caller, n, p)), {}

    def member(self, caller: Caller, name: str, arguments: dict[str, Any]) -> tuple[Any, Any]:
        """Run one command of a batch; faults of its method act here too."""
        rule = self.engine.faults.take(name, *SYSTEM, member=True)
        log = RestCall(
            self.engine.state.now(), name, caller.client_id, caller.user.id, 200, "", 0.0, True
        )
        started = time.time()
        try:
            if rule:
                raise system(rule.kind, rule.description)
            if not find(name).batch:
                raise system("ERROR_BATCH_METHOD_NOT_ALLOWED")
            outcome, spent = self.call(caller, name, arguments)
        except RestError as error:
            log.status, log.error = error.status, str(error.code) or error.description
            self.keep(log, started)
            raise
        self.keep(log, started)
        return (outcome, {**timing(started, self.engine.state.now()), **spent})

    def call(self, caller: Caller, name: str, arguments: dict[str, Any]) -> tuple[Any, Any]:
        state = self.engine.state
        found = find(name)
        check_caller(found, caller)
        self.gauge.check_operating(state, found.name, caller.client_id)
        started = time.time()
        outcome = found.run(Call(self.engine, caller, found.name, arguments))
        self.gauge.spend(state, found.name, caller.client_id, time.time() - started)
        spent, reset = self.gauge.operating(state, found.name, caller.client_id)
        return outcome, {"operating_reset_at": reset, "operating": spent}

    def refuse_old_domain(self, request: Request) -> None:
        portal = self.engine.state.portal
        if request.host in portal.old_domains:
            target = portal.url + request.full_path.rstrip("?")
            raise HtmlAnswer(302, "<html><body>Moved</body></html>", target)

    def misbehave(self, name: str) -> Rule | None:
        """Act on a fault rule for that method; return the one that acts after the work."""
        rule = self.engine.faults.take(name)
        if rule is None or rule.kind in AFTER:
            return rule
        if rule.kind == "slow":
            time.sleep(rule.seconds)
            return None
        if rule.kind == "html":
            status = rule.status or 500
            raise HtmlAnswer(status, "<html><head><title>nginx</title></head></html>")
        if rule.kind in SYSTEM:
            raise system(rule.kind, rule.description)
        raise RestError(rule.kind, rule.description or rule.kind, rule.status or 400)

    def misbehave_after(self, rule: Rule | None, request: Request) -> None:
        if rule is None:
            return
        if rule.kind == "cut":
            hang_up(request)
        raise system("INTERNAL_SERVER_ERROR")

    def html(self, answer: HtmlAnswer) -> Response:
        headers = {"Location": answer.location} if answer.location else {}
        return Response(answer.html, answer.status, headers, mimetype="text/html")

    def keep(self, log: RestCall, started: float) -> None:
        log.duration_ms = (time.time() - started) * 1000
        with self.engine.state.lock:
            self.engine.state.rest_log.append(log)


def read(request: Request) -> dict[str, Any]:
    try:
        return params.of_request(request)
    except json.JSONDecodeError as error:
        raise RestError("INVALID_REQUEST", "Invalid JSON in request body", 400) from error


def hang_up(request: Request) -> None:
    """Close the connection now: the caller never learns that its work was done."""
    connection = request.environ.get("werkzeug.socket")
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def enveloped(outcome: Any, spent: Any, started: float, now: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"result": outcome}
    if isinstance(outcome, Page):
        body = {"result": outcome.result}
        if outcome.next is not None:
            body["next"] = outcome.next
        if outcome.total is not None:
            body["total"] = outcome.total
    body["time"] = {**timing(started, now), **spent}
    return body


def timing(started: float, now: Any) -> dict[str, Any]:
    """Return the times of a call by the portal's own clock, however far that was moved."""
    duration, finish = time.time() - started, now.timestamp()
    return {
        "start": finish - duration,
        "finish": finish,
        "duration": duration,
        "processing": int(duration),
        "date_start": iso(now),
        "date_finish": iso(now),
    }


def json_answer(body: Any, status: int) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, CORS, content_type="application/json; charset=utf-8")
