"""The five requests of docs/flows.md, each from its knock to its effect in the portal."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.actions.file_field import CHOSEN
from app.core.evidence import EventKind
from app.settings import ROOT
from app.store import envelopes, installations
from app.store.tables import Envelope, Installation, PortalToken
from emulator.demo_data import CLIENT_ID
from tests.journeys.hands import Signer, install, link_to
from tests.journeys.kit import Scene, until
from tests.journeys.story import (
    CLIENT,
    CONTRACT,
    DIRECTOR,
    Story,
    answers,
    newest_layout,
    send_by_hand,
    send_by_layout,
    send_by_rule,
)

pytestmark = [pytest.mark.journey, pytest.mark.office]
REASON = "Le prix ne nous convient pas."


@pytest.fixture(scope="module")
def signed(office_stage: Scene) -> Story:
    """A contract of ours: filled, printed, sent, signed by both, sealed, back on the deal."""
    office_stage.worker.start()
    choose_file_field(office_stage)
    story = send_by_hand(office_stage, source=CONTRACT)
    story.sign_all()
    office_stage.settle()
    return story


def choose_file_field(scene: Scene) -> None:
    """Have the signed document of a deal put into its file field, as an administrator's page does."""
    chosen = {"name": "ufCrmSigned", "title": "Contrat signé", "many": False}
    with scene.tools.database.transaction() as session:
        (portal,) = installations.active(session)
        installations.prefer(session, portal.portal_id, **{CHOSEN: {"2": chosen}})


def judged(scene: Scene, path: Path) -> int:
    """Return the exit code of the operator's command for a file."""
    command = [sys.executable, "-m", "app.cli", "verify", str(path)]
    environment = dict(scene.worker.environment)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def test_a_the_portal_matches_the_manifest_after_the_installation(office_stage: Scene) -> None:
    manifest = json.loads((ROOT / "install.json").read_text("utf-8"))
    found = office_stage.portal.state.installations[CLIENT_ID]
    assert found.finished
    kinds = office_stage.portal.state.smart_types
    wanted = {
        p["code"].replace("_n_", f"_{kind}_") for p in manifest["placements"] for kind in kinds
    }
    assert {p.placement for p in found.placements} == wanted
    rules = {code for code, robot in found.robots.items() if not robot.is_activity}
    assert rules == {robot["code"] for robot in manifest["robots"]}
    twins = {robot["code"] for robot in manifest["robots"] if robot.get("is_activity", True)}
    assert set(found.robots) - rules == {f"{code}_activity" for code in twins}
    assert set(found.triggers) == {trigger["code"] for trigger in manifest["triggers"]}
    assert {h.event for h in found.event_handlers} >= set(manifest["events"])


def test_a_installing_again_changes_nothing(office_stage: Scene) -> None:
    found = office_stage.portal.state.installations[CLIENT_ID]
    before = len(found.placements), len(found.event_handlers), len(found.triggers)
    install(office_stage)
    assert (len(found.placements), len(found.event_handlers), len(found.triggers)) == before


def test_b_and_e_a_contract_is_sent_signed_sealed_and_back_on_the_deal(signed: Story) -> None:
    signed.check()
    assert signed.mails().total() == len(signed.mails())
    assert signed.envelope.report_state == "done"


def test_e_the_sealed_file_stands_in_the_chosen_field_of_the_deal(
    office_stage: Scene, signed: Story
) -> None:
    state = office_stage.portal.state
    held = state.deals[int(signed.envelope.entity_id)].uf["ufCrmSigned"]
    assert state.files[held["file"]].content == signed.comments()[0][0]
    assert signed.envelope.filed["state"] == "done"


def test_e_the_sealed_file_is_judged_offline_and_one_changed_byte_is_refused(
    office_stage: Scene, signed: Story, tmp_path: Path
) -> None:
    whole, changed = tmp_path / "whole.pdf", tmp_path / "changed.pdf"
    whole.write_bytes(signed.comments()[0][0])
    content = bytearray(whole.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    assert judged(office_stage, whole) == 0
    assert judged(office_stage, changed) != 0


def test_b_the_same_layout_is_used_again_without_another_click(
    office_stage: Scene, signed: Story
) -> None:
    story = send_by_layout(office_stage, newest_layout(office_stage))
    story.sign_all()
    office_stage.settle()
    story.check()
    assert story.fields() == signed.fields()


def test_d_a_second_press_shows_the_same_page_and_signs_once(
    office_stage: Scene, signed: Story
) -> None:
    story = send_by_layout(office_stage, newest_layout(office_stage))
    ours = Signer(office_stage, link_to(office_stage, DIRECTOR, after=story.mails_before))
    form = ours.sign(needs_code=False)
    ours.submit(form)
    assert ours.stage() == "waiting"
    office_stage.settle()
    assert story.kinds()[EventKind.SIGNED] == 1


def test_d_the_client_has_no_link_before_ours_has_signed(
    office_stage: Scene, signed: Story
) -> None:
    story = send_by_layout(office_stage, newest_layout(office_stage))
    link_to(office_stage, DIRECTOR, after=story.mails_before)
    office_stage.settle()
    mails = office_stage.portal.state.mails[story.mails_before :]
    assert [mail.recipients for mail in mails if "/s/" in mail.text] == [[DIRECTOR]]


def test_c_a_rule_called_twice_makes_one_envelope_and_hears_why_it_was_declined(
    office_stage: Scene, signed: Story
) -> None:
    before = answers(office_stage)
    office_stage.portal.engine.faults.add("robot:paraph_send", "duplicate")
    made = count(office_stage)
    story, run = send_by_rule(office_stage, newest_layout(office_stage))
    Signer(office_stage, link_to(office_stage, DIRECTOR, after=story.mails_before)).sign(
        needs_code=False
    )
    Signer(office_stage, link_to(office_stage, CLIENT, after=story.mails_before)).decline(REASON)
    office_stage.settle()
    assert count(office_stage) == made + 1
    assert story.envelope.status == "declined"
    assert run.return_values["status"] == "declined"
    assert run.return_values["reason"] == REASON
    assert answers(office_stage) == before + 1


def test_c_a_rule_hears_in_its_portals_words_why_nothing_was_sent(
    office_stage: Scene, signed: Story
) -> None:
    engine = office_stage.portal.engine
    rule = engine.add_rule("EXECUTING", "paraph_send", {"layout": "gone", "wait": "sent"})
    engine.move_deal(5, "EXECUTING", 1)
    engine.remove_rule(rule.id)
    runs = office_stage.portal.state.runs
    run = next(run for run in runs.values() if run.rule_id == rule.id)
    until("the rule's answer", lambda: run.status == "completed")
    assert run.return_values["status"] == "failed"
    assert run.return_values["reason"].startswith("La mise en page de cette règle n’existe plus.")


def test_a_an_uninstalled_app_forgets_its_tokens_and_keeps_its_evidence(
    office_stage: Scene, signed: Story
) -> None:
    office_stage.settle()
    office_stage.portal.engine.uninstall_app(CLIENT_ID, 1)
    office_stage.portal.engine.outbox.wait_idle()
    with office_stage.tools.database.reading() as session:
        portal = session.execute(select(Installation)).scalars().one()
        kept = session.execute(select(func.count()).select_from(PortalToken)).scalar_one()
        envelopes.get(session, signed.envelope_id)
    assert (portal.state, kept) == ("closed", 0)
    assert signed.kinds()[EventKind.SEALED] == 1


def count(scene: Scene) -> int:
    """Return how many envelopes there are."""
    with scene.tools.database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Envelope)).scalar_one())
