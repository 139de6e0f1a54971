"""The frame around every page: who is looking, in which language, the menu, the doors' rules."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from emulator.engine import Engine
from emulator.pages import texts
from emulator.state import App, Installation, State, User

ROOM = Path(__file__).parent.parent
USER_COOKIE = "portal_user"
NOTES_SHOWN = 8
CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "frame-src *; form-action *; frame-ancestors 'self'; base-uri 'none'; object-src 'none'"
)

pages = Blueprint(
    "pages",
    __name__,
    template_folder=str(ROOM / "templates"),
    static_folder=str(ROOM / "static"),
    static_url_path="/-/static",
)


def engine() -> Engine:
    """Return the portal's verbs."""
    found: Engine = current_app.extensions["engine"]
    return found


def state() -> State:
    return engine().state


def user() -> User:
    """Return the person at the pages: the switcher's choice, else the administrator."""
    chosen = request.cookies.get(USER_COOKIE, "")
    found = state().users.get(int(chosen)) if chosen.isdigit() else None
    return found if found and found.active else state().admin()


def lang() -> str:
    return "fr" if user().lang == "fr" else "en"


def say(english: str, **values: object) -> str:
    """Return a sentence in the language of the person at the pages."""
    return texts.say(english, lang(), **values)


def installed_apps() -> list[tuple[App, Installation]]:
    """Return the apps of the left menu: those whose installation is finished."""
    return [
        (state().apps[client_id], installation)
        for client_id, installation in state().installations.items()
        if installation.finished and client_id in state().apps
    ]


def fragment(html: str) -> BaseResponse:
    """Return a piece of a page with an ETag, 304 when the browser has it already."""
    response = Response(html, mimetype="text/html")
    response.set_etag(hashlib.sha256(html.encode()).hexdigest()[:20])
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)


def with_rev(html: str, salt: str = "") -> str:
    """Return `html` with its `@rev@` mark replaced by a digest of itself (see live.js)."""
    digest = hashlib.sha256((html + salt).encode()).hexdigest()[:12]
    return html.replace("@rev@", digest, 1)


def asked() -> dict[str, Any]:
    """Return the JSON body of a page's own call, empty when there is none."""
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def hue(text: str) -> int:
    """Return a steady colour angle for a name."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:4], 16) % 360


def initials(name: str) -> str:
    words = [w for w in name.replace("-", " ").split() if w[:1].isalpha()]
    return (
        "".join(w[0] for w in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "#"
    )


@pages.app_template_filter("slug")
def slug(text: str) -> str:
    """Return a title as it stands in a test id: lower case, hyphens, no accents."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", flat).strip("-")


@pages.before_request
def stay_on_own_domain() -> BaseResponse | None:
    """Frames compare origins: send people who came by another name to the portal's address."""
    split = urlsplit(state().portal.url)
    if request.method == "GET" and request.host != split.netloc and request.blueprint == "pages":
        query = f"?{request.query_string.decode()}" if request.query_string else ""
        return redirect(f"{state().portal.url}{request.path}{query}")
    return None


@pages.before_request
def refuse_foreign_posts() -> None:
    """An application in a frame must not press the portal's buttons."""
    origin = request.headers.get("Origin", "")
    if request.method == "POST" and origin and urlsplit(origin).netloc != request.host:
        abort(403)


@pages.app_errorhandler(HTTPException)
def _error(error: HTTPException) -> Any:
    lost = request.blueprint is None and not request.path.startswith(("/rest", "/oauth"))
    if request.blueprint != "pages" and not (lost and request.accept_mimetypes.accept_html):
        return error
    sentence = say("There is no such page.") if lost else error.description or error.name
    if request.path.startswith("/-/"):
        return {"error": sentence}, error.code or 500
    return render_template("error.html", code=error.code, sentence=sentence), error.code or 500


@pages.after_request
def _headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


@pages.app_context_processor
def _shell() -> dict[str, Any]:
    mine, spoken = user(), lang()
    return {
        "portal": state().portal,
        "company": state().portal.title,
        "me": mine,
        "people": [u for u in state().users.values() if u.active],
        "lang": spoken,
        "t": say,
        "bare": request.args.get("IFRAME") == "Y",
        "apps": installed_apps(),
        "unread": sum(not m.read for m in state().mails),
        "script_texts": texts.script_texts(spoken),
        "money": lambda amount, currency="EUR": texts.money(amount, currency, spoken),
        "number": lambda amount: texts.number(amount, spoken),
        "clock": lambda moment: texts.clock(moment, spoken),
        "day": lambda moment: texts.day(moment, spoken),
        "when": lambda moment: texts.day_and_clock(moment, spoken),
        "size": lambda length: texts.size(length, spoken),
        "phone": texts.phone,
        "hue": hue,
        "initials": initials,
        "nav": draw_nav,
        "notes": draw_notes,
        "static": lambda name: url_for("pages.static", filename=name),
    }


def draw_nav(here: str) -> str:
    return render_template("parts/nav.html", here=here)


def draw_notes() -> str:
    """Return the bell with the person's latest notifications (im.notify.system.add)."""
    mine = [n for n in state().notifications if n.user_id == user().id]
    latest = sorted(mine, key=lambda n: n.id, reverse=True)[:NOTES_SHOWN]
    found = [(n, texts.bbcode(n.message)) for n in latest]
    fresh = sum(not n.read for n in mine)
    return with_rev(render_template("parts/notes.html", found=found, fresh=fresh))


@pages.get("/-/nav")
def nav() -> BaseResponse:
    with state().lock:
        return fragment(draw_nav(request.args.get("here", "")))


@pages.get("/-/notes")
def notes() -> BaseResponse:
    with state().lock:
        return fragment(draw_notes())


@pages.post("/-/notes/read")
def read_notes() -> dict[str, Any]:
    """The person has opened the bell."""
    with state().lock:
        for note in state().notifications:
            if note.user_id == user().id:
                note.read = True
        state().touch()
    return {"read": True}


@pages.post("/-/user")
def choose_user() -> BaseResponse:
    """Become another employee of the portal."""
    response = redirect(back())
    response.set_cookie(USER_COOKIE, request.form.get("user", ""), samesite="Lax", httponly=True)
    return response


@pages.post("/-/language")
def choose_language() -> BaseResponse:
    """Change the language of the person at the pages; frames are opened in it too."""
    spoken = request.form.get("lang", "en")
    with state().lock:
        user().lang = spoken if spoken in state().portal.languages else "en"
        state().touch()
    return redirect(back())


def back() -> str:
    """Return the path of the page a form was on, the deals when unknown."""
    split = urlsplit(request.referrer or "")
    if split.netloc != request.host:
        return "/crm/deal/"
    return split.path + (f"?{split.query}" if split.query else "")
