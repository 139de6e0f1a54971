"""Deals dragged at once: calls accepted, envelopes made, calls to the portal, and a worker killed at random.

Three parts, each on real parts (web pages, worker process, pretend portal): (1) how many calls of a rule a second
are accepted, kept before the answer, beside a bare Flask handler that inserts one row into the same kind of
database in the same run; (2) what one unattended envelope costs in calls to the portal; (3) all deals worked off
while the worker is killed at moments drawn from a seed: exactly one envelope a deal, each sent once.
Our bucket of two calls a second is emptied all the time here: the pace of a portal is not what is measured.
PARAPH_BENCH_DEALS, _KILLS and _SEED change the size of the campaign.
"""

from __future__ import annotations

import logging
import os
import random
import statistics
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import structlog
from flask import Flask, request
from sqlalchemy import Column, Integer, MetaData, String, Table, delete, func, insert, select
from werkzeug.serving import make_server

from app.core.evidence import EventKind
from app.store.database import Database
from app.store.tables import AuditRow, Delivery, Envelope, RateLimit, RobotCallRow
from emulator import automation
from emulator.rest.params import to_pairs
from emulator.state import DEAL, RobotRun
from tests.journeys.hands import install
from tests.journeys.kit import Quiet, Scene, scene, until
from tests.journeys.story import newest_layout, send_by_hand

DEALS = int(os.environ.get("PARAPH_BENCH_DEALS", "1000"))
KILLS = int(os.environ.get("PARAPH_BENCH_KILLS", "20"))
SEED = int(os.environ.get("PARAPH_BENCH_SEED", "8"))
SENDERS = 4
COUNTED = 5
"""Envelopes whose calls to the portal are counted one after the other."""
FIRST_ID = 50_000
MODEL = 6
"""The deal that all others are copies of."""
PATIENCE_S = 3_600.0
READS = ("crm.item.get", "crm.item.list", "user.get")
MAKING = "crm.documentgenerator."


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast something was accepted: calls a second, median and 99th percentile in milliseconds."""

    name: str
    per_second: float
    median_ms: float
    p99_ms: float

    def __str__(self) -> str:
        return (
            f"{self.name:44} {self.per_second:8.1f} calls/s"
            f"   median {self.median_ms:6.1f} ms   p99 {self.p99_ms:6.1f} ms"
        )


def main() -> int:
    """Print the figures; return 0 when every deal has exactly one envelope, sent once."""
    logging.disable(logging.INFO)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, scene(Path(folder)) as stage:
        layout = _prepare(stage)
        _count(stage, layout)
        calls = [_call(stage, layout, FIRST_ID + n) for n in range(DEALS)]
        stage.worker.stop()
        ours = _pace("rule's calls, kept before the answer", calls, _poster(stage))
        bare = _bare(Path(folder), calls)
        print(ours, bare, sep="\n")
        print(f"{'ratio (P1: 0.60 or more)':44} {ours.per_second / bare.per_second:8.2f}")
        return _campaign(stage)


def _prepare(stage: Scene) -> str:
    """Install, send one by hand, copy deals; return the layout."""
    install(stage)
    stage.worker.start(LOG_LEVEL="WARNING")
    story = send_by_hand(stage)
    story.sign_all()
    stage.settle()
    state = stage.portal.state
    with state.lock:
        model = state.deals[MODEL]
        for number in range(FIRST_ID, FIRST_ID + DEALS + COUNTED + 1):
            copy = {name: getattr(model, name) for name in model.__dataclass_fields__}
            state.deals[number] = type(model)(**{**copy, "id": number, "title": f"Deal {number}"})
    return newest_layout(stage)


def _call(stage: Scene, layout: str, deal_id: int) -> list[tuple[str, str]]:
    """Return the form of a rule's call for a deal, and make the portal wait for its answer."""
    engine, state = stage.portal.engine, stage.portal.state
    with state.lock:
        inst = next(iter(state.installations.values()))
        robot = inst.robots["paraph_send"]
        run = RobotRun(
            id=state.next_id("run"),
            workflow_id=uuid.uuid4().hex,
            event_token=f"bench|{deal_id}|{uuid.uuid4().hex}",
            rule_id=0,
            robot_code=robot.code,
            client_id=inst.client_id,
            deal_id=deal_id,
            stage_id="",
            started=state.now(),
            status="waiting",
            entity_type_id=DEAL,
            properties={"layout": layout},
        )
        state.runs[run.id] = run
        return list(to_pairs(automation.robot_body(engine, inst, robot, run)))


def _poster(stage: Scene) -> str:
    return f"{stage.base_url}/handlers/robots/send"


def _pace(name: str, calls: Sequence[list[tuple[str, str]]], url: str) -> Pace:
    """Post all calls from a few threads; every one must be taken."""
    local = threading.local()

    def post(form: list[tuple[str, str]]) -> float:
        if not hasattr(local, "session"):
            local.session = requests.Session()
        started = time.perf_counter()
        answer = local.session.post(url, data=form, timeout=60)
        assert answer.status_code == 200, answer.text
        return (time.perf_counter() - started) * 1000

    started = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool:
        took = list(pool.map(post, calls))
    spent = time.perf_counter() - started
    p99 = statistics.quantiles(took, n=100)[98] if len(took) > 1 else took[0]
    return Pace(name, len(took) / spent, statistics.median(took), p99)


def _bare(folder: Path, calls: Sequence[list[tuple[str, str]]]) -> Pace:
    """Measure the ceiling: one row and one commit a call, in the same kind of server and database."""
    database = Database(f"sqlite:///{folder}/bare.db")
    table = Table(
        "calls", MetaData(), Column("id", Integer, primary_key=True), Column("body", String)
    )
    table.metadata.create_all(database.engine)
    app = Flask("bare")

    @app.post("/")
    def take() -> str:
        with database.transaction() as session:
            session.execute(insert(table).values(body=str(request.form.to_dict(flat=False))))
        return ""

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        return _pace("bare Flask, one insert", calls, f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        database.close()


def _count(stage: Scene, layout: str) -> None:
    """Print how many calls to the portal one unattended envelope costs until its rule is answered."""
    log, found = stage.portal.state.rest_log, []
    for number in range(COUNTED):
        form = _call(stage, layout, FIRST_ID + DEALS + number)
        log.clear()
        assert requests.post(_poster(stage), data=form, timeout=60).status_code == 200
        wanted = str(FIRST_ID + DEALS + number)
        until("the envelope", lambda wanted=wanted: _sent(stage, wanted))
        stage.settle()
        found.append(list(log))
    made = found[-1]
    alone = Counter(one.method for one in made if not one.batched and one.method != "batch")
    batches = sum(one.method == "batch" for one in made)
    making = sum(count for method, count in alone.items() if method.startswith(MAKING))
    total = statistics.median(sum(not one.batched for one in many) for many in found)
    print(
        f"calls to the portal, one unattended envelope: {total:.0f}, of these {making} make the document"
    )
    print(f"  batches {batches}; alone: {dict(alone)}")


def _sent(stage: Scene, deal_id: str) -> bool:
    with stage.tools.database.reading() as session:
        query = select(Envelope.status).where(Envelope.entity_id == deal_id)
        return session.execute(query).scalar_one_or_none() == "sent"


@contextmanager
def _unhurried(stage: Scene) -> Iterator[None]:
    """Empty our bucket of calls again and again."""
    over = threading.Event()

    def empty() -> None:
        while not over.wait(0.5):
            with stage.tools.database.transaction() as session:
                session.execute(delete(RateLimit))

    thread = threading.Thread(target=empty, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _campaign(stage: Scene) -> int:
    """Work all calls off under kills at random moments; print and judge what came of it."""
    rng = random.Random(SEED)
    started = time.perf_counter()
    stage.worker.start(LOG_LEVEL="WARNING")
    with _unhurried(stage):
        for _ in range(KILLS):
            time.sleep(rng.uniform(1.0, 6.0))
            stage.worker.kill()
        until("all envelopes sent", lambda: _over(stage) >= DEALS, patience_s=PATIENCE_S, poll_s=1)
        spent = time.perf_counter() - started
        stage.settle(patience_s=PATIENCE_S)
    print(f"worked off: {DEALS} in {spent:.0f} s, {DEALS / spent * 60:.0f} documents/min, "
          f"{stage.worker.deaths} deaths of the worker (seed {SEED})")  # fmt: skip
    return _judge(stage)


def _over(stage: Scene) -> int:
    with stage.tools.database.reading() as session:
        query = select(func.count()).select_from(RobotCallRow)
        return (
            session.execute(
                query.where(
                    RobotCallRow.event_token.startswith("bench|"),
                    RobotCallRow.answered_at.is_not(None),
                )
            ).scalar_one()
            - COUNTED
        )


def _judge(stage: Scene) -> int:
    ids = {str(FIRST_ID + number) for number in range(DEALS)}
    with stage.tools.database.reading() as session:
        made = {
            one.id: one
            for one in session.execute(select(Envelope)).scalars()
            if one.entity_id in ids
        }
        sent = Counter(
            one.envelope_id
            for one in session.execute(
                select(AuditRow).where(AuditRow.kind == EventKind.SENT)
            ).scalars()
            if one.envelope_id in made
        )
        asked = Counter(
            one.envelope_id
            for one in session.execute(
                select(Delivery).where(Delivery.purpose == "invitation")
            ).scalars()
            if one.envelope_id in made
        )
    with stage.portal.state.lock:
        cards = Counter(
            one.origin_id for one in stage.portal.state.activities.values() if one.origin_id in made
        )
        runs = [one for one in stage.portal.state.runs.values() if str(one.deal_id) in ids]
    faults: list[tuple[str, Callable[[], bool]]] = [
        ("one envelope a deal", lambda: Counter(one.entity_id for one in made.values()) == Counter(ids)),
        ("each sent once", lambda: sorted(sent.values()) == [1] * DEALS),
        ("each invitation once", lambda: sorted(asked.values()) == [1] * DEALS),
        ("one card each", lambda: sorted(cards.values()) == [1] * DEALS),
        ("every rule answered: sent", lambda: all(
            one.status == "completed" and one.return_values.get("status") == "sent" for one in runs
        )),
    ]  # fmt: skip
    outcomes = [(name, holds()) for name, holds in faults]
    for name, holds in outcomes:
        print(f"  {name:40} {'yes' if holds else 'NO'}")
    return 0 if all(holds for _, holds in outcomes) else 1


if __name__ == "__main__":
    raise SystemExit(main())
