"""The settings page of the rule: what it offers, how it names layouts, and trying it on a record."""

from __future__ import annotations

import json
import re
from html import unescape

from app.actions import prepare
from app.core.draft import DraftForm
from app.store import layouts, rule_layouts, templates
from tests.frame_kit import DEAL, Frame, Portal, make_ready, send_now


def remembered(portal: Portal, number: int = 0) -> str:
    """Send one document by hand; return the layout it left."""
    with portal.services.database.reading() as session:
        chosen = templates.current(session, portal.who().portal_id)[number]
    form = DraftForm(
        key=f"key-of-the-page-{number}",
        source_kind="template",
        source_id=chosen.id,
        our_user="1",
        contact="1",
        channel="email",
    )
    before = kept(portal)
    made = prepare.create(portal.services, portal.who(), DEAL, form)
    make_ready(portal.services, made)
    send_now(portal.services, made)
    (new,) = kept(portal) - before
    return new


def kept(portal: Portal) -> set[str]:
    """Return the ids of the portal's layouts."""
    with portal.services.database.reading() as session:
        return {one.id for one in layouts.used_last(session, portal.who().portal_id)}


def opened(portal: Portal, **current: object) -> Frame:
    frame = portal.open_rule({"current_values": current})
    frame.page = frame.load()
    return frame


def test_a_rule_without_layouts_leads_to_making_one_and_back(portal: Portal) -> None:
    html = opened(portal).html
    assert 'data-testid="no-layouts"' in html
    assert 'data-testid="make-one"' in html
    assert 'data-testid="look-again"' in html


def test_a_layout_is_named_by_number_and_words_never_by_an_id(portal: Portal) -> None:
    layout_id = remembered(portal)
    frame = opened(portal)
    named = frame.post("/placements/robot-settings/layout", layout=layout_id).json["layout"]
    assert re.fullmatch(r"1\. \S.*", named)
    assert layout_id not in named
    assert frame.post("/placements/robot-settings/layout", layout=layout_id).json["layout"] == named
    with portal.services.database.reading() as session:
        found = rule_layouts.find(session, portal.who().portal_id, named)
        assert rule_layouts.find(session, portal.who().portal_id, "9. " + named) is None
    assert found is not None
    assert found.id == layout_id
    assert 'name="layout" value="' + layout_id + '" checked' in opened(portal, layout=named).html


def test_several_layouts_become_one_envelope(portal: Portal) -> None:
    first, second = remembered(portal), remembered(portal, 1)
    frame = opened(portal)
    data = {"layout": [first, second]}
    named = frame.call("POST", "/placements/robot-settings/layout", data=data).json["layout"]
    tried = frame.post("/placements/robot-settings/try?type=2&id=3", layout=named)
    assert 'data-testid="tried-good"' in tried.text
    with portal.services.database.reading() as session:
        found = rule_layouts.find(session, portal.who().portal_id, named)
        assert found is not None
        assert len(layouts.read(found).source["more"]) == 1


def test_a_layout_of_nobody_is_refused(portal: Portal) -> None:
    remembered(portal)
    answer = opened(portal).post("/placements/robot-settings/layout", layout="0" * 32)
    assert answer.status_code == 422


def test_trying_says_who_would_get_what_or_what_is_missing(portal: Portal) -> None:
    layout_id = remembered(portal)
    frame = opened(portal)
    named = frame.post("/placements/robot-settings/layout", layout=layout_id).json["layout"]
    good = frame.post("/placements/robot-settings/try?type=2&id=3", layout=named).text
    assert "Inès Garnier" in good
    bad = frame.post("/placements/robot-settings/try?type=2&id=5", layout=named).text
    assert 'data-testid="tried-wrong"' in bad
    assert "pas d’adresse e-mail" in bad
    dismissed = {"layout": named, "our_signer_by": "fixed", "our_signer": "user_99"}
    gone = frame.post("/placements/robot-settings/try?type=2&id=3", **dismissed).text
    assert "a quitté le portail" in gone


def test_the_rules_present_values_reach_the_page(portal: Portal) -> None:
    current = {"layout": "3. X", "our_signer": "user_2", "wait": ["finished"], "first": {"a": "b"}}
    frame = portal.open_rule({"current_values": current})
    found = re.search(r'data-values="([^"]+)"', frame.html)
    assert found
    values = json.loads(unescape(found[1]))
    assert (values["layout"], values["our_signer"], values["wait"]) == ("3. X", "2", "finished")
    assert values["first"] == ""
