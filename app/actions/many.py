"""Many at once: whom a stage of deals would send to, the sending itself, its pause and its table.

Each record is a call like a rule's, so it is sent at most once, waits out a portal that is away, and goes on
after a restart. They are asked for a few at a time: a pause takes effect within seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import csv_safe
from app.core.record import PortalUser
from app.core.rule import SEND
from app.crm import deal_stages
from app.crm.deal_stages import Candidate, Stage
from app.errors import BadInput, NotFound, WrongState
from app.services import Services
from app.store import layouts, many, once, rule_layouts
from app.store.many import Outcome, Progress
from app.store.tables import Layout, ManyRun, RobotCallRow

LIMIT = 1_000
AHEAD = 20
"""Records under way at a time, of one run."""
LOOKS_AGAIN_S = 2.0
SHOWN_LAYOUTS = 30
DEAL = 2


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen: stages, layouts, and this person's runs so far."""

    stages: tuple[Stage, ...]
    layouts: tuple[Layout, ...]
    runs: tuple[ManyRun, ...]


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands."""

    run: ManyRun
    progress: Progress
    outcomes: tuple[Outcome, ...]
    minutes_left: int
    """At the pace so far; 0 while nothing is over."""


def choices(services: Services, who: PortalUser) -> Choices:
    """Return what can be sent and to which stages. Raises PortalErrors."""
    with services.database.reading() as session:
        known = tuple(layouts.used_last(session, who.portal_id, limit=SHOWN_LAYOUTS))
        runs = tuple(many.of_user(session, who.portal_id, who.user_id))
    client = services.portals.client(who.portal_id, who.user_id)
    return Choices(deal_stages.stages(client), known, runs)


def look(services: Services, who: PortalUser, *, stage: str, words: str) -> tuple[Candidate, ...]:
    """Return the deals of a stage that this person sees, with who would be asked; sends nothing."""
    client = services.portals.client(who.portal_id, who.user_id)
    return deal_stages.candidates(client, stage_id=stage, words=words.strip()[:80], limit=LIMIT)


def begin(
    services: Services,
    who: PortalUser,
    *,
    key: str,
    layout_id: str,
    name: str,
    records: Sequence[tuple[str, str]],
) -> str:
    """Keep the run and ask for its work; return its id. The same `key` again returns the same run.

    records: (id, title) of deals. Raises BadInput when there is nothing to send, or too many.
    """
    if not 8 <= len(key) <= 80 or not 0 < len(records) <= LIMIT:
        raise BadInput("Choose up to {limit} records.", field="records", limit=LIMIT)
    run_id = services.secrets.keyed_hash("many", f"{who.portal_id}:{who.user_id}:{key}")[:32]
    now = services.now()
    with services.database.transaction() as session:
        if session.get(ManyRun, run_id) is not None:
            return run_id
        layout = layouts.find(session, who.portal_id, layout_id)
        if layout is None:
            raise BadInput("Choose a document first.", field="layout")
        wishes = {"layout": rule_layouts.name(session, who.portal_id, layout), "if_open": "leave"}
        run = ManyRun(
            id=run_id,
            portal_id=who.portal_id,
            user_id=who.user_id,
            name=name.strip()[:200] or layout.name,
            properties=wishes,
            created_at=now,
        )
        if not once.add(session, run):
            return run_id
        for number, record in enumerate(dict(records).items()):
            session.add(_call(run, record, call_id=services.new_id(), number=number))
        session.flush()
        services.jobs.enqueue(session, "many", f"many:{run_id}:0:0", run_id, "0", "0")
    return run_id


def _call(run: ManyRun, record: tuple[str, str], *, call_id: str, number: int) -> RobotCallRow:
    """Return what one deal of the run is: a call of our rule that nobody waits for."""
    entity_id, title = record
    return RobotCallRow(
        id=call_id,
        portal_id=run.portal_id,
        event_token=f"many:{run.id}:{number:05d}",
        code=SEND,
        entity_type_id=DEAL,
        entity_id=entity_id,
        properties=run.properties,
        user_id=run.user_id,
        run_id=run.id,
        title=title[:200],
        received_at=run.created_at,
    )


def go_on(services: Services, run_id: str, turn: str, beat: str, *, ahead: int = AHEAD) -> int:
    """Ask for the next records of a running run, and for itself a moment later; return how many are left.

    turn: which start or resumption this belongs to: an older one ends. ahead: how many may be under way.
    """
    with services.database.transaction() as session:
        run = session.get_one(ManyRun, run_id, with_for_update=True)
        if run.state != "running" or str(run.turn) != turn:
            return 0
        now = many.progress(session, run_id)
        room = max(0, ahead - (now.asked - now.over))
        for call in many.waiting(session, run_id, room):
            call.asked_at = services.now()
            services.jobs.enqueue(session, "robot", f"robot:{call.id}", call.id)
        left = now.total - now.over
        if not left:
            run.state, run.finished_at = "done", services.now()
            return 0
        following = str(int(beat) + 1)
        key = f"many:{run_id}:{turn}:{following}"
        services.jobs.enqueue(session, "many", key, run_id, turn, following, delay_s=LOOKS_AGAIN_S)
    return left


def pause(services: Services, who: PortalUser, run_id: str) -> None:
    """Send nothing more of the run until it is resumed; what is under way comes to its end."""
    with services.database.transaction() as session:
        run = _mine(many.get(session, who.portal_id, run_id, lock=True), who)
        if run.state == "running":
            run.state = "paused"


def resume(services: Services, who: PortalUser, run_id: str) -> None:
    """Go on with a paused run; raises WrongState when it is over."""
    with services.database.transaction() as session:
        run = _mine(many.get(session, who.portal_id, run_id, lock=True), who)
        if run.state == "done":
            raise WrongState
        if run.state == "paused":
            run.state, run.turn = "running", run.turn + 1
            turn = str(run.turn)
            services.jobs.enqueue(session, "many", f"many:{run_id}:{turn}:0", run_id, turn, "0")


def view(services: Services, who: PortalUser, run_id: str) -> RunView:
    """Return the run as it stands; raises NotFound for another person's."""
    with services.database.reading() as session:
        run = _mine(many.get(session, who.portal_id, run_id), who)
        now = many.progress(session, run_id)
        rows = tuple(many.outcomes(session, run_id))
    passed_s = (services.now() - run.created_at).total_seconds()
    left_s = passed_s / now.over * (now.total - now.over) if now.over else 0.0
    return RunView(run, now, rows, minutes_left=round(left_s / 60 + 0.5) if left_s else 0)


def export(found: RunView, heads: Sequence[str], states: dict[str, str]) -> str:
    """Return the run's table as CSV that no spreadsheet computes; `states` names the states."""
    rows = [
        (one.entity_id, one.title, states.get(one.state, one.state), one.number, one.reason)
        for one in found.outcomes
    ]
    return csv_safe.table([heads, *rows])


def _mine(run: ManyRun, who: PortalUser) -> ManyRun:
    """Another's run looks like none; an administrator sees all of the portal."""
    if run.user_id != who.user_id and not who.is_admin:
        raise NotFound
    return run
