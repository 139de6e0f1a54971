"""Every line of a request's log carries one id, and the answer names it."""

from __future__ import annotations

from collections.abc import Callable

from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from app.services import Services
from app.web import create_app

Make = Callable[..., Services]
OURS = 32
"""Length of an id that we made."""


def test_the_answer_names_the_id_that_the_log_has(services: Services) -> None:
    client = create_app(services).test_client()
    with capture_logs(processors=[merge_contextvars]) as lines:
        first = client.get("/healthz").headers["X-Request-Id"]
        second = client.get("/healthz").headers["X-Request-Id"]
    said = [line["request_id"] for line in lines if line["event"] == "request"]
    assert said == [first, second]
    assert first != second
    assert len(first) == len(second) == OURS


def test_a_strangers_id_does_not_enter_the_log(services: Services) -> None:
    client = create_app(services).test_client()
    answer = client.get("/healthz", headers={"X-Request-Id": "chosen-by-a-stranger"})
    assert answer.headers["X-Request-Id"] != "chosen-by-a-stranger"


def test_a_trusted_proxys_id_is_kept_if_it_is_sound(make_services: Make) -> None:
    client = create_app(make_services(proxies=1)).test_client()

    def asked(brought: str) -> str:
        return client.get("/healthz", headers={"X-Request-Id": brought}).headers["X-Request-Id"]

    assert asked("edge-0123456789") == "edge-0123456789"
    assert len(asked('x"} {"forged": 1')) == OURS
