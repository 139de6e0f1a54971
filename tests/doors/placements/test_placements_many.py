"""Many at once from the main page: look, send, pause, go on, table."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

from app.actions import many as sending
from app.actions import prepare, robot
from app.core.draft import DraftForm
from app.store import layouts, templates
from app.store.tables import Envelope, ManyRun, RobotCallRow
from tests.frame_kit import DEAL, Frame, Portal, make_ready, send_now

RUN = "/placements/many/run/"


@pytest.fixture
def layout_id(portal: Portal) -> str:
    """A layout that one document sent by hand left."""
    with portal.services.database.reading() as session:
        chosen = templates.current(session, portal.who().portal_id)[0]
    form = DraftForm(
        key="key-of-the-page",
        source_kind="template",
        source_id=chosen.id,
        our_user="1",
        contact="1",
        channel="email",
    )
    made = prepare.create(portal.services, portal.who(), DEAL, form)
    make_ready(portal.services, made)
    send_now(portal.services, made)
    with portal.services.database.reading() as session:
        return layouts.used_last(session, portal.who().portal_id)[0].id


def page(portal: Portal, user: int = 1) -> Frame:
    frame = portal.open("DEFAULT", {}, user)
    frame.page = frame.get("/placements/many/start")
    return frame


def begin(frame: Frame, layout_id: str, *deals: str, key: str = "a-page-key") -> str:
    asked = {"key": key, "layout": layout_id, "name": "x", "records": [[d, f"={d}"] for d in deals]}
    answer = frame.post_json("/placements/many/begin", asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json["path"]).removeprefix(RUN)


def beat(portal: Portal, run_id: str, ahead: int = 20) -> int:
    """Let the run's flow have its turn."""
    with portal.services.database.reading() as session:
        turn = str(session.get_one(ManyRun, run_id).turn)
    return sending.go_on(portal.services, run_id, turn, "0", ahead=ahead)


def asked(portal: Portal, run_id: str) -> list[RobotCallRow]:
    query = select(RobotCallRow).where(
        RobotCallRow.run_id == run_id, RobotCallRow.asked_at.is_not(None)
    )
    with portal.services.database.reading() as session:
        return list(session.execute(query.order_by(RobotCallRow.event_token)).scalars())


def test_a_look_shows_who_would_be_asked_and_sends_nothing(portal: Portal, layout_id: str) -> None:
    frame = page(portal)
    assert layout_id in frame.html
    stage = portal.emulator.state.deals[3].stage_id
    found = frame.post("/placements/many/look", stage=stage, words="").text
    assert "Inès Garnier" in found
    every = frame.post("/placements/many/look", stage="", words="").text
    assert "is-missing" in every
    with portal.services.database.reading() as session:
        assert len(session.execute(select(Envelope)).scalars().all()) == 1


def test_the_same_page_sends_once(portal: Portal, layout_id: str) -> None:
    frame = page(portal)
    first = begin(frame, layout_id, "3", "4")
    assert begin(frame, layout_id, "3", "4") == first
    beat(portal, first)
    assert len(asked(portal, first)) == 2
    beat(portal, first)
    assert len(asked(portal, first)) == 2


def test_a_run_has_few_records_under_way_and_a_paused_one_asks_for_no_more(
    portal: Portal, layout_id: str
) -> None:
    frame = page(portal)
    run_id = begin(frame, layout_id, "3", "4")
    assert beat(portal, run_id, 1) == 2
    assert [one.entity_id for one in asked(portal, run_id)] == ["3"]
    assert 'data-testid="many-resume"' in frame.post(f"{RUN}{run_id}/pause").text
    assert beat(portal, run_id, 1) == 0
    assert 'data-testid="many-pause"' in frame.post(f"{RUN}{run_id}/resume").text
    assert sending.go_on(portal.services, run_id, "0", "5") == 0
    robot.answer_failure(portal.services, asked(portal, run_id)[0].id, "Refused.", {})
    beat(portal, run_id, 1)
    assert [one.entity_id for one in asked(portal, run_id)] == ["3", "4"]


def test_the_table_says_what_is_missing_and_computes_nothing(
    portal: Portal, layout_id: str
) -> None:
    frame = page(portal)
    run_id = begin(frame, layout_id, "3", "5")
    beat(portal, run_id)
    for call in asked(portal, run_id):
        try:
            prepare.draft_for_rule(portal.services, call.id)
        except prepare.BadInput as error:
            robot.answer_failure(portal.services, call.id, error.message_key, {})
    answer = frame.get(f"{RUN}{run_id}/table")
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0][0] in ("Deal", "Affaire")
    assert [(row[0], row[1]) for row in rows[1:]] == [("3", "'=3"), ("5", "'=5")]
    assert rows[1][3].startswith("P-")
    assert "e-mail" in rows[2][4]


def test_another_persons_run_looks_like_none(portal: Portal, layout_id: str) -> None:
    run_id = begin(page(portal), layout_id, "3")
    other = page(portal, 2)
    assert other.get(RUN + run_id).status_code == 404
    assert other.post(f"{RUN}{run_id}/pause").status_code == 404


@pytest.mark.parametrize("records", [[], "x", [["3"]], [["x", "y"]], [["3", "t"]] * 3000, None])
def test_odd_records_are_refused(portal: Portal, layout_id: str, records: object) -> None:
    body = {"key": "a-page-key", "layout": layout_id, "records": records}
    assert page(portal).post_json("/placements/many/begin", body).status_code == 422
