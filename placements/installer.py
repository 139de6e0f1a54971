"""The installer page: each step shown as it is done, `installFinish` last, by the page's script."""

from __future__ import annotations

from flask import Blueprint, Response, g

from app.actions import install
from app.actions.install import Arrival, Done
from app.errors import NotAllowed
from app.http.context import services
from app.http.guards import PortalCaller, frame_ticket, installer_frame, open_to_all
from app.http.pages import page_language
from app.texts import translator
from placements import frame

blueprint = Blueprint("installer", __name__, url_prefix="/placements/install")
EVENTS = {
    "ONAPPINSTALL": "Hear when the installation is complete",
    "ONAPPUNINSTALL": "Hear when the app is removed, and stop at once",
    "ONAPPUPDATE": "Hear about new versions",
    "ONAPPPAYMENT": "Hear about the subscription",
    "ONCRMTIMELINEITEMACTION": "Buttons of the status card in the timeline",
    "ONCRMDEALDELETE": "Hear when a deal is deleted",
    "ONCRMTYPEADD": "Hear when a smart process is made",
    "ONCRMTYPEDELETE": "Hear when a smart process is removed",
}
"""What each event means to the person who watches (msgids)."""
RECORDS = {
    "deal": "Deals",
    "lead": "Leads",
    "contact": "Contacts",
    "company": "Companies",
    "quote": "Quotes",
    "invoice": "Invoices",
    "smart": "Smart processes",
}
PLACES = {
    "document-button": "Document menu",
    "toolbar": "top bar",
    "tab": "tab",
    "timeline": "timeline menu",
}
"""Where a widget goes, by the two halves of its key in the manifest (msgids)."""


@blueprint.get("")
@open_to_all
def outside() -> Response:
    """Tell whoever opens this outside Bitrix24 where it belongs; answers HEAD."""
    return frame.outside()


@blueprint.post("")
@installer_frame
def open_installer() -> str:
    """Keep the installation of the administrator who opened the wizard, and show what will be set up."""
    call, proven = g.frame, g.proven
    arrival = Arrival(
        proven=proven,
        access=call.auth_id,
        refresh=call.refresh_id,
        expires_s=call.auth_expires,
        application_token=call.application_token,
        lang=call.lang,
    )
    portal_id = install.save(services(), arrival)
    g.caller = PortalCaller(
        portal_id=portal_id,
        user_id=proven.user_id,
        is_admin=True,
        lang=call.lang,
        domain=proven.domain,
        origin=g.portal_origin,
    )
    return frame.shell("install/install.html", manifest=services().manifest)


@blueprint.get("/plan")
@frame_ticket
def plan() -> Response:
    """List what the portal still lacks."""
    left = install.remaining(services(), _installer())
    return frame.answer(labels=[_title(one) for one in left])


@blueprint.post("/step")
@frame_ticket
def step() -> Response:
    """Make the next changes on the portal and say how many are left."""
    made = install.apply_next(services(), _installer())
    done = [{"label": _title(one), "error": one.error} for one in made.done]
    return frame.answer(done=done, remaining=made.remaining)


def _installer() -> str:
    """Return the portal of the administrator who installs; these steps act with their rights on the portal."""
    who = frame.who()
    if not who.is_admin:
        raise NotAllowed
    return who.portal_id


def _title(one: Done) -> str:
    """Return a change's title in the reader's language: for a widget with the place where it will be found;
    events get words in place of their technical names."""
    lang = page_language()
    say, text = translator(lang), one.label.get(lang) or one.label.get("en", "")
    record, _, place = one.part.rstrip("-0123456789").partition("-")  # smart-tab-177
    if record in RECORDS and place in PLACES:
        return f"{text} · {say(RECORDS[record])}, {say(PLACES[place])}"
    return say(EVENTS.get(text, text))
