"""One finished envelope, end to end on real parts: calls to the portal by method, milliseconds a step.

Attended: a person chooses our template in the wizard and presses Send. Unattended: an automation rule does it all.
The calls are those the pretend portal counted, from Sign (or the dragged deal) to the comment and the last card;
"one by one" is what a client without batches would have sent for the same. Goal P3: 1 call to read, 2 to write,
3 with files, a naive client 16 and more. Steps are timed by the durable engine's own record.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from bench.rest import NEEDED
from emulator.state import RestCall
from tests.journeys.hands import install
from tests.journeys.kit import Scene, scene, until
from tests.journeys.story import CONTRACT, Story, newest_layout, send_by_hand, send_by_rule

ENVELOPES = 5
PAUSE_S = 8.0
"""Between envelopes: our own bucket keeps to two calls a second, and its waits are not what is measured here."""
LOOKS = (".list", ".get")
"""How methods that only read end."""


@dataclass(slots=True)
class Run:
    """What was measured over some envelopes of one kind."""

    name: str
    calls: list[Counter[str]] = field(default_factory=list)
    one_by_one: list[int] = field(default_factory=list)
    steps: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    waits: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


def main() -> int:
    """Print the tables; return 0."""
    logging.disable(logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        scene(Path(folder), has_office=True) as stage,
    ):
        install(stage)
        stage.worker.start(LOG_LEVEL="WARNING")
        _walk(stage, lambda: send_by_hand(stage, source=CONTRACT))
        layout = newest_layout(stage)
        attended, unattended = Run("attended"), Run("unattended (a rule)")
        for _ in range(ENVELOPES):
            _measure(stage, attended, lambda: send_by_hand(stage, source=CONTRACT))
            _measure(stage, unattended, lambda: send_by_rule(stage, layout)[0])
    for run in (attended, unattended):
        _print_calls(run)
    _print_times("waiting for", [attended, unattended], lambda run: run.waits)
    _print_times("step", [attended, unattended], lambda run: run.steps)
    return 0


def _walk(stage: Scene, send: Callable[[], Story]) -> Story:
    story = send()
    story.sign_all()
    stage.settle()
    return story


def _measure(stage: Scene, run: Run, send: Callable[[], Story]) -> None:
    time.sleep(PAUSE_S)
    log = stage.portal.state.rest_log
    log.clear()
    with _timed(run.waits["from Sign to sent, by hand or rule"]):
        story = send()
        until("the invitation", lambda: story.mails_of("invitation"))
    story.sign_all()
    with _timed(run.waits["from the last signature to the sealed PDF on the deal"]):
        until("the comment", story.comments)
    stage.settle()
    made = list(log)
    run.calls.append(Counter(call.method for call in made if not call.batched))
    run.one_by_one.append(_one_by_one(made))
    for name, ms in _steps(stage, story):
        run.steps[name].append(ms)


def _one_by_one(made: Sequence[RestCall]) -> int:
    """Return the calls of a client that asks for each thing alone: what a card needs, and each other command."""
    cards = sum(call.batched and call.method == "crm.item.productrow.list" for call in made)
    single = sum(not call.batched and call.method != "batch" for call in made)
    others = sum(call.batched and not call.method.endswith(LOOKS) for call in made)
    return cards * len(NEEDED) + single + others


def _steps(stage: Scene, story: Story) -> Iterator[tuple[str, float]]:
    """Yield each step of the envelope's flows with its milliseconds."""
    for key in [
        k for word in (story.envelope_id, *story.deliveries()) for k in stage.flows_of(word)
    ]:
        for step in stage.client.list_workflow_steps(key):
            started, ended = step["started_at_epoch_ms"], step["completed_at_epoch_ms"]
            if started is not None and ended is not None and "DBOS" not in step["function_name"]:
                yield step["function_name"], float(ended - started)


@contextmanager
def _timed(into: list[float]) -> Iterator[None]:
    started = time.perf_counter()
    yield
    into.append((time.perf_counter() - started) * 1000)


def _print_calls(run: Run) -> None:
    total = statistics.median(sum(calls.values()) for calls in run.calls)
    naive = statistics.median(run.one_by_one)
    print(f"\n{run.name}: {total:.0f} HTTP calls an envelope; one by one {naive:.0f}")
    typical = next(calls for calls in run.calls if sum(calls.values()) >= total)
    for method, count in sorted(typical.items(), key=lambda pair: (-pair[1], pair[0])):
        print(f"  {count:3}  {method}")


def _print_times(
    title: str, runs: Sequence[Run], pick: Callable[[Run], dict[str, list[float]]]
) -> None:
    print(f"\n{title:56}" + "".join(f"{run.name:>22}" for run in runs))
    for name in dict.fromkeys(name for run in runs for name in pick(run)):
        cells = (pick(run).get(name) for run in runs)
        print(
            f"  {name:54}"
            + "".join(f"{statistics.median(c):19.0f} ms" if c else f"{'-':>22}" for c in cells)
        )
