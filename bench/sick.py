"""A sick portal: three calls in ten fail, in six ways, by chance with a seed; all is written back all the same.

Each envelope reads its record, shows its card at three moments with the triggers, puts the sealed PDF into a
comment and ends as on a healthy portal. Time is the pretend portal's: a wait moves its clock on. What must hold:
all done, no card or comment twice, and never a call above the rate.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from app import logs
from app.actions import card, install, report
from app.actions.install import Arrival
from app.core.evidence import EventKind
from app.crm import records
from app.errors import ParaphError
from app.services import Services, build, lay_out
from app.settings import Settings
from app.store import audit, envelopes, installations
from app.store.tables import Document, Envelope, Recipient
from emulator import server
from emulator.demo_data import CLIENT_ID, CLIENT_SECRET
from emulator.server import Emulator

WAYS = (
    "QUERY_LIMIT_EXCEEDED",
    "INTERNAL_SERVER_ERROR",
    "html",
    "cut",
    "error_after",
    "OPERATION_TIME_LIMIT",
)
SHARE = 0.30
SEED = 20261124
MOST_TRIES = 400
PDF = b"%PDF-1.7\n" + b"0" * 20_000


@dataclass
class Outcome:
    """What became of it. `above_rate`: calls the portal refused because we were too fast."""

    wanted: int
    done: int = 0
    cards: int = 0
    comments: int = 0
    calls: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    above_rate: int = 0
    renewals: int = 0
    portal_s: float = 0.0
    real_s: float = 0.0

    @property
    def duplicates(self) -> int:
        return (self.cards - self.wanted) + (self.comments - self.wanted)

    @property
    def holds(self) -> bool:
        return self.done == self.wanted and self.duplicates == 0 and self.above_rate == 0

    def lines(self) -> list[str]:
        share = 100 * sum(self.failed.values()) / max(1, self.calls)
        ways = ", ".join(f"{kind} {count}" for kind, count in sorted(self.failed.items()))
        return [
            f"sick portal, seed {SEED}: {self.done} of {self.wanted} envelopes written back",
            f"calls {self.calls}, failed {share:.0f} % ({ways})",
            f"cards {self.cards}, comments {self.comments}: {self.duplicates} duplicates",
            f"calls above the rate: {self.above_rate}; token renewals {self.renewals}",
            f"portal's time {self.portal_s / 60:.0f} min at {self.calls / max(1.0, self.portal_s):.2f} "
            f"calls/s, real time {self.real_s:.0f} s",
        ]


def run(wanted: int) -> Outcome:
    """Write `wanted` envelopes back to a sick portal and count."""
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        server.start(converter=lambda *_: PDF, docgen_delay_s=0.0, queue_delay_s=0.0) as portal,
    ):
        began = portal.state.now()
        services = installed(portal, Path(folder))
        make_sick(portal)
        outcome = Outcome(wanted)
        for number in range(wanted):
            outcome.done += one(services, portal, deal=str(1 + number % 7))
        count(portal, outcome)
        outcome.portal_s = (portal.state.now() - began).total_seconds()
        services.database.close()
    outcome.real_s = time.monotonic() - started
    return outcome


def make_sick(portal: Emulator) -> None:
    for number, kind in enumerate(WAYS):
        left = 1 - SHARE / len(WAYS) * number
        status = 502 if kind == "html" else 0
        portal.engine.faults.add(
            "*", kind, times=None, probability=SHARE / len(WAYS) / left, seed=SEED + number,
            status=status, members=False,
        )  # fmt: skip


def installed(portal: Emulator, folder: Path) -> Services:
    """Return our services on the pretend portal's clock, with the app installed there."""
    settings = Settings(
        data=folder, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, oauth_url=portal.oauth_url,
        base_url=portal.app_url, local_portals=True, log_level="ERROR",
    )  # fmt: skip
    services = build(settings, now=portal.state.now)
    state = portal.state
    services = replace(
        services,
        portals=replace(
            services.portals, clock=lambda: state.now().timestamp(), sleep=state.advance
        ),
    )
    lay_out(services)
    portal.engine.start_install(CLIENT_ID, 1)
    frame = portal.engine.open_placement(1, "DEFAULT", {})
    proven = services.portals.prover.prove(frame.fields["AUTH_ID"])
    portal_id = install.save(
        services,
        Arrival(proven, frame.fields["AUTH_ID"], frame.fields["REFRESH_ID"], 3600, "token", "en"),
    )
    install.match(services, portal_id)
    portal.engine.finish_install(CLIENT_ID)
    return services


def one(services: Services, portal: Emulator, *, deal: str) -> bool:
    """Write one envelope back, as often as it takes; return whether that came to an end."""
    envelope = envelope_row(services, deal)
    client = services.portals.client(envelope.portal_id)
    steps: list[Callable[[], object]] = [
        lambda: records.read_snapshot(
            client, entity_type_id=2, entity_id=deal, now=datetime.now(UTC)
        ),
        lambda: card.show_card(services, envelope.id, holder="sick"),
        lambda: happen(services, envelope.id, EventKind.VIEWED, "sent"),
        lambda: card.show_card(services, envelope.id, holder="sick"),
        lambda: happen(services, envelope.id, EventKind.SEALED, "sealed"),
        lambda: card.show_card(services, envelope.id, holder="sick"),
        lambda: report.write_comment(services, envelope.id),
    ]
    return all(insisted(step, portal) for step in steps)


def insisted(step: Callable[[], object], portal: Emulator) -> bool:
    """Do one step as the durable engine does: again, later, while time can mend it."""
    wait_s = 0.5
    for _ in range(MOST_TRIES):
        try:
            step()
        except ParaphError as error:
            if not error.retryable:
                return False
            portal.state.advance(wait_s)
            wait_s = min(wait_s * 2, 900.0)
        else:
            return True
    return False


def happen(services: Services, envelope_id: str, kind: EventKind, status: str) -> None:
    with services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        envelope.status = status
        audit.record(session, envelope, kind, at=services.now(), actor="system")


def envelope_row(services: Services, deal: str) -> Envelope:
    """Store a sent envelope with one signer and a sealed paper, and return it."""
    ident, digest = uuid4().hex, services.files.put(PDF)
    with services.database.transaction() as session:
        portal_id = installations.active(session)[0].portal_id
        envelope = Envelope(
            id=ident, portal_id=portal_id, number=f"P-{ident[:12]}", entity_type_id=2, entity_id=deal,
            record_title="Deal", title="Agreement", status="sent", document_type="template:x", source={},
            created_by="1", sender_name="Claire Lumen", created_at=services.now(), sent_at=services.now(),
        )  # fmt: skip
        session.add(envelope)
        session.flush()
        session.add(
            Document(
                id=uuid4().hex,
                portal_id=portal_id,
                envelope_id=ident,
                name="Agreement",
                sealed_digest=digest,
            )
        )
        session.add(
            Recipient(
                id=uuid4().hex,
                portal_id=portal_id,
                envelope_id=ident,
                role_key="client",
                name="Jean Exemple",
            )
        )
        audit.record(session, envelope, EventKind.SENT, at=services.now(), actor="portal_user:1")
    return envelope


def count(portal: Emulator, outcome: Outcome) -> None:
    """Read from the portal's side what truly happened there."""
    state = portal.state
    outcome.cards = sum(
        1 for a in state.activities.values() if a.provider_id == "CONFIGURABLE_REST_APP"
    )
    outcome.comments = sum(1 for e in state.timeline.values() if e.kind == "comment")
    outcome.above_rate = portal.gate.gauge.refused
    for rule in portal.engine.faults.rules:
        outcome.failed[rule.kind] += rule.hits
    # What fails before the work is done is refused before it reaches the bucket.
    early = sum(n for kind, n in outcome.failed.items() if kind not in ("cut", "error_after"))
    outcome.calls = portal.gate.gauge.taken + early
    outcome.renewals = sum(1 for t in state.tokens.values() if t.refreshed)


def main(wanted: int = 1_000) -> int:
    """Print the outcome; return the exit code."""
    logs.configure("ERROR")
    outcome = run(wanted)
    print("\n".join(outcome.lines()))
    return 0 if outcome.holds else 1
