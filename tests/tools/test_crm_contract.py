"""Our side and the pretend portal speak the same contract: every call of app.crm, over real HTTP."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from threading import Lock
from urllib.parse import parse_qs

import pytest
from crm_stub import scripted

from app import manifest as manifests
from app.crm import cards, identity, portal_documents, records, registration, robots, timeline
from app.crm.client import CrmClient
from app.crm.limiter import Limiter
from app.crm.oauth import OAuthTransport, Tokens, direct_transport
from app.crm.webhook import WebhookTransport
from app.crm.wire import pooled_session
from app.errors import InstallationGone, NotAllowed, PortalRefused, PortalUnavailable
from emulator import docgen, server, tokens

MANIFEST = manifests.load()
NOW = datetime(2026, 11, 24, tzinfo=UTC)
ADMIN, SALES = 1, 2
ENVELOPE = "0123456789abcdef0123456789abcdef"


class Vault:
    def __init__(self, pair):
        self.pair = pair
        self.domains = []
        self.saved = 0
        self.lost, self.heeded = [], []
        self.lock = Lock()

    def load(self, _portal_id, _user_id):
        return self.pair

    def save(self, _portal_id, pair):
        self.saved += 1
        self.pair = pair

    @contextmanager
    def lease(self, _portal_id, _user_id):
        with self.lock:
            yield

    def rename(self, _portal_id, domain, client_endpoint):
        self.domains.append(domain)
        self.pair = replace(self.pair, client_endpoint=client_endpoint)

    def lose(self, _portal_id, user_id):
        self.lost.append(user_id)

    def heed(self, _portal_id, code):
        self.heeded.append(code)


class Side:
    """A portal with our app on it, and clients for the people there."""

    def __init__(self, portal, app):
        self.portal = portal
        self.doors = app
        self.state = portal.state
        self.engine = portal.engine
        self.client_id, self.app = next(iter(self.state.apps.items()))
        self.engine.start_install(self.client_id, ADMIN)
        self.session = pooled_session()
        self.slept = []

    def proof(self, user=ADMIN):
        return self.prove(tokens.issue(self.state, self.client_id, user).access)

    def prove(self, access):
        return identity.prove(
            self.session, oauth_url=self.portal.oauth_url, client_id=self.client_id, auth_id=access
        )

    def frame(self, user=ADMIN):
        token = tokens.issue(self.state, self.client_id, user)
        return CrmClient(
            direct_transport(
                self.session,
                f"{self.portal.portal_url}/rest/",
                token.access,
                limiter=self.limiter(),
            )
        )

    def limiter(self):
        return Limiter(sleep=self.slept.append)

    def vault(self, user=ADMIN):
        token = tokens.issue(self.state, self.client_id, user)
        return Vault(
            Tokens(
                token.access,
                token.refresh,
                token.expires,
                f"{self.portal.portal_url}/rest/",
                str(user),
            )
        )

    def automation(self, vault):
        return CrmClient(
            OAuthTransport(
                self.session,
                vault,
                portal_id="p",
                user_id=None,
                oauth_url=self.portal.oauth_url,
                client_id=self.client_id,
                client_secret=self.app.client_secret,
                limiter=self.limiter(),
            )
        )

    def posted(self, path):
        """Return the forms posted to one of our paths, as a door would hand them on."""
        assert self.engine.outbox.wait_idle()
        arrived = [request for request in self.doors.requests if request.path == path]
        return [parse_qs(request.body.decode(), keep_blank_values=True) for request in arrived]

    def register(self):
        return list(
            registration.reconcile(
                self.frame(), MANIFEST, base_url=self.portal.app_url, applied="", lang="fr"
            )
        )


@pytest.fixture(scope="module")
def app():
    """Our doors as the portal sees them: whatever is posted is kept and answered with 200."""
    with scripted() as stub:
        yield stub


@pytest.fixture(scope="module")
def running(app):
    with server.start(
        converter=lambda *_: b"%PDF-1.7 test",
        docgen_delay_s=0.0,
        queue_delay_s=0.0,
        app_url=app.url,
    ) as portal:
        yield portal


@pytest.fixture
def side(running, app):
    running.engine.outbox.wait_idle()
    running.state.portal.domain = running.portal_url.removeprefix("http://")
    running.reset()
    app.requests.clear()
    for path in MANIFEST.paths:
        app.script[path] = [(200, {})]
    return Side(running, app)


def card(**more):
    parts = {
        "envelope_id": ENVELOPE,
        "number": "PA-2026-0001",
        "title": "Contrat de services",
        "state": "Attend le client",
        "parties": (
            cards.CardParty("Hélène", "a signé", "success"),
            cards.CardParty("Inès", "à signer"),
        ),
        "waits_for": "Inès",
        "buttons": (
            cards.CardButton("open", "Ouvrir"),
            cards.CardButton("remind", "Relancer"),
            cards.CardButton("void", "Annuler"),
        ),
        "link": ("Ouvrir dans le navigateur", "https://paraph.example.com/e/1"),
    }
    return cards.StatusCard(**{**parts, **more})


class TestIdentity:
    def test_a_users_token_proves_portal_and_person(self, side):
        caller = side.proof(SALES)
        assert caller.member_id == side.state.portal.member_id
        assert (caller.user_id, caller.installed) == ("2", False)
        assert caller.client_endpoint == f"{side.portal.portal_url}/rest/"

    def test_a_forged_or_expired_token_proves_nothing(self, side):
        access = tokens.issue(side.state, side.client_id, ADMIN).access
        with pytest.raises(NotAllowed):
            side.prove("0" * 70)
        side.state.advance(3601)
        with pytest.raises(NotAllowed):
            side.prove(access)

    def test_only_the_administrator_is_one(self, side):
        assert identity.is_admin(side.frame(ADMIN))
        assert not identity.is_admin(side.frame(SALES))

    def test_a_silent_server_is_no_refusal(self, side):
        side.engine.faults.add("oauth:app.info", "INTERNAL_SERVER_ERROR")
        with pytest.raises(PortalUnavailable):
            side.proof()


class TestTokens:
    def test_an_hour_later_the_pair_is_renewed_once_and_work_goes_on(self, side):
        vault = side.vault()
        client = side.automation(vault)
        side.state.advance(3601)
        assert client.call("user.current")["ID"] == "1"
        assert client.call("user.current")["ID"] == "1"
        assert vault.saved == 1

    def test_a_spent_refresh_token_asks_for_an_administrator(self, side):
        vault = side.vault()
        tokens.rotate(side.state, tokens.by_refresh(side.state, vault.pair.refresh))
        side.state.advance(3601)
        with pytest.raises(PortalRefused) as caught:
            side.automation(vault).call("user.current")
        assert caught.value.code == "INVALID_GRANT"

    def test_after_uninstalling_nothing_works_and_the_code_says_why(self, side):
        vault = side.vault()
        side.engine.finish_install(side.client_id)
        side.engine.uninstall_app(side.client_id, ADMIN)
        with pytest.raises((InstallationGone, PortalRefused)):
            side.automation(vault).call("user.current")

    def test_a_renamed_portal_is_followed_and_the_body_is_not_lost(self, side):
        vault = side.vault()
        client = side.automation(vault)
        old = side.state.portal.domain
        side.state.portal.old_domains.append(old)
        side.state.portal.domain = old.replace("127.0.0.1", "localhost")
        found = client.call("crm.item.get", {"entityTypeId": 2, "id": 1})
        assert found["item"]["id"] == 1
        assert vault.domains == [side.state.portal.domain]
        client.call("crm.item.get", {"entityTypeId": 2, "id": 1})
        assert len(vault.domains) == 1

    def test_the_rate_limit_is_waited_out(self, side):
        side.engine.faults.add("crm.item.get", "QUERY_LIMIT_EXCEEDED", times=2)
        found = side.frame().call("crm.item.get", {"entityTypeId": 2, "id": 1})
        assert found["item"]["id"] == 1
        assert side.slept[:1] == [1.0]

    def test_html_instead_of_json_is_read_again_for_a_read_and_told_for_a_write(self, side):
        side.engine.faults.add("user.current", "html", status=403)
        assert side.frame().call("user.current")["ID"] == "1"
        side.engine.faults.add("crm.timeline.comment.add", "html", status=500)
        with pytest.raises(PortalUnavailable):
            side.frame().call("crm.timeline.comment.add", {"fields": {}})


class TestRegistration:
    def test_everything_is_registered_and_a_second_plan_is_empty(self, side):
        steps = side.register()
        assert [(s.change.key, s.error) for s in steps if not s.is_ok] == []
        inst = side.state.installations[side.client_id]
        assert {row.placement for row in inst.placements} == {
            one.code.replace("DYNAMIC_n", "DYNAMIC_1036") for one in MANIFEST.placements
        }
        assert {row.event for row in inst.event_handlers} == set(MANIFEST.events)
        rules = {code for code, robot in inst.robots.items() if not robot.is_activity}
        assert rules == {robot.code for robot in MANIFEST.robots}
        base = side.portal.app_url
        again = registration.plan(
            side.frame(),
            MANIFEST,
            base_url=base,
            applied=registration.fingerprint_at(MANIFEST, base),
            lang="fr",
        )
        assert again == []

    def test_a_version_update_drops_events_and_blocks_robots_until_we_reconcile(self, side):
        side.register()
        side.engine.finish_install(side.client_id)
        side.engine.update_app(side.client_id, 2, ADMIN)
        assert all(step.is_ok for step in side.register())
        inst = side.state.installations[side.client_id]
        assert {row.event for row in inst.event_handlers} == set(MANIFEST.events)
        assert not inst.robots["paraph_send"].blocked

    def test_an_ordinary_user_registers_nothing(self, side):
        steps = list(
            registration.reconcile(side.frame(SALES), MANIFEST, base_url=side.portal.app_url)
        )
        assert steps
        assert not any(step.is_ok for step in steps if step.change.kind != "event")


class TestRecords:
    def test_every_deal_is_read_in_one_call(self, side):
        for deal_id, deal in side.state.deals.items():
            client = side.frame()
            snapshot, extras = records.read_snapshot(
                client, entity_type_id=2, entity_id=str(deal_id), now=NOW
            )
            assert client.http_calls == (1 if len(deal.contact_ids) <= 8 else 2)
            assert snapshot.record.title == deal.title
            assert snapshot.record.amount == deal.opportunity
            assert [person.id for person in snapshot.contacts] == [
                str(one) for one in deal.contact_ids
            ]
            assert snapshot.us.name
            assert snapshot.client.company_id == (str(deal.company_id) if deal.company_id else "")
            rows = [row for row in side.state.product_rows if row.owner_id == deal_id]
            assert len(snapshot.products) == len(rows)
            assert {person.id for person in extras.colleagues} == {"1", "2", "3"}

    def test_line_totals_add_up_to_the_deals_amount_with_tax(self, side):
        for deal_id in side.state.deals:
            snapshot, _ = records.read_snapshot(
                side.frame(), entity_type_id=2, entity_id=str(deal_id), now=NOW
            )
            if snapshot.products:
                total = sum((row.total for row in snapshot.products), Decimal(0))
                assert total == snapshot.record.amount

    def test_an_ordinary_manager_gets_the_record_without_the_generators_templates(self, side):
        snapshot, extras = records.read_snapshot(
            side.frame(SALES), entity_type_id=2, entity_id="1", now=NOW
        )
        assert snapshot.client.name
        assert not extras.templates_allowed

    def test_a_deal_that_is_not_there_is_refused(self, side):
        with pytest.raises(PortalRefused):
            records.read_snapshot(side.frame(), entity_type_id=2, entity_id="9999", now=NOW)


class TestTimeline:
    def put(self, client, activity_id=None, **more):
        return timeline.put_card(
            client, entity_type_id=2, entity_id="1", card=card(**more), activity_id=activity_id
        )

    def test_a_card_passes_the_strict_checks_and_is_put_once(self, side):
        client = side.frame()
        own = self.put(client)
        assert self.put(client) == self.put(client, own, is_done=True) == own
        assert len(side.state.activities) == 1

    def test_a_card_whose_answer_was_lost_is_found_again(self, side):
        side.engine.faults.add("crm.activity.configurable.add", "cut")
        client = side.frame()
        with pytest.raises(PortalUnavailable):
            self.put(client)
        self.put(client)
        assert len(side.state.activities) == 1

    def test_a_comment_whose_answer_was_lost_is_not_written_twice(self, side):
        def say():
            return timeline.add_comment(
                side.frame(),
                entity_type_id=2,
                entity_id="1",
                envelope_id=ENVELOPE,
                text="Signé : PA-2026-0001",
                files=[("contrat.pdf", b"%PDF-1"), ("certificat.pdf", b"%PDF-2")],
                marker="PA-2026-0001",
            )

        side.engine.faults.add("crm.timeline.comment.add", "error_after")
        with pytest.raises(PortalUnavailable):
            say()
        own = say()
        comments = [entry for entry in side.state.timeline.values() if entry.kind == "comment"]
        assert [str(entry.id) for entry in comments] == [own]
        assert len(comments[0].file_ids) == 2

    def test_small_messages_are_taken_alone_and_in_a_batch(self, side):
        side.register()
        client = side.frame()
        assert timeline.add_log(client, entity_type_id=2, entity_id="1", title="Envoyé", text="x")
        client.call(*timeline.notify_command("2", "Signé", "PA-1"))
        client.call(*timeline.trigger_command("paraph_signed", (2, "1")))
        answer = client.batch(
            {
                "log": timeline.log_command(2, "1", "A & B = 100 %", "é\n$"),
                "note": timeline.notify_command("2", "Signé", "PA-1"),
                "trigger": timeline.trigger_command("paraph_sent", (2, "1")),
            }
        )
        assert answer.errors == {}
        assert any(entry.title == "A & B = 100 %" for entry in side.state.timeline.values())

    def test_a_method_over_its_running_time_waits_alone_while_the_card_is_shown(self, side):
        side.register()
        method = "crm.timeline.logmessage.add"
        side.portal.gate.gauge.spend(side.state, method, side.client_id, 481.0)
        client = side.automation(side.vault())
        commands = {
            "log": timeline.log_command(2, "1", "Paraph", "x"),
            "bell": timeline.notify_command("2", "Signé", "PA-1"),
        }
        for _ in range(2):
            answer = client.batch(commands)
            assert {key: one.code for key, one in answer.errors.items()} == {
                "log": "OPERATION_TIME_LIMIT"
            }
            assert "bell" in answer.results
        assert [one.method for one in side.state.rest_log].count(method) == 1


class TestASickPortal:
    """Six kinds of fault, by chance with a seed: every envelope arrives once, the rate is kept."""

    FAULTS = ("QUERY_LIMIT_EXCEEDED", "INTERNAL_SERVER_ERROR", "html", "cut", "error_after", "slow")
    ENVELOPES = 50

    def limiter(self, side):
        """The portal's own clock, moved by our waiting: fast and exact."""
        return Limiter(clock=lambda: side.state.now().timestamp(), sleep=side.state.advance)

    def test_completes_everything_once_and_within_the_rate(self, side):
        token = tokens.issue(side.state, side.client_id, ADMIN)
        client = CrmClient(
            direct_transport(
                side.session,
                f"{side.portal.portal_url}/rest/",
                token.access,
                limiter=self.limiter(side),
            )
        )
        for seed, kind in enumerate(self.FAULTS):
            for place in ("batch", "crm.activity.*", "crm.timeline.*"):
                side.engine.faults.add(
                    place, kind, times=None, probability=0.05, seed=seed, seconds=0.001
                )
        for n in range(self.ENVELOPES):
            patiently(partial(self.write, client, n))
        hits = sum(rule.hits for rule in side.engine.faults.rules)
        assert hits > self.ENVELOPES / 2
        origins = sorted(one.origin_id for one in side.state.activities.values())
        assert origins == sorted(f"envelope-{n}" for n in range(self.ENVELOPES))
        comments = [one.text for one in side.state.timeline.values() if one.kind == "comment"]
        assert sorted(comments) == sorted(f"Signed: PA-{n:04}" for n in range(self.ENVELOPES))
        told = sum(one.error == "QUERY_LIMIT_EXCEEDED" for one in side.state.rest_log)
        assert told == sum(
            r.hits for r in side.engine.faults.rules if r.kind == "QUERY_LIMIT_EXCEEDED"
        )

    def write(self, client, n):
        records.read_snapshot(client, entity_type_id=2, entity_id="1", now=NOW)
        timeline.put_card(
            client,
            entity_type_id=2,
            entity_id="1",
            card=card(envelope_id=f"envelope-{n}"),
            activity_id=None,
        )
        timeline.add_comment(
            client,
            entity_type_id=2,
            entity_id="1",
            envelope_id=f"envelope-{n}",
            text=f"Signed: PA-{n:04}",
            files=[("signed.pdf", b"%PDF")],
            marker=f"PA-{n:04}",
        )


def patiently(work, tries=50):
    for _ in range(tries):
        try:
            return work()
        except PortalUnavailable:
            continue
    raise AssertionError("the portal never came back")


class TestPortalDocuments:
    def test_a_generated_document_is_listed_converted_fetched_and_found_from_its_record(self, side):
        client = side.frame()
        _, extras = records.read_snapshot(client, entity_type_id=2, entity_id="1", now=NOW)
        made = portal_documents.add_document(client, extras.templates[0].id, 2, "1")
        docgen.wait_converted(next(iter(side.state.documents.values())))
        document = portal_documents.get_document(client, made.id)
        assert portal_documents.pdf_ready(document)
        raw = portal_documents.download_pdf(
            side.session, document, endpoint=f"{side.portal.portal_url}/rest/"
        )
        assert raw.startswith(b"%PDF-")
        listed = portal_documents.list_documents(client, 2, "1")
        assert [(one.id, one.number) for one in listed] == [(made.id, made.number)]
        record = next(one for one in side.state.activities.values())
        found = portal_documents.document_of_activity(client, 2, "1", str(record.id))
        assert found[1] == made.id
        layout = cards.record_layout([("Signature", "en attente")])
        mark = timeline.document_record_command(2, "1", str(record.id), layout)
        assert client.batch({"mark": mark}).errors == {}

    def test_a_failed_conversion_says_so(self, side):
        side.engine.faults.add("docgen:convert", "fail")
        client = side.frame()
        made = portal_documents.add_document(client, "1", 2, "1")
        docgen.wait_converted(next(iter(side.state.documents.values())))
        with pytest.raises(PortalRefused):
            portal_documents.pdf_ready(portal_documents.get_document(client, made.id))


class TestDoors:
    def test_a_frames_post_is_read(self, side):
        side.register()
        side.engine.finish_install(side.client_id)
        frame = side.engine.open_placement(SALES, "CRM_DEAL_DETAIL_TAB", {"ID": 1})
        path, _, query = frame.url.partition("?")
        call = robots.parse_frame(
            {key: [value] for key, value in frame.fields.items()}, parse_qs(query)
        )
        assert path == f"{side.portal.app_url}/placements/deal/tab"
        assert (call.placement, call.options) == ("CRM_DEAL_DETAIL_TAB", {"ID": "1"})
        assert call.member_id == side.state.portal.member_id
        assert side.prove(call.auth_id).user_id == "2"

    def test_a_rules_call_is_read_and_answered_once(self, side):
        side.register()
        side.engine.finish_install(side.client_id)
        stage = next(one for one in side.state.stages if one != side.state.deals[1].stage_id)
        side.engine.add_rule(stage, "paraph_send", {"layout": "L1", "channel": "email"})
        side.engine.move_deal(1, stage, SALES)
        [form] = side.posted("/handlers/robots/send")
        call = robots.parse_robot_call(form)
        assert (call.code, call.entity_type_id, call.entity_id) == ("paraph_send", 2, "1")
        assert (call.properties["layout"], call.properties["channel"]) == ("L1", "email")
        assert call.use_subscription
        assert call.application_token == side.state.installations[side.client_id].application_token
        assert call.auth_tokens is not None
        side.prove(call.auth_tokens.access)
        client = side.automation(side.vault())
        robots.answer(client, call.event_token, {"status": "sent"}, "ok")
        [run] = side.state.runs.values()
        assert run.status == "completed"
        with pytest.raises(PortalRefused) as caught:
            robots.answer(client, call.event_token, {"status": "sent"}, "ok")
        assert caught.value.code == "ACCESS_DENIED"

    def test_install_and_uninstall_events_are_read(self, side):
        side.register()
        side.engine.finish_install(side.client_id)
        [form] = side.posted("/handlers/events")
        event = robots.parse_event(form)
        assert event.event == "ONAPPINSTALL"
        assert event.auth is not None
        assert side.prove(event.auth.access).installed
        token = event.application_token
        side.engine.uninstall_app(side.client_id, ADMIN, clean=True)
        last = robots.parse_event(side.posted("/handlers/events")[-1])
        assert (last.event, last.auth, last.data["CLEAN"]) == ("ONAPPUNINSTALL", None, "1")
        assert last.application_token == token

    def test_a_button_on_our_card_tells_envelope_and_action(self, side):
        side.register()
        side.engine.finish_install(side.client_id)
        own = timeline.put_card(
            side.frame(), entity_type_id=2, entity_id="1", card=card(), activity_id=None
        )
        layout = side.state.activities[int(own)].layout
        side.engine.timeline_action(
            int(own), SALES, layout["footer"]["buttons"]["remind"]["action"]
        )
        event = robots.parse_event(side.posted("/handlers/events")[-1])
        assert event.event == "ONCRMTIMELINEITEMACTION"
        assert (event.data["envelope"], event.data["action"]) == (ENVELOPE, "remind")
        assert event.data["activityId"] == own


def test_the_webhook_fills_a_portal(side):
    hook = side.state.webhooks[0]
    address = f"{side.portal.portal_url}/rest/{hook.user_id}/{hook.secret}/"
    client = CrmClient(WebhookTransport(address, sleep=side.slept.append))
    client.call("crm.item.update", {"entityTypeId": 2, "id": 1, "fields": {"title": "A & B=1#x"}})
    assert side.state.deals[1].title == "A & B=1#x"
