"""What reached people outside the portal: the inbox with every e-mail, the phone with every SMS."""

from __future__ import annotations

import base64
import email
import email.message
import email.utils
import re
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, render_template, request
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as BaseResponse

from emulator.pages.shell import fragment, pages, state, with_rev
from emulator.state import Mail, Sms

MAIL_CSP = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src data: http: https:; style-src 'unsafe-inline'; font-src data:; base-uri 'self'"
)
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


@dataclass(frozen=True, slots=True)
class Thread:
    """All messages of one phone number, oldest first, with their number among all messages."""

    number: str
    name: str
    messages: list[tuple[int, Sms]]


def name_of(address: str) -> str:
    return email.utils.parseaddr(address)[0] or address_of(address)


def address_of(address: str) -> str:
    return email.utils.parseaddr(address)[1] or address


def boxes() -> list[tuple[str, int]]:
    """Return (address, unread count) of everyone who received a mail."""
    found: dict[str, int] = {}
    for mail in state().mails:
        for who in mail.recipients:
            box = address_of(who).lower()
            found[box] = found.get(box, 0) + (not mail.read)
    return sorted(found.items())


def mails_of(box: str) -> list[Mail]:
    """Return the mails of one mailbox, newest first; of all when box is empty."""
    found = [
        m for m in state().mails if not box or box in {address_of(r).lower() for r in m.recipients}
    ]
    return sorted(found, key=lambda m: (m.received, m.id), reverse=True)


@pages.get("/inbox/")
def inbox() -> str:
    """Show a mailbox and the mail being read (`m`), in HTML or plain text (`as=text`)."""
    box, chosen = request.args.get("box", "").lower(), request.args.get("m", "")
    with state().lock:
        shown = mails_of(box)
        current = next((m for m in shown if str(m.id) == chosen), None)
        if current and not current.read:
            current.read = True
            state().touch()
        plain = request.args.get("as") == "text" or bool(current and not current.html)
        return render_template(
            "inbox.html",
            list_html=draw_mails(shown, box, current.id if current else 0),
            boxes=boxes(),
            box=box,
            mail=current,
            plain=plain,
            text=linked(current.text) if current else "",
            name_of=name_of,
            address_of=address_of,
        )


@pages.get("/-/mails")
def mails_fragment() -> BaseResponse:
    box = request.args.get("box", "").lower()
    with state().lock:
        return fragment(draw_mails(mails_of(box), box, int(request.args.get("m") or 0)))


def draw_mails(mails: list[Mail], box: str, current: int) -> str:
    if not mails:
        return with_rev(render_template("parts/no_mail.html"))
    return "".join(
        with_rev(
            render_template(
                "parts/mail_row.html",
                mail=m,
                box=box,
                current=m.id == current,
                snippet=" ".join(m.text.split())[:120],
                name_of=name_of,
                address_of=address_of,
            )
        )
        for m in mails
    )


@pages.get("/-/mail/<int:mail_id>/html")
def mail_html(mail_id: int) -> Response:
    """Return a mail's HTML for a sandboxed frame: no scripts, links open in a new tab."""
    mail = next((m for m in state().mails if m.id == mail_id), None)
    if mail is None:
        abort(404)
    body = with_inline_pictures(mail)
    response = Response(
        f'<!doctype html><base target="_blank"><meta name="referrer" content="no-referrer">{body}',
        mimetype="text/html",
    )
    response.headers["Content-Security-Policy"] = MAIL_CSP
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def with_inline_pictures(mail: Mail) -> str:
    """Return the HTML with `cid:` pictures as data addresses."""
    if "cid:" not in mail.html:
        return mail.html
    html = mail.html
    for part in email.message_from_bytes(mail.raw).walk():
        ident = str(part.get("Content-ID", "")).strip("<>")
        body = part.get_payload(decode=True)
        if ident and isinstance(body, bytes):
            data = f"data:{part.get_content_type()};base64,{base64.b64encode(body).decode()}"
            html = html.replace(f"cid:{ident}", data)
    return html


def linked(text: str) -> Markup:
    """Return text as HTML with its web addresses as links to a new tab."""
    parts, at = [], 0
    for found in LINK.finditer(text):
        parts.append(escape(text[at : found.start()]))
        link = escape(found.group())
        parts.append(
            Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(link)
        )
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


@pages.get("/phone/")
def phone() -> Any:
    """Show the text messages of one number (`n`), the latest one's without it."""
    with state().lock:
        found = threads()
        current = current_thread(found, request.args.get("n", ""))
        return render_template(
            "phone.html",
            list_html=draw_threads(found, current),
            bubbles_html=draw_bubbles(current),
            current=current,
            asked=request.args.get("n", ""),
        )


@pages.get("/-/phone/<part>")
def phone_fragment(part: str) -> BaseResponse:
    with state().lock:
        found = threads()
        current = current_thread(found, request.args.get("n", ""))
        if part == "threads":
            return fragment(draw_threads(found, current))
        return fragment(draw_bubbles(current))


def threads() -> list[Thread]:
    """Return the numbers, the latest message first."""
    numbered = list(enumerate(state().sms, start=1))
    order = dict.fromkeys(m.to for _, m in reversed(numbered))
    return [Thread(n, owner(n), [x for x in numbered if x[1].to == n]) for n in order]


def owner(number: str) -> str:
    """Return whose phone it is, empty when nobody's."""
    digits = bare(number)
    for contact in state().contacts.values():
        if any(m.type_id == "PHONE" and bare(m.value) == digits for m in contact.fm):
            return contact.full_name
    for person in state().users.values():
        if bare(person.phone) == digits:
            return person.full_name
    return ""


def bare(number: str) -> str:
    """Return the last nine digits: national and international writing agree there."""
    return re.sub(r"\D", "", number)[-9:]


def current_thread(found: list[Thread], number: str) -> Thread | None:
    wanted = bare(number)
    return next(
        (t for t in found if wanted and bare(t.number) == wanted), found[0] if found else None
    )


def draw_threads(found: list[Thread], current: Thread | None) -> str:
    return "".join(
        with_rev(render_template("parts/phone_row.html", thread=t, current=t is current))
        for t in found
    )


def draw_bubbles(current: Thread | None) -> str:
    if current is None:
        return with_rev(render_template("parts/no_sms.html"))
    return "".join(
        with_rev(render_template("parts/bubble.html", n=n, sms=sms, text=linked(sms.text)))
        for n, sms in current.messages
    )
