"""Hosts named by a request: only the configured server and proven portals are called, and no secret leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from app.errors import PortalError, PortalRefused
from app.services import Services
from app.store import installations, tokens
from app.store.tables import PortalToken
from bench import hosts
from emulator import tokens as given
from emulator.demo_data import CLIENT_ID, MEMBER_ID
from tests.factories import make_installation
from tests.frame_kit import BASE, DIRECTOR, SELLER, Portal
from tests.spy import watched
from tests.tools.crm_stub import ScriptedServer, scripted

SECRET = "s3cret-of-our-app"
GONE = (401, {"error": "expired_token"})


@pytest.fixture
def thief() -> Iterator[ScriptedServer]:
    with scripted() as server:
        yield server


def port_of(server: ScriptedServer) -> int:
    return int(server.url.rpartition(":")[2])


def known_hosts(portal: Portal) -> tuple[str, ...]:
    """The authorization server, the portal, and where the pretend portal itself looks for our app."""
    return (portal.emulator.oauth_url, portal.emulator.portal_url, "http://127.0.0.1:8610")


def endpoints(portal: Portal) -> set[str]:
    """Every address our database would call."""
    with portal.services.database.reading() as session:
        row = installations.by_member(session, MEMBER_ID)
        assert row is not None
        return {row.client_endpoint, *(one.client_endpoint for one in session.query(PortalToken))}


def test_no_frame_makes_us_call_the_host_it_names(portal: Portal, thief: ScriptedServer) -> None:
    true = urlsplit(portal.emulator.portal_url).netloc
    before, count = endpoints(portal), 0
    with watched() as traffic:
        for form, query in hosts.frames(port_of(thief), true):
            opened = portal.emulator.engine.open_placement(
                SELLER, "CRM_DEAL_DETAIL_TAB", {"ID": "1"}
            )
            path = urlsplit(opened.url.removeprefix(BASE)).path
            frame = portal.post(f"{path}?{urlencode(query)}", {**opened.fields, **form})
            assert frame.page.status_code in (200, 422)
            count += 1
            if frame.page.status_code == 200 and count % 9 == 0:
                assert frame.load().status_code == 200
    assert count > 180
    assert traffic.beyond(*known_hosts(portal)) == set()
    assert thief.connections == 0
    assert endpoints(portal) == before


def test_no_event_and_no_rule_makes_us_call_the_host_it_names(
    portal: Portal, thief: ScriptedServer
) -> None:
    true = urlsplit(portal.emulator.portal_url).netloc
    state, client = portal.emulator.state, portal.app.test_client()
    before = endpoints(portal)
    good = {
        "auth[member_id]": MEMBER_ID,
        "auth[application_token]": state.installations[CLIENT_ID].application_token,
        "auth[refresh_token]": "r" * 70,
    }
    subject = {f"document_id[{n}]": v for n, v in enumerate(("crm", "CCrmDocumentDeal", "DEAL_1"))}
    with watched() as traffic:
        for number, hostile in enumerate(hosts.calls(port_of(thief), true)):
            access = given.issue(state, CLIENT_ID, DIRECTOR).access
            claims = {**good, "auth[access_token]": access, **hostile}
            name = ("ONAPPUPDATE", "ONAPPINSTALL")[number % 2]
            turned = {**claims, "event": name, "auth[application_token]": "a" * 32}
            assert client.post("/handlers/events", data=turned).status_code in (200, 422)
            back = {**claims, "event": name}
            assert client.post("/handlers/events", data=back).status_code in (200, 422)
            call = {**claims, **subject, "event_token": f"{number:040}", "code": "paraph_send"}
            assert client.post("/handlers/robots/send", data=call).status_code in (200, 422)
    assert traffic.beyond(*known_hosts(portal)) == set()
    assert thief.connections == 0
    assert endpoints(portal) == before


@pytest.fixture
def split(make_services: Callable[..., Services]) -> Iterator[Any]:
    """Our app between a scripted authorization server and a scripted portal: (services, id, server, portal)."""
    with scripted() as server, scripted() as portal:
        services = make_services(oauth_url=server.url, client_secret=SECRET)
        portal_id = make_installation(
            services.database, member_id="m1", client_endpoint=portal.endpoint
        )
        pair = tokens.StoredPair(
            "access-1", "refresh-1", services.now() + timedelta(hours=1), portal.endpoint, "1"
        )
        with services.database.transaction() as session:
            tokens.save(session, services.secrets, portal_id, pair)
        yield services, portal_id, server, portal


def told(server: ScriptedServer) -> str:
    """Everything a server was sent."""
    return "".join(f"{r.path} {r.headers} {r.body.decode()}" for r in server.requests)


def test_a_redirect_to_a_stranger_is_not_followed_and_takes_nothing_along(
    split: Any, thief: ScriptedServer
) -> None:
    services, portal_id, server, portal = split
    true = urlsplit(portal.url).netloc
    info = {"member_id": "m1", "domain": true, "client_endpoint": portal.endpoint}
    answer = {"client_id": "local.paraph.test", "user_id": 1, "install": info}
    server.script["/rest/app.info"] = [(200, {"result": answer})]
    with watched() as traffic:
        for address in hosts.addresses(port_of(thief), true):
            location = address if "://" in address else f"http://{address}/rest/"
            moved = {"Location": (location + "profile").replace("\r\n", "")}
            portal.script["/rest/profile"] = [(302, b"", _latin(moved))]
            with pytest.raises(PortalError):
                services.portals.client(portal_id).call("profile")
    assert traffic.beyond(server.url, portal.url) == set()
    assert thief.connections == 0
    assert SECRET not in told(portal) + told(server)


def _latin(headers: dict[str, str]) -> dict[str, str]:
    return {name: value.encode().decode("latin-1") for name, value in headers.items()}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_secret_goes_to_the_configured_server_alone(
    split: Any, thief: ScriptedServer, status: int
) -> None:
    services, portal_id, server, portal = split
    portal.script["/rest/profile"] = [GONE]
    server.script["/oauth/token/"] = [(status, b"", {"Location": f"{thief.url}/oauth/token/"})]
    with watched() as traffic, pytest.raises(PortalError):
        services.portals.client(portal_id).call("profile")
    assert traffic.beyond(server.url, portal.url) == set()
    assert thief.connections == 0
    assert SECRET in told(server)
    assert SECRET not in told(portal)


@pytest.mark.parametrize(
    "changes", [{"member_id": "m2"}, {"client_endpoint": "http://a@b/rest/"}, {"user_id": 2}]
)
def test_a_renewed_pair_of_another_portal_or_person_is_not_used(
    split: Any, changes: dict[str, object]
) -> None:
    services, portal_id, server, portal = split
    portal.script["/rest/profile"] = [GONE, (200, {"result": {"ID": 2}})]
    fresh = {"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": 3600}
    mine = {**fresh, "member_id": "m1", "user_id": 1, "client_endpoint": portal.endpoint}
    server.script["/oauth/token/"] = [(200, {**mine, **changes})]
    with pytest.raises(PortalError):
        services.portals.client(portal_id).call("profile")
    assert "access-2" not in told(portal)


def test_a_stolen_refresh_token_does_not_lend_another_persons_rights(portal: Portal) -> None:
    state = portal.emulator.state
    stolen = given.issue(state, CLIENT_ID, DIRECTOR).refresh
    opened = portal.emulator.engine.open_placement(SELLER, "CRM_DEAL_DETAIL_TAB", {"ID": "1"})
    portal.post(opened.url, {**opened.fields, "REFRESH_ID": stolen})
    state.advance(4_000)
    who = portal.who(SELLER)
    with pytest.raises(PortalRefused):
        portal.services.portals.client(who.portal_id, who.user_id).call("user.admin")
    assert portal.services.portals.client(who.portal_id).call("user.admin") is True


def test_a_frame_without_a_refresh_token_leaves_the_one_that_is_kept(portal: Portal) -> None:
    opened = portal.emulator.engine.open_placement(DIRECTOR, "CRM_DEAL_DETAIL_TAB", {"ID": "1"})
    portal.post(opened.url, {**opened.fields, "REFRESH_ID": ""})
    portal.emulator.state.advance(4_000)
    assert portal.services.portals.client(portal.who().portal_id).call("user.admin") is True
