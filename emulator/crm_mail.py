"""Mail sent as a side effect of an e-mail activity: only with all three flags, never twice."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from emulator import mailbox
from emulator.faults import Faults
from emulator.rest.errors import untitled
from emulator.state import Activity, State

EMAIL_TYPE = 4
OUTGOING = 2
PLAIN, HTML = 1, 3


def send(state: State, faults: Faults, activity: Activity) -> None:
    """Send the mail of an activity, or raise: the activity then exists and no mail went.

    FILES of the activity go as attachments [U].
    """
    if faults.take("mail:send"):
        raise untitled("Email send error. Failed to connect to the mail server")
    to = [str(c.get("VALUE", "")) for c in activity.communications if c.get("VALUE")]
    if not to:
        raise untitled('Email send error. "To" is not found')
    sender = str(activity.settings.get("MESSAGE_FROM") or "")
    if "@" not in sender:
        raise untitled('Email send error. "From" is not found')
    recipients = list(to)
    if str(activity.settings.get("DISABLE_SENDING_MESSAGE_COPY", "N")).upper() != "Y":
        recipients.append(sender.rpartition("<")[2].rstrip(">"))
    raw = bytes(message(state, activity, sender, to))
    mailbox.keep(state, raw, sender, recipients, source="crm")


def message(state: State, activity: Activity, sender: str, to: list[str]) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, ", ".join(to), activity.subject
    mail["Date"] = formatdate(state.now().timestamp(), localtime=False)
    mail["Message-ID"] = make_msgid(domain="crm.example.com")
    subtype = "html" if activity.description_type == HTML else "plain"
    mail.set_content(activity.description or " ", subtype=subtype)
    for file_id in activity.file_ids:
        attach(mail, state.files[file_id])
    return mail


def attach(mail: EmailMessage, stored: Any) -> None:
    kind, _, subtype = stored.mime.partition("/")
    mail.add_attachment(stored.content, maintype=kind, subtype=subtype, filename=stored.name)
