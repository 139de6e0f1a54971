"""Mail through the CRM, against the pretend portal: sent once, nothing left of a try that failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.crm.client import CrmClient
from app.crm.mail import CrmMail, send_mail
from app.crm.oauth import direct_transport
from app.crm.wire import pooled_session
from app.errors import PortalRefused, PortalUnavailable
from emulator import server, tokens
from emulator.server import Emulator

CLAIRE = "claire.verdier@example.com"
MAIL = CrmMail(
    entity_type_id=2,
    entity_id="1",
    contact_id="1",
    to=CLAIRE,
    sender="Karim Benali <karim.benali@example.com>",
    responsible_id="2",
    subject="Signé par tous : contrat",
    html="<p>Votre copie est jointe.</p>",
    origin_id="0123456789abcdef0123456789abcdef",
    at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    files=[("contrat.pdf", b"%PDF-1.7")],
)


@pytest.fixture
def portal() -> Iterator[Emulator]:
    with server.start(app_url="http://localhost:8610") as running:
        client_id = next(iter(running.state.apps))
        running.engine.start_install(client_id, 1)
        yield running


@pytest.fixture
def client(portal: Emulator) -> CrmClient:
    token = tokens.issue(portal.state, next(iter(portal.state.apps)), 1)
    return CrmClient(direct_transport(pooled_session(), f"{portal.portal_url}/rest/", token.access))


def arrived(portal: Emulator) -> list[str]:
    return [mail.subject for mail in portal.state.mails]


def logged(portal: Emulator) -> int:
    return sum(one.provider_id == "CRM_EMAIL" for one in portal.state.activities.values())


def test_the_mail_leaves_with_its_file_and_stands_on_the_timeline(
    portal: Emulator, client: CrmClient
) -> None:
    assert send_mail(client, MAIL)
    (mail,) = portal.state.mails
    assert (mail.source, mail.recipients, mail.subject) == ("crm", [CLAIRE], MAIL.subject)
    assert [one.name for one in mail.attachments] == ["contrat.pdf"]
    assert logged(portal) == 1


def test_a_mailbox_that_fails_leaves_no_activity_and_the_next_try_sends_once(
    portal: Emulator, client: CrmClient
) -> None:
    portal.engine.faults.add("mail:send", "fail")
    with pytest.raises(PortalRefused):
        send_mail(client, MAIL)
    assert (arrived(portal), logged(portal)) == ([], 0)
    send_mail(client, MAIL)
    assert (arrived(portal), logged(portal)) == ([MAIL.subject], 1)


def test_a_lost_answer_costs_at_most_one_more_mail_and_one_line_stands(
    portal: Emulator, client: CrmClient
) -> None:
    portal.engine.faults.add("crm.activity.add", "cut")
    with pytest.raises(PortalUnavailable):
        send_mail(client, MAIL)
    send_mail(client, MAIL)
    assert len(arrived(portal)) == 2
    assert logged(portal) == 1


def test_another_mail_of_ours_is_left_alone(portal: Emulator, client: CrmClient) -> None:
    send_mail(client, MAIL)
    send_mail(client, replace(MAIL, origin_id="f" * 32))
    assert logged(portal) == 2
