"""An automation rule's draft, and what is sent without a look."""

from __future__ import annotations

import pytest

from app.actions import prepare, send
from app.core.draft import DraftForm
from app.errors import BadInput
from app.store import envelopes, layouts, robot_calls, templates
from app.store.tables import Layout, RobotCallRow
from tests.frame_kit import DEAL, Portal, make_ready, send_now


def form(portal: Portal, **changes: object) -> DraftForm:
    with portal.services.database.reading() as session:
        first = templates.current(session, portal.who().portal_id)[0]
    values: dict[str, object] = {
        "key": "key-of-the-page",
        "source_kind": "template",
        "source_id": first.id,
        "our_user": "1",
        "contact": "1",
        "channel": "email",
        **changes,
    }
    return DraftForm(**values)  # type: ignore[arg-type]


def remembered(portal: Portal, **changes: object) -> Layout:
    """Send one document by hand; return the layout it left."""
    made = prepare.create(portal.services, portal.who(), DEAL, form(portal, **changes))
    make_ready(portal.services, made)
    send_now(portal.services, made)
    with portal.services.database.reading() as session:
        return layouts.used_last(session, portal.who().portal_id)[0]


def call(portal: Portal, deal: str = "3", **properties: str) -> str:
    """Keep a rule's call as its door does; return our id of it."""
    row = RobotCallRow(
        id=portal.services.new_id(),
        portal_id=portal.who().portal_id,
        event_token=portal.services.new_id(),
        code="paraph_send",
        entity_type_id=2,
        entity_id=deal,
        properties=properties,
        received_at=portal.services.now(),
    )
    with portal.services.database.transaction() as session:
        session.add(row)
    return row.id


def test_a_rule_makes_a_draft_for_the_other_card_to_be_sent_at_once(portal: Portal) -> None:
    layout = remembered(portal)
    call_id = call(portal, layout=layout.id)
    made = prepare.draft_for_rule(portal.services, call_id)
    with portal.services.database.reading() as session:
        envelope = envelopes.get(session, made)
        names = [person.name for person in envelopes.recipients(session, made)]
        assert robot_calls.get(session, call_id).envelope_id == made
    assert (envelope.origin, envelope.auto_send, envelope.entity_id) == ("rule", True, "3")
    assert names == ["Hélène Marchand", "Inès Garnier"]


def test_the_same_call_twice_makes_one_draft(portal: Portal) -> None:
    call_id = call(portal, layout=remembered(portal).id)
    first = prepare.draft_for_rule(portal.services, call_id)
    assert prepare.draft_for_rule(portal.services, call_id) == first


def test_the_rules_own_signer_and_channel_win(portal: Portal) -> None:
    layout = remembered(portal)
    wish = {"layout": layout.id, "our_signer": "user_2", "channel": "sms"}
    made = prepare.draft_for_rule(portal.services, call(portal, **wish))
    with portal.services.database.reading() as session:
        ours, theirs = envelopes.recipients(session, made)
    assert ours.portal_user_id == "2"
    assert theirs.channel == "sms"


def test_a_rule_whose_layout_is_gone_says_so(portal: Portal) -> None:
    with pytest.raises(BadInput, match="layout of this rule is gone"):
        prepare.draft_for_rule(portal.services, call(portal, layout="none"))


def test_a_card_without_addresses_stops_the_rule_with_a_reason(portal: Portal) -> None:
    layout = remembered(portal)
    with pytest.raises(BadInput, match="no e-mail address"):
        prepare.draft_for_rule(portal.services, call(portal, deal="5", layout=layout.id))


def test_a_rule_does_not_change_what_is_remembered(portal: Portal) -> None:
    layout = remembered(portal)
    made = prepare.draft_for_rule(portal.services, call(portal, layout=layout.id))
    make_ready(portal.services, made)
    assert send.send_prepared(portal.services, made) == "sent"
    with portal.services.database.reading() as session:
        (kept,) = layouts.used_last(session, portal.who().portal_id)
    assert (kept.id, kept.envelope_id) == (layout.id, layout.envelope_id)


def test_what_a_person_prepares_waits_for_their_button(portal: Portal) -> None:
    made = prepare.create(portal.services, portal.who(), DEAL, form(portal))
    make_ready(portal.services, made)
    assert send.send_prepared(portal.services, made) == "ready"
    with portal.services.database.reading() as session:
        assert envelopes.get(session, made).status == "draft"


def test_what_cannot_be_sent_at_once_becomes_a_question(portal: Portal) -> None:
    layout = remembered(portal)
    made = prepare.draft_for_rule(portal.services, call(portal, layout=layout.id))
    make_ready(portal.services, made, signatures=False)
    assert send.send_prepared(portal.services, made) == "asking"
    with portal.services.database.reading() as session:
        envelope = envelopes.get(session, made)
    assert envelope.status == "draft"
    assert "nowhere to sign" in envelope.prepare_error


def test_sending_again_keeps_one_layout_for_a_document_type(portal: Portal) -> None:
    first = remembered(portal)
    second = remembered(portal, key="another-page-key", channel="sms", contact="1")
    assert first.id == second.id
    assert second.spec["roles"][1]["channel"] == "sms"
