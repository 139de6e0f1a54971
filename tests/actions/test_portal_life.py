"""The app's life on portals: two of them, installed, updated, unpaid, gone, with people who come and go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.actions import card, install, portal_care
from app.crm.doors import PortalEvent
from app.errors import InstallationGone, NotAllowed, PortalUnavailable
from app.services import Services
from app.store import installations, rest_log, tokens
from app.store.tables import Envelope, Installation, RestCallRow
from app.web import create_app
from emulator import lifecycle, portal_life
from emulator.demo_data import CLIENT_ID
from emulator.rest.params import to_pairs
from emulator.server import Emulator
from tests.factories import make_envelope
from tests.frame_kit import BASE, Portal, running_portal, settings_for

DIRECTOR, SELLER = 1, 2
HOME = "DEFAULT"
EVERY_TYPE = "_DYNAMIC_n_"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running_portal() as running:
        yield running


@pytest.fixture
def bare(emulator: Emulator, make_services: Callable[..., Services]) -> Portal:
    emulator.engine.outbox.wait_idle()
    emulator.reset()
    emulator.state.limits.enabled = False
    services = make_services(**settings_for(emulator))
    return Portal(emulator, services, create_app(services))


@pytest.fixture
def portal(bare: Portal) -> Portal:
    bare.install()
    deliver(bare)
    return bare


def deliver(portal: Portal) -> list[tuple[str, int]]:
    """Post to our doors what the portal's queue holds, as its server would; return (event, status)."""
    portal.emulator.engine.outbox.wait_idle()
    state, answers = portal.emulator.state, []
    waiting = list(state.deliveries)
    state.deliveries.clear()
    for one in waiting:
        path = one.url.removeprefix(BASE)
        body: dict[str, list[str]] = {}
        for key, value in to_pairs(one.body):
            body.setdefault(key, []).append(str(value))
        answer = portal.app.test_client().post(path, data=body)
        answers.append((one.name, answer.status_code))
    return answers


def row(portal: Portal) -> Installation:
    with portal.services.database.reading() as session:
        return installations.named(session, portal.emulator.state.portal.member_id)


def asked_for(portal: Portal) -> set[str]:
    """Return the names of the flows that were asked for."""
    client = portal.services.jobs._ready()
    return {one.name for one in client.list_workflows(load_input=False, load_output=False)}


def call(portal: Portal, method: str = "profile") -> object:
    return portal.services.portals.client(row(portal).portal_id).call(method)


def test_a_portal_installed_again_has_everything_once(portal: Portal) -> None:
    before = row(portal)
    for _ in range(3):
        portal.emulator.engine.uninstall_app(CLIENT_ID, DIRECTOR)
        assert ("ONAPPUNINSTALL", 200) in deliver(portal)
        with pytest.raises(InstallationGone):
            call(portal)
        portal.install()
        deliver(portal)
    inst = portal.emulator.state.installations[CLIENT_ID]
    places = [(p.placement, p.handler) for p in inst.placements]
    wanted = portal.services.manifest.placements
    types = portal.emulator.state.smart_types
    expected = [len(types) if EVERY_TYPE in one.code else 1 for one in wanted]
    assert len(places) == len(set(places)) == sum(expected)
    assert len({(h.event, h.handler) for h in inst.event_handlers}) == len(inst.event_handlers)
    assert install.remaining(portal.services, before.portal_id) == []
    assert row(portal).portal_id == before.portal_id


def test_two_portals_of_one_installation_know_nothing_of_each_other(portal: Portal) -> None:
    other = portal.emulator.add_portal("Studio Verrière")
    lifecycle.start_install(other.engine, CLIENT_ID, DIRECTOR)
    opened = other.engine.open_placement(DIRECTOR, HOME, {})
    frame = portal.post(opened.url, opened.fields)
    assert frame.page.status_code == 200
    while frame.call("POST", "/placements/install/step").json["remaining"]:
        pass
    assert other.state.installations[CLIENT_ID].placements
    with portal.services.database.reading() as session:
        second = installations.named(session, other.member_id)
    client = portal.services.portals.client(second.portal_id)
    other.state.deals[1].title = "Verrière de la gare"
    answer = client.call("crm.item.get", {"entityTypeId": 2, "id": 1})
    assert answer["item"]["title"] == "Verrière de la gare"
    portal.emulator.engine.uninstall_app(CLIENT_ID, DIRECTOR)
    deliver(portal)
    assert client.call("profile")["ID"] == "1"
    with pytest.raises(InstallationGone):
        call(portal)


def test_an_update_of_the_app_brings_events_and_robots_back(portal: Portal) -> None:
    portal.emulator.engine.update_app(CLIENT_ID, 2, DIRECTOR)
    assert dict(deliver(portal))["ONAPPUPDATE"] == 200
    assert "reconcile" in asked_for(portal)
    inst = portal.emulator.state.installations[CLIENT_ID]
    assert inst.event_handlers == []
    assert install.match(portal.services, row(portal).portal_id) > 0
    assert inst.event_handlers
    assert not inst.robots["paraph_send"].blocked
    assert install.match(portal.services, row(portal).portal_id) == 0


def test_an_administrator_who_opens_a_portal_with_an_older_manifest_starts_the_update(
    portal: Portal,
) -> None:
    with portal.services.database.transaction() as session:
        installations.get(session, row(portal).portal_id).registered = "older"
    portal.open(HOME, {}, SELLER)
    assert "reconcile" not in asked_for(portal)
    portal.open(HOME, {}, DIRECTOR)
    assert "reconcile" in asked_for(portal)


def test_a_new_smart_process_asks_for_its_widgets(portal: Portal) -> None:
    made = portal_life.add_type(portal.emulator.engine, "Chantiers")
    assert deliver(portal) == [("ONCRMTYPEADD", 200)]
    assert "reconcile" in asked_for(portal)
    of_each = [one for one in portal.services.manifest.placements if EVERY_TYPE in one.code]
    assert install.match(portal.services, row(portal).portal_id) == len(of_each) > 0
    tab = f"CRM_DYNAMIC_{made.entity_type_id}_DETAIL_TAB"
    assert portal.open(tab, {"ID": "1"}, SELLER).page.status_code == 200
    assert portal.open("CRM_DYNAMIC_1036_DETAIL_TAB", {"ID": "1"}, SELLER).load().status_code == 200


def test_unpaid_work_waits_without_a_call_and_goes_on_when_it_is_paid(portal: Portal) -> None:
    portal_life.set_payment(portal.emulator.engine, CLIENT_ID, expired=True)
    assert deliver(portal) == [("ONAPPPAYMENT", 200)]
    assert "look_after" in asked_for(portal)
    assert portal_care.look_after(portal.services, row(portal).portal_id) == "unpaid"
    seen = len(portal.emulator.state.rest_log)
    for _ in range(3):
        with pytest.raises(PortalUnavailable) as caught:
            call(portal)
        assert caught.value.code == "UNPAID"
    assert len(portal.emulator.state.rest_log) == seen
    page = portal.open(HOME, {}).page
    assert (page.status_code, "subscription of Paraph has ended" in page.text) == (503, True)
    portal_life.set_payment(portal.emulator.engine, CLIENT_ID, expired=False)
    assert portal_care.look_after(portal.services, row(portal).portal_id) == "active"
    assert call(portal)


def test_a_payment_event_that_claims_a_token_must_have_the_right_one(portal: Portal) -> None:
    form = {
        "event": "ONAPPPAYMENT",
        "auth[member_id]": portal.emulator.state.portal.member_id,
        "auth[application_token]": "0" * 32,
    }
    door = portal.app.test_client()
    assert door.post("/handlers/events", data=form).status_code == 403
    form = {"event": "ONAPPPAYMENT", "auth[member_id]": "nobody"}
    assert door.post("/handlers/events", data=form).status_code == 403


def test_a_dismissed_administrator_is_replaced_by_another_one_we_know(portal: Portal) -> None:
    portal.emulator.state.users[SELLER].is_admin = True
    portal.open(HOME, {}, SELLER)
    portal_life.dismiss(portal.emulator.engine, DIRECTOR)
    assert call(portal)["ID"] == str(SELLER)  # type: ignore[index]
    kept = row(portal)
    assert (kept.admin_user_id, kept.notice) == (str(SELLER), "ADMIN_REPLACED")
    with portal.services.database.reading() as session:
        assert not tokens.has_pair(session, kept.portal_id, str(DIRECTOR))


def test_without_another_administrator_work_waits_until_one_opens_the_app(portal: Portal) -> None:
    portal.open(HOME, {}, SELLER)
    portal_life.dismiss(portal.emulator.engine, DIRECTOR)
    for _ in range(2):
        with pytest.raises(PortalUnavailable) as caught:
            call(portal)
        assert caught.value.code == "NO_ADMIN"
    assert row(portal).notice == "NO_ADMIN"
    portal.emulator.state.users[SELLER].is_admin = True
    portal.open(HOME, {}, SELLER)
    assert call(portal)["ID"] == str(SELLER)  # type: ignore[index]
    assert row(portal).notice == ""


def test_a_deleted_portal_is_parked_and_looked_after_until_it_is_back(portal: Portal) -> None:
    portal.emulator.state.portal.deleted = True
    with pytest.raises(PortalUnavailable):
        call(portal)
    assert row(portal).state == "parked"
    assert portal_care.watch(portal.services) == 1
    assert portal_care.look_after(portal.services, row(portal).portal_id) == "parked"
    portal.emulator.state.portal.deleted = False
    assert portal_care.look_after(portal.services, row(portal).portal_id) == "active"


def test_an_uninstall_we_never_heard_of_closes_the_portal_at_the_next_call(portal: Portal) -> None:
    portal.emulator.engine.uninstall_app(CLIENT_ID, DIRECTOR)
    with pytest.raises(InstallationGone):
        call(portal)
    assert row(portal).state == "closed"


def waiting_envelope(portal: Portal) -> str:
    return make_envelope(portal.services.database, row(portal).portal_id)


def closed_at(portal: Portal) -> str:
    at = row(portal).closed_at
    assert at is not None
    return at.isoformat()


def test_a_true_uninstall_names_what_to_void_and_is_erased_later(portal: Portal) -> None:
    envelope = waiting_envelope(portal)
    call(portal)
    portal.emulator.engine.uninstall_app(CLIENT_ID, DIRECTOR, clean=True)
    deliver(portal)
    services, portal_id, at = portal.services, row(portal).portal_id, closed_at(portal)
    assert portal_care.confirm_gone(services, portal_id, at) == [envelope]
    assert row(portal).farewell_enc == ""
    assert {"farewell", "erase"} <= asked_for(portal)
    assert portal_care.erase(services, portal_id, at) > 0
    with services.database.reading() as session:
        assert session.execute(select(RestCallRow)).scalars().all() == []
        assert session.get(Envelope, envelope) is not None


def test_a_claimed_uninstall_of_an_app_that_is_still_there_is_undone(portal: Portal) -> None:
    waiting_envelope(portal)
    portal_id = row(portal).portal_id
    install.uninstall(portal.services, portal_id, {"CLEAN": "1"})
    with pytest.raises(InstallationGone):
        call(portal)
    assert portal_care.confirm_gone(portal.services, portal_id, closed_at(portal)) == []
    assert (row(portal).state, row(portal).notice) == ("active", "FALSE_UNINSTALL")
    assert call(portal)


def test_a_portal_installed_again_is_neither_voided_nor_erased(portal: Portal) -> None:
    waiting_envelope(portal)
    portal.emulator.engine.uninstall_app(CLIENT_ID, DIRECTOR)
    deliver(portal)
    at = closed_at(portal)
    portal.install()
    services, portal_id = portal.services, row(portal).portal_id
    assert portal_care.confirm_gone(services, portal_id, at) == []
    assert portal_care.erase(services, portal_id, at) == 0


def test_late_and_missing_install_events_make_no_difference(bare: Portal) -> None:
    bare.install()
    bare.emulator.engine.outbox.wait_idle()
    bare.emulator.state.deliveries.clear()
    assert call(bare)
    frame = bare.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    assert frame.page.status_code == 200


def test_a_renamed_portal_loses_nothing(portal: Portal) -> None:
    port = portal.emulator.state.portal.domain.partition(":")[2]
    portal_life.rename(portal.emulator.engine, f"localhost:{port}")
    assert call(portal)
    kept = row(portal)
    assert (kept.state, kept.domain) == ("active", f"localhost:{port}")
    assert kept.client_endpoint == f"http://localhost:{port}/rest/"


def test_what_a_person_may_not_see_their_frame_does_not_show(portal: Portal) -> None:
    portal.emulator.state.users[SELLER].own_only = True
    own = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "1"}, SELLER)
    assert own.load().status_code == 200
    foreign = portal.open("CRM_DEAL_DETAIL_TAB", {"ID": "3"}, SELLER)
    assert foreign.load().status_code in (403, 404, 422)
    envelope = waiting_envelope(portal)
    card.show_card(portal.services, envelope, holder="t")
    calls = [c for c in portal.emulator.state.rest_log if "configurable" in c.method]
    assert {c.user_id for c in calls} == {DIRECTOR}


def test_an_event_that_brings_somebody_elses_portal_is_refused(portal: Portal) -> None:
    with pytest.raises(NotAllowed):
        portal_care.payment_hint(portal.services, PortalEvent("ONAPPPAYMENT", "", ""))


def test_the_rest_log_keeps_what_was_asked_and_answered_without_secrets_or_names(
    portal: Portal,
) -> None:
    client = portal.services.portals.client(row(portal).portal_id)
    client.call("crm.item.get", {"entityTypeId": 3, "id": 1})
    with portal.services.database.reading() as session:
        kept = rest_log.newest(session, row(portal).portal_id)
    assert (kept[0].method, kept[0].status, kept[0].error) == ("crm.item.get", 200, "")
    assert kept[0].asked == {"entityTypeId": 3, "id": 1}
    assert "lastName" in str(kept[0].answered)
    everything = str([(one.asked, one.answered) for one in kept])
    contact = portal.emulator.state.contacts[1]
    for secret in (contact.last_name, contact.first("EMAIL"), *portal.emulator.state.tokens):
        assert secret not in everything


def test_the_plan_of_a_portal_is_told_before_anything_changes(portal: Portal) -> None:
    domain = portal.emulator.state.portal.domain
    assert install.plan_lines(portal.services, domain) == []
    portal.emulator.engine.update_app(CLIENT_ID, 2, DIRECTOR)
    lines = install.plan_lines(portal.services, domain)
    assert "add        robot     paraph_send" in lines
    assert "add        event     ONAPPPAYMENT" in lines
    assert portal.emulator.state.installations[CLIENT_ID].event_handlers == []
    with pytest.raises(InstallationGone):
        install.plan_lines(portal.services, "elsewhere.example.com")
