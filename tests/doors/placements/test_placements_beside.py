"""A field that did not find its place: last time and now side by side, one question, and nothing sent before."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from app.store import envelopes
from tests.doors.placements.test_placements_wizard import CREATE, draft, sent_layout, stored
from tests.frame_kit import Frame, Portal, envelope_of, make_ready, placed


def asking(portal: Portal) -> tuple[Frame, str, str]:
    """Return a frame on deal 3, a draft there by the layout of deal 1, and the id of its document."""
    sent_layout(portal)
    frame = portal.wizard("3")
    layout_id = frame.html.split('name="layout_id" value="')[1].split('"')[0]
    made = frame.post(CREATE, key=uuid4().hex, layout_id=layout_id, at_once="yes")
    envelope_id = envelope_of(made)
    document_id = make_ready(portal.services, envelope_id)
    with portal.services.database.transaction() as session:
        envelope = envelopes.lock(session, envelope_id)
        envelope.prepare_state, envelope.auto_send = "asking", False
        row = next(one for one in envelopes.fields(session, envelope_id) if one.role == "client")
        row.question, row.from_tag = "moved", False
    return frame, envelope_id, document_id


def fields_of(portal: Portal, envelope_id: str) -> list[dict[str, Any]]:
    with portal.services.database.reading() as session:
        rows = envelopes.fields(session, envelope_id)
    names = ("key", "kind", "role", "page", "x", "y", "w", "h")
    return [
        {**{name: getattr(row, name) for name in names}, "document": row.document_id}
        for row in rows
    ]


def test_the_question_shows_both_pages_and_its_answer_makes_the_draft_ready(portal: Portal) -> None:
    frame, envelope_id, document_id = asking(portal)
    shown = frame.get(f"/placements/wizard/{envelope_id}/progress").text
    assert 'data-controller="beside"' in shown
    asked = frame.get(f"/placements/beside/{envelope_id}").text
    assert asked.count('data-testid="beside"') == 1
    assert f"/placements/beside/{envelope_id}/0/1" in asked
    assert f"/placements/wizard/{envelope_id}/pages/{document_id}/1" in asked
    assert frame.get(f"/placements/beside/{envelope_id}/0/1").mimetype == "image/webp"
    answered = frame.post(f"/placements/beside/{envelope_id}/answer", key="client-signature-1")
    assert answered.json == {"left": 0}
    assert stored(portal, envelope_id).prepare_state == "ready"


def test_saving_other_fields_answers_no_question_and_sending_is_refused(portal: Portal) -> None:
    frame, envelope_id, document_id = asking(portal)
    more = [*fields_of(portal, envelope_id), placed(document_id, kind="text")]
    frame.post_json(f"/placements/wizard/{envelope_id}/fields", {"fields": more})
    assert stored(portal, envelope_id).prepare_state == "asking"
    assert frame.post(f"/placements/wizard/{envelope_id}/send").status_code == 422


def test_a_field_moved_by_hand_needs_no_answer(portal: Portal) -> None:
    frame, envelope_id, _ = asking(portal)
    moved = [
        {**one, "y": one["y"] + 0.1} if one["role"] == "client" else one
        for one in fields_of(portal, envelope_id)
    ]
    frame.post_json(f"/placements/wizard/{envelope_id}/fields", {"fields": moved})
    assert stored(portal, envelope_id).prepare_state == "ready"


def test_the_page_of_last_time_is_not_shown_to_who_may_not_see_its_record(portal: Portal) -> None:
    frame, envelope_id, _ = asking(portal)
    portal.emulator.engine.faults.add("crm.item.get", "ACCESS_DENIED", times=None)
    assert frame.get(f"/placements/beside/{envelope_id}/0/1").status_code == 404


def test_a_draft_of_another_record_has_no_question_here(portal: Portal) -> None:
    _, envelope_id, _ = asking(portal)
    other, _ = draft(portal)
    assert other.get(f"/placements/beside/{envelope_id}").status_code == 404
