"""Fault switches: what goes wrong, where, how often.

A rule names a place by a pattern: a REST method (`crm.item.*`), or one of the portal's own
moments: `oauth:token`, `oauth:app.info`, `docgen:convert`, `mail:send`, `event:ONAPPINSTALL`,
`robot:<code>`, `frame:<placement>`, `sms:send`, `tsa:stamp`.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KINDS = """
    slow          sleep `seconds`, then go on
    cut           do the work, then close the connection without an answer
    error_after   do the work, then answer INTERNAL_SERVER_ERROR
    html          a page of HTML with `status` (302, 403, 500)
    lost          (events, robots) never sent
    duplicate     (events, robots) sent twice
    late          (events, robots) sent `seconds` later than the queue would
    wrong_token   (events, robots, frames) another application_token
    no_auth       (events, robots) without OAuth tokens
    fail          (docgen:convert, mail:send, sms:send, tsa:stamp) that step fails
    any other     a REST or OAuth error code, answered before any work
"""


@dataclass(slots=True)
class Rule:
    """One switch. times: how often it acts (none = always); probability: of acting at all.

    members: whether it also acts on the single commands of a batch.
    """

    method: str
    kind: str
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    seconds: float = 1.0
    status: int = 0
    description: str = ""
    members: bool = True
    hits: int = 0
    random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self.random.seed(self.seed)


class Faults:
    """The rules in force; thread-safe."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.lock = threading.Lock()

    def add(self, method: str, kind: str, **options: Any) -> Rule:
        """Add a rule and return it; options as in `Rule`."""
        rule = Rule(method, kind, **options)
        with self.lock:
            self.rules.append(rule)
        return rule

    def clear(self) -> None:
        with self.lock:
            self.rules.clear()

    def take(self, place: str, *kinds: str, member: bool = False) -> Rule | None:
        """Return the rule that acts now at that place, counting it; none when all is well."""
        with self.lock:
            for rule in self.rules:
                if (kinds and rule.kind not in kinds) or not names(rule.method, place):
                    continue
                if member and not rule.members:
                    continue
                if rule.times is not None and rule.hits >= rule.times:
                    continue
                if rule.random.random() >= rule.probability:
                    continue
                rule.hits += 1
                return rule
        return None


def names(pattern: str, place: str) -> bool:
    """Return whether a rule's pattern means that place; `*` alone means methods, not moments."""
    return (":" in place) == (":" in pattern) and fnmatchcase(place.lower(), pattern.lower())
