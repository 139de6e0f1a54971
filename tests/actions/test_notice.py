"""The portal's bell rings for colleagues, not for people outside, and carries no link to sign with."""

from __future__ import annotations

from app.actions.expire import expire_due
from app.actions.invite import invite
from app.actions.notice import announce, ring
from app.services import Services
from tests.actions.reaching_kit import change, deliver_all, messages_of, sent_envelope
from tests.actions.test_portal_away import Timeline, beside
from tests.conftest import Clock


def rings(timeline: Timeline) -> list[dict[str, str]]:
    done = timeline.portal.done
    return [params for method, params in done if method == "im.notify.system.add"]


def test_our_own_signer_hears_the_bell(services: Services) -> None:
    timeline = Timeline()
    envelope_id = sent_envelope(services)
    change(services, envelope_id, portal_user_id="7", role_key="us")
    (made,) = invite(services, envelope_id)
    assert announce(services, made) == "7"
    tools = beside(services, timeline, lambda: False)
    assert ring(tools, made)
    assert ring(tools, made)
    first, again = rings(timeline)
    assert first == again
    assert first["USER_ID"] == "7"
    assert "Services contract" in first["MESSAGE"]
    assert "/crm/deal/details/7/" in first["MESSAGE"]
    assert "/s/" not in first["MESSAGE"]


def test_a_person_outside_has_no_bell(services: Services) -> None:
    timeline = Timeline()
    (made,) = invite(services, sent_envelope(services))
    assert announce(services, made) == ""
    assert not ring(beside(services, timeline, lambda: False), made)
    assert rings(timeline) == []


def test_the_responsible_hears_that_the_deadline_has_passed(
    services: Services, clock: Clock
) -> None:
    timeline = Timeline()
    envelope_id = sent_envelope(services, deadline=clock.at)
    invite(services, envelope_id)
    deliver_all(services, envelope_id)
    clock.pass_by(minutes=1)
    assert expire_due(services) == 1
    last = [one for one in messages_of(services, envelope_id) if one.purpose == "expired"]
    tools = beside(services, timeline, lambda: False)
    assert [ring(tools, one.id) for one in last].count(True) == 1
    assert [one["USER_ID"] for one in rings(timeline)] == ["1"]
    assert "deadline" in rings(timeline)[0]["MESSAGE"]
