"""Mail, SMS, notifications, comments with files, the time-stamp authority."""

from __future__ import annotations

import base64
import smtplib
from email.message import EmailMessage
from typing import Any

import pytest
import requests
from portal_kit import Client

from emulator.server import Emulator
from emulator.web import SMS_KEY

PAIR = ["contrat signé.pdf", base64.b64encode(b"%PDF-1.7 x").decode()]


def mail_fields(**more: Any) -> dict[str, Any]:
    return {
        "OWNER_TYPE_ID": 2,
        "OWNER_ID": 1,
        "TYPE_ID": 4,
        "DIRECTION": 2,
        "COMPLETED": "Y",
        "SUBJECT": "À signer",
        "DESCRIPTION": "Bonjour",
        "DESCRIPTION_TYPE": 3,
        "RESPONSIBLE_ID": 2,
        "COMMUNICATIONS": [
            {"VALUE": "claire.verdier@example.com", "ENTITY_ID": 1, "ENTITY_TYPE_ID": 3}
        ],
        "SETTINGS": {
            "MESSAGE_FROM": "Karim Benali <karim.benali@example.com>",
            "DISABLE_SENDING_MESSAGE_COPY": "Y",
        },
        **more,
    }


def sms(portal: Emulator, key: str = SMS_KEY, **body: Any) -> requests.Response:
    return requests.post(
        f"{portal.services_url}/sms/send",
        json=body,
        headers={"Authorization": f"Bearer {key}"},
        timeout=5,
    )


def sms_known(portal: Emulator, reference: str) -> requests.Response:
    return requests.get(
        f"{portal.services_url}/sms/send",
        params={"client_ref": reference},
        headers={"Authorization": f"Bearer {SMS_KEY}"},
        timeout=5,
    )


def test_the_mail_server_keeps_what_it_gets(portal: Emulator) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Paraph <sign@example.com>", "claire.verdier@example.com"
    message["Subject"] = "À signer : contrat"
    message.set_content("Lien : http://localhost:8610/s/abc?x=1&y=2.")
    message.add_alternative('<a href="http://localhost:8610/s/abc?x=1&amp;y=2">o</a>', "html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="c.pdf")
    for _ in range(2):
        with smtplib.SMTP("127.0.0.1", portal.smtp_port, timeout=5) as smtp:
            smtp.send_message(message)
    url = f"{portal.portal_url}/emulator/mails"
    found = requests.get(url, params={"to": "Claire.Verdier@example.com"}, timeout=5).json()
    assert len(found) == 2
    assert found[0]["subject"] == "À signer : contrat"
    assert found[0]["links"] == ["http://localhost:8610/s/abc?x=1&y=2"]
    assert [a["name"] for a in found[0]["attachments"]] == ["c.pdf"]


def test_a_mailbox_can_refuse(portal: Emulator) -> None:
    portal.engine.faults.add("mail:smtp", "reject")
    with (
        smtplib.SMTP("127.0.0.1", portal.smtp_port, timeout=5) as smtp,
        pytest.raises(smtplib.SMTPDataError) as refused,
    ):
        smtp.sendmail("a@example.com", ["b@example.com"], "Subject: x\n\nx")
    assert refused.value.smtp_code == 550
    assert portal.state.mails == []


@pytest.mark.parametrize("missing", ["TYPE_ID", "DIRECTION", "COMPLETED"])
def test_crm_mail_goes_only_with_all_three_flags(admin: Client, missing: str) -> None:
    admin.call("crm.activity.add", fields=mail_fields(FILES=[{"fileData": PAIR}]))
    (mail,) = admin.portal.state.mails
    assert (mail.source, mail.recipients) == ("crm", ["claire.verdier@example.com"])
    assert [a.name for a in mail.attachments] == [PAIR[0]]
    other = {"TYPE_ID": 2, "DIRECTION": 1, "COMPLETED": "N"}[missing]
    assert admin.call("crm.activity.add", fields=mail_fields(**{missing: other}))
    assert len(admin.portal.state.mails) == 1


def test_a_mail_that_fails_leaves_its_activity_behind(admin: Client) -> None:
    admin.portal.engine.faults.add("mail:send", "fail")
    answer = admin.raw("crm.activity.add", fields=mail_fields())
    assert answer.status_code == 400
    assert answer.json()["error_description"].startswith("Email send error.")
    assert admin.portal.state.mails == []
    assert [a.provider_id for a in admin.portal.state.activities.values()] == ["CRM_EMAIL"]


def test_the_sms_gateway_sends_each_reference_once(portal: Emulator) -> None:
    first = sms(portal, to="+33199000211", text="Code 1", client_ref="r1").json()
    again = sms(portal, to="+33199000211", text="Code 1", client_ref="r1").json()
    assert first["id"] == again["id"]
    asked = sms_known(portal, "r1")
    assert (asked.status_code, asked.json()["id"]) == (200, first["id"])
    assert sms_known(portal, "r2").status_code == 404
    assert sms_known(portal, "").status_code == 404
    assert [s.text for s in portal.state.sms] == ["Code 1"]
    status = requests.get(f"{portal.services_url}/sms/status/{first['id']}", timeout=5).json()
    assert status["status"] == "delivered"


def test_the_sms_gateway_refuses_strangers_and_nonsense(portal: Emulator) -> None:
    assert sms(portal, key="wrong", to="+33199000211", text="x").status_code == 401
    assert sms(portal, to="0199000211", text="x").status_code == 400
    portal.engine.faults.add("sms:send", "fail")
    assert sms(portal, to="+33199000211", text="x", client_ref="r").status_code == 503
    portal.engine.faults.add("sms:send", "undelivered")
    ident = sms(portal, to="+33199000211", text="x", client_ref="r").json()["id"]
    status = requests.get(f"{portal.services_url}/sms/status/{ident}", timeout=5).json()
    assert status["status"] == "failed"


def test_a_comment_takes_a_list_of_file_pairs(admin: Client) -> None:
    fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1, "COMMENT": "Signé", "FILES": [PAIR, PAIR]}
    ident = admin.call("crm.timeline.comment.add", fields=fields)
    comment = admin.call("crm.timeline.comment.get", id=ident)
    assert (comment["ID"], comment["ENTITY_TYPE"], comment["AUTHOR_ID"]) == (
        str(ident),
        "deal",
        "1",
    )
    assert [f["name"] for f in comment["FILES"].values()] == [PAIR[0], PAIR[0]]
    file_id = next(iter(comment["FILES"]))
    assert admin.portal.state.files[int(file_id)].content == b"%PDF-1.7 x"
    where = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1}
    assert [c["ID"] for c in admin.call("crm.timeline.comment.list", filter=where)] == [str(ident)]


def test_a_single_pair_instead_of_a_list_brings_no_file(admin: Client) -> None:
    fields = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1, "COMMENT": "Signé", "FILES": PAIR}
    ident = admin.call("crm.timeline.comment.add", fields=fields)
    assert admin.call("crm.timeline.comment.get", id=ident)["FILES"] == []


def test_empty_and_homeless_comments_are_refused(admin: Client) -> None:
    home = {"ENTITY_TYPE": "deal", "ENTITY_ID": 1}
    refused = admin.error("crm.timeline.comment.add", fields={**home, "COMMENT": " "})
    assert refused == (400, "INVALID_ARG_VALUE")
    refused = admin.error("crm.timeline.comment.add", fields={**home, "ENTITY_ID": 99})
    assert refused == (400, "OWNER_NOT_FOUND")
    assert admin.error("crm.timeline.comment.add", FIELDS=home) == (400, "100")


def test_log_lines_need_every_field(admin: Client) -> None:
    fields = {"entityTypeId": 2, "entityId": 1, "title": "Sent", "text": "t", "iconCode": "info"}
    assert admin.call("crm.timeline.logmessage.add", fields=fields)["logMessage"]["title"] == "Sent"
    partial = {k: v for k, v in fields.items() if k != "iconCode"}
    assert admin.error("crm.timeline.logmessage.add", fields=partial) == (400, "100")
    listed = admin.call("crm.timeline.logmessage.list", entityTypeId=2, entityId=1)
    assert [m["text"] for m in listed] == ["t"]


def test_an_equal_tag_replaces_the_older_notification(admin: Client) -> None:
    for message in ("first", "second"):
        admin.call("im.notify.system.add", USER_ID=2, MESSAGE=message, TAG="PARAPH|1")
    assert [n.message for n in admin.portal.state.notifications] == ["second"]


def test_a_todo_needs_a_deadline(admin: Client) -> None:
    given = {"ownerTypeId": 2, "ownerId": 1, "title": "Relancer"}
    assert admin.error("crm.activity.todo.add", **given) == (400, "100")
    ident = admin.call("crm.activity.todo.add", **given, deadline="2030-01-02T10:00:00+01:00")["id"]
    todo = admin.call("crm.activity.get", id=ident)
    assert (todo["PROVIDER_ID"], todo["DEADLINE"]) == ("CRM_TODO", "2030-01-02T10:00:00+01:00")


def test_the_time_stamp_authority_can_be_down(portal: Emulator) -> None:
    portal.engine.faults.add("tsa:stamp", "fail")
    answer = requests.post(f"{portal.services_url}/tsa", data=b"x", timeout=5)
    assert answer.status_code == 503
    root = requests.get(f"{portal.services_url}/tsa/root.pem", timeout=5)
    assert root.content.startswith(b"-----BEGIN CERTIFICATE-----")
