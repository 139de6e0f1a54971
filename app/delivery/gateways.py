"""How an SMS gateway wants to be asked and how it answers, as data; app.delivery.presets has the services.

Values of headers, bodies and queries may hold {to} {digits} {text} {sender} {ref} {key} {account} {callback};
addresses {base} {account} {id}. What comes out empty is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.delivery.channel import Outcome, Report

Tree = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a JSON or form answer keeps what, as paths ("messages.0.id"), and what its words mean.

    A word means delivered or failed when it begins with one of these; letter case does not count.
    """

    id: str = "id"
    state: str = "status"
    words: str = "error"
    """The provider's own words about a failure."""
    delivered: tuple[str, ...] = ("delivered",)
    failed: tuple[str, ...] = ("failed", "undeliver", "rejected", "expired")

    def report(self, answer: object) -> Report:
        """Return what `answer` says about a message; anything unknown means it is still on its way."""
        state, words = text_at(answer, self.state), text_at(answer, self.words)
        told = f"{state} {words}".strip()[:200]
        if state.lower().startswith(self.delivered):
            return Report(Outcome.DELIVERED, told)
        if state.lower().startswith(self.failed):
            return Report(Outcome.FAILED, told)
        return Report(Outcome.UNDER_WAY, told)


@dataclass(frozen=True, slots=True)
class GatewayRequest:
    """One service: `base` is its address unless the operator sets one, `send`, `lookup`, `status` what to ask."""

    body: Tree = field(
        default_factory=lambda: {
            "to": "{to}",
            "text": "{text}",
            "from": "{sender}",
            "client_ref": "{ref}",
        }
    )
    headers: Mapping[str, str] = field(default_factory=lambda: {"Authorization": "Bearer {key}"})
    basic: bool = False
    """Account and key by HTTP Basic."""
    as_form: bool = False
    """A form body in place of JSON."""
    lookup: Mapping[str, str] = field(default_factory=lambda: {"client_ref": "{ref}"})
    """Query of the GET that finds a message by our reference; empty when the gateway has none."""
    id_field: str = "id"
    """Where the answer to `send` keeps the message's id."""
    base: str = ""
    send: str = "{base}"
    find: str = "{base}"
    """The address of the lookup, and where its answer keeps the id."""
    found_field: str = "id"
    status: str = ""
    """The address that tells a message's state; empty when the gateway has none."""
    status_query: Mapping[str, str] = field(default_factory=dict)
    answer: Reading = Reading()
    receipt: Reading = Reading()
    """How its delivery receipts read when they come to our door."""


def text_at(tree: object, path: str) -> str:
    """Return the text or number at `path` ("messages.0.id") of a JSON value, "" when it is not there."""
    for part in path.split(".") if path else ():
        if isinstance(tree, Mapping):
            tree = tree.get(part)
        elif isinstance(tree, list) and part.isdigit() and int(part) < len(tree):
            tree = tree[int(part)]
        else:
            return ""
    if tree is None or isinstance(tree, bool | Mapping | list):
        return ""
    return str(tree)


def filled(pattern: object, values: Mapping[str, str]) -> object:
    """Return `pattern` with its {gaps} filled, at any depth; what comes out empty is left out of maps."""
    if isinstance(pattern, str):
        return pattern.format_map(values)
    if isinstance(pattern, Mapping):
        return {name: value for name, value in _each(pattern, values) if value not in ("", {}, [])}
    if isinstance(pattern, list | tuple):
        return [filled(one, values) for one in pattern]
    return pattern


def _each(pattern: Tree, values: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    for name, inner in pattern.items():
        yield name, filled(inner, values)
