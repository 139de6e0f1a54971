"""The app store of the portal: one card per application, install, open, uninstall."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from emulator.lifecycle import NotAllowed
from emulator.pages.shell import asked, engine, fragment, pages, say, state, user, with_rev
from emulator.state import App, Installation

SCOPE_WORDS = {
    "crm": "Deals, contacts, companies and documents",
    "placement": "Buttons and tabs in cards",
    "bizproc": "Automation rules",
    "user_basic": "Names and e-mails of employees",
    "user": "Employees",
    "user_brief": "Names of employees",
    "im": "Notifications to employees",
    "disk": "Files on Drive",
    "documentgenerator": "Document generator",
    "mailservice": "Mail services",
    "mail": "Sending e-mail",
    "messageservice": "Text messages",
    "userfieldconfig": "Custom fields",
}


def app_of(client_id: str) -> App:
    """Return an app by its client id or its Market code."""
    found = [a for a in state().apps.values() if client_id in (a.client_id, a.code)]
    if not found:
        abort(404, say("There is no such application."))
    return found[0]


def installation_of(app: App) -> Installation | None:
    found = state().installations.get(app.client_id)
    return None if found is None or found.status in ("absent", "removed") else found


@pages.get("/market/")
def market() -> Any:
    """Show the applications on offer; one alone is shown at once."""
    offered = list(state().apps.values())
    if len(offered) == 1:
        return redirect(f"/market/detail/{offered[0].client_id}/")
    found = [(a, installation_of(a)) for a in offered]
    return render_template("market.html", offered=found)


@pages.get("/market/detail/<client_id>/")
def market_card(client_id: str) -> str:
    """Show one application: what it may do, install or uninstall."""
    with state().lock:
        app = app_of(client_id)
        return render_template("market_app.html", app=app, state_html=draw(app), words=SCOPE_WORDS)


@pages.get("/-/market/<client_id>/state")
def market_state(client_id: str) -> BaseResponse:
    with state().lock:
        return fragment(draw(app_of(client_id)))


def draw(app: App) -> str:
    installation = installation_of(app)
    html = render_template("parts/app_state.html", app=app, installation=installation)
    return with_rev(html)


@pages.post("/-/market/<client_id>/install")
def install(client_id: str) -> dict[str, Any]:
    """Begin the installation; the installer frame is opened next."""
    app = app_of(client_id)
    try:
        installation = engine().start_install(app.client_id, user().id)
    except NotAllowed as error:
        abort(403, say(str(error)))
    return {"client_id": app.client_id, "status": installation.status}


@pages.post("/-/market/<client_id>/uninstall")
def uninstall(client_id: str) -> dict[str, Any]:
    """Remove the application; clean also asks it to delete its data."""
    app = app_of(client_id)
    if installation_of(app) is None:
        abort(409, say("The application is not installed."))
    try:
        engine().uninstall_app(app.client_id, user().id, clean=bool(asked().get("clean")))
    except NotAllowed as error:
        abort(403, say(str(error)))
    return {"client_id": app.client_id}


@pages.get("/marketplace/app/<client_id>/")
@pages.get("/marketplace/view/<client_id>/")
def app_page(client_id: str) -> str:
    """Show the application's own page; `params[k]=v` reach it as placement options."""
    app = app_of(client_id)
    options = {
        key[7:-1]: value
        for key, value in request.args.items()
        if key.startswith("params[") and key.endswith("]")
    }
    return render_template("app_page.html", app=app, options=options)
