"""The main job from Send to the sealed PDF on the deal, and what must be true once it is over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from app.core import evidence
from app.core.evidence import EventKind
from app.sealing.verify import verify
from app.store import audit, deliveries, envelopes, layouts
from app.store.tables import Envelope, Installation, Recipient, RobotCallRow
from emulator.state import DEAL, RobotRun
from tests.journeys.hands import Seller, Signer, link_to, our_template
from tests.journeys.kit import Scene, until

DEAL_ID = 6
CLIENT = "claire.verdier@example.com"
PHONE = "+33199000221"
TO_CLAIRE = {"contact": "1", "email": CLIENT, "needs_code": "yes"}
DIRECTOR = "helene.marchand@example.com"
QUOTE = "portal_template:2"
"""A template of the portal's own generator: its documents need no LibreOffice of ours."""
STAGE = "EXECUTING"
RESUMED_WITHIN_S = 60.0
OTHER_QUOTE = "portal_template:1"
CONTRACT = "services_contract.fr"
"""A template of ours, filled by docxtpl and printed by LibreOffice; its tags place the signatures."""


@dataclass(frozen=True)
class Story:
    """One envelope on its way."""

    scene: Scene
    envelope_id: str
    mails_before: int
    client: str = CLIENT
    """Where the client is reached."""

    @property
    def envelope(self) -> Envelope:
        with self.scene.tools.database.reading() as session:
            return envelopes.get(session, self.envelope_id)

    @property
    def people(self) -> list[Recipient]:
        with self.scene.tools.database.reading() as session:
            return envelopes.recipients(session, self.envelope_id)

    def sign_all(self) -> None:
        """Both sign by the links in their mails: our director without a code, the client with one."""
        Signer(self.scene, link_to(self.scene, DIRECTOR, after=self.mails_before)).sign(
            needs_code=False
        )
        link = link_to(self.scene, self.client, after=self.mails_before)
        Signer(self.scene, link, self.client).sign(needs_code=True)

    def kinds(self) -> Counter[EventKind]:
        """Return how often each kind of event stands in the chain, which must hold."""
        with self.scene.tools.database.reading() as session:
            events = audit.events(session, self.envelope_id)
        assert evidence.check_chain([evidence.to_json(event) for event in events]) is None
        return Counter(event.kind for event in events)

    def sealed(self) -> bytes:
        """Return the sealed PDF as it is stored."""
        with self.scene.tools.database.reading() as session:
            paper = envelopes.documents(session, self.envelope_id)[0]
        return self.scene.tools.files.get(paper.sealed_digest)

    def fields(self) -> dict[str, int]:
        """Return how many places to sign each side has."""
        with self.scene.tools.database.reading() as session:
            rows = envelopes.fields(session, self.envelope_id)
        return dict(Counter(row.role for row in rows if row.kind == "signature"))

    def comments(self) -> list[list[bytes]]:
        """Return the files of each comment on the deal that names this envelope's number."""
        envelope, state = self.envelope, self.scene.portal.state
        with state.lock:
            return [
                [state.files[file_id].content for file_id in entry.file_ids]
                for entry in state.timeline.values()
                if entry.kind == "comment" and envelope.number in entry.text
            ]

    def cards(self) -> int:
        """Return how many status cards of this envelope the portal shows."""
        state = self.scene.portal.state
        with state.lock:
            activities = list(state.activities.values())
        return sum(one.origin_id == self.envelope_id for one in activities)

    def mails(self) -> Counter[str]:
        """Return how often each of this envelope's messages arrived, by delivery."""
        with self.scene.tools.database.reading() as session:
            asked = deliveries.of_envelope(session, self.envelope_id)
        state = self.scene.portal.state
        with state.lock:
            seen = Counter(mail.headers.get("Message-ID", "") for mail in state.mails)
            texts = Counter(sms.client_ref for sms in state.sms)
        return Counter(
            {
                f"{one.purpose} {one.id}": sum(
                    count for ident, count in (seen + texts).items() if one.id in ident
                )
                for one in asked
            }
        )

    def deliveries(self) -> list[str]:
        """Return the ids of the messages that were asked for."""
        with self.scene.tools.database.reading() as session:
            return [one.id for one in deliveries.of_envelope(session, self.envelope_id)]

    def mails_of(self, purpose: str) -> int:
        """Return how many messages of a purpose have arrived."""
        return sum(count for name, count in self.mails().items() if name.startswith(purpose))

    def check(self, *, deaths: int = 0) -> None:
        """Everything happened, and nothing twice, however often the worker was killed.

        A mail that was under way at a kill may come once more, under the same Message-ID: SMTP has no way to ask.
        """
        kinds = self.kinds()
        assert self.envelope.status == "sealed"
        assert all(person.state == "signed" for person in self.people)
        assert kinds[EventKind.SENT] == 1
        assert kinds[EventKind.SIGNED] == len(self.people)
        assert kinds[EventKind.COMPLETED] == kinds[EventKind.SEALED] == 1
        sealed = self.sealed()
        self._check_seal(sealed)
        assert self.comments() == [[sealed]]
        assert self.cards() == 1
        mails = self.mails()
        assert mails
        assert all(count >= 1 for count in mails.values()), mails
        assert max(mails.values()) <= 1 + deaths, mails

    def _check_seal(self, sealed: bytes) -> None:
        tools = self.scene.tools
        report = verify(sealed, trusted_roots=tools.seal_roots, tsa_roots=tools.tsa_roots)
        assert report.is_valid, report.reasons


def send_by_hand(
    scene: Scene, *, deal_id: int = DEAL_ID, source: str = QUOTE, **choices: str
) -> Story:
    """Choose a document, let it be prepared, place the signatures where it has none, and press Send."""
    before = len(scene.portal.state.mails)
    seller = Seller(scene, deal_id)
    page = seller.open()
    is_ours = source == CONTRACT
    if is_ours:
        source = our_template(page, CONTRACT)
    envelope_id = seller.create(source=source, **{**TO_CLAIRE, **choices})
    review = seller.wait_ready(envelope_id)
    if not is_ours:
        seller.place_signatures(envelope_id, review)
    seller.send(envelope_id)
    return Story(scene, envelope_id, before, choices.get("phone", CLIENT))


def send_by_layout(scene: Scene, layout_id: str, *, deal_id: int = DEAL_ID) -> Story:
    """Sign, "Use this layout": prepared and sent without another click."""
    before = len(scene.portal.state.mails)
    seller = Seller(scene, deal_id)
    seller.open()
    return Story(scene, seller.use_layout(layout_id), before)


def portal_documents(scene: Scene, deal_id: int = DEAL_ID) -> int:
    """Return how many documents the portal's generator made for the deal."""
    state = scene.portal.state
    with state.lock:
        return sum(
            (one.entity_type_id, one.entity_id) == (DEAL, deal_id)
            for one in state.documents.values()
        )


def newest_layout(scene: Scene) -> str:
    """Return the id of the layout that was used last."""
    with scene.tools.database.reading() as session:
        portal = session.execute(select(Installation)).scalars().one()
        return layouts.used_last(session, portal.portal_id, limit=1)[0].id


def finish_under(scene: Scene, story: Callable[[], Story], kill_after: str) -> Story:
    """Run a story to its end with a worker that is killed once at `kill_after`, and check its outcome."""
    scene.worker.start(KILL_AFTER=kill_after)
    told = story()
    finish(told)
    return told


def finish(told: Story) -> None:
    """Sign, wait until nothing is under way, and check that one death of the worker did no harm."""
    told.sign_all()
    told.scene.settle(patience_s=RESUMED_WITHIN_S)
    assert told.scene.worker.deaths == 1, told.scene.tail()
    told.check(deaths=1)


def send_by_rule(scene: Scene, layout_id: str, *, deal_id: int = DEAL_ID) -> tuple[Story, RobotRun]:
    """Drag the deal to a stage with our rule; return the envelope that comes of it, and the rule's run."""
    before, engine = len(scene.portal.state.mails), scene.portal.engine
    rule = engine.add_rule(
        STAGE, "paraph_send", {"layout": layout_id, "wait": "finished", "if_open": "another"}
    )
    engine.move_deal(deal_id, "PREPARATION", 1)
    engine.move_deal(deal_id, STAGE, 1)
    engine.remove_rule(rule.id)
    run = next(r for r in scene.portal.state.runs.values() if r.rule_id == rule.id)
    return Story(scene, until("the rule's envelope", lambda: _of_rule(scene, run)), before), run


def _of_rule(scene: Scene, run: RobotRun) -> str:
    with scene.tools.database.reading() as session:
        query = select(RobotCallRow).where(RobotCallRow.event_token == run.event_token)
        call = session.execute(query).scalar_one_or_none()
        return call.envelope_id if call else ""


def answers(scene: Scene) -> int:
    """Return how often a rule was answered with success."""
    log = list(scene.portal.state.rest_log)
    return sum(one.method == "bizproc.event.send" and not one.error for one in log)
