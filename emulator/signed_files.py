"""Downloads by machine addresses: signed, tied to an access token, picky about the client.

A client without a real User-Agent gets a proxy's 404, as in life. The address works while its
access token works [U]; `/bitrix/services/...` addresses want a browser.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Request, Response

from emulator.rest import auth
from emulator.rest.errors import RestError, system
from emulator.state import State, StoredFile

if TYPE_CHECKING:
    from emulator.engine import Engine

NGINX_404 = (
    "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body>\r\n<center><h1>404 Not Found"
    "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)
LOGIN = "<!doctype html><title>Authorization</title><form><input name=USER_LOGIN></form>"
BAD_AGENTS = ("python-requests", "python-urllib", "curl", "wget", "go-http-client", "java/")
METHODS = (
    "crm.documentgenerator.document.download",
    "crm.documentgenerator.document.getpdf",
    "crm.documentgenerator.document.getimage",
    "crm.documentgenerator.template.download",
    "crm.controller.item.getfile",
)


def machine_url(state: State, method: str, file_id: int, access: str) -> str:
    """Return the signed address of a file for programs."""
    token = f"{file_id}.{signature(state, file_id, access)}"
    return f"{state.portal.url}/rest/{method}.json?auth={quote(access)}&token={quote(token)}"


def browser_url(state: State, action: str, ident: int) -> str:
    """Return the address of a document's file for a signed-in browser."""
    base = f"{state.portal.url}/bitrix/services/main/ajax.php"
    return f"{base}?action={action}&SITE_ID=s1&id={ident}"


def signature(state: State, file_id: int, access: str) -> str:
    text = f"{file_id}|{access}".encode()
    return hmac.new(state.signing_key.encode(), text, hashlib.sha256).hexdigest()[:40]


def is_download(name: str) -> bool:
    return name.strip("/").removesuffix(".json").lower() in METHODS


def serve(engine: Engine, request: Request, name: str) -> Response:
    """Return the file behind a machine address, or the refusal a careless client gets."""
    agent = request.headers.get("User-Agent", "").lower()
    if not agent or agent.startswith(BAD_AGENTS):
        return Response(NGINX_404, 404, mimetype="text/html")
    rule = engine.faults.take(name.strip("/").removesuffix(".json"))
    if rule:
        return Response(NGINX_404, rule.status or 404, mimetype="text/html")
    try:
        stored = find(engine.state, request)
    except RestError as error:
        return Response(str(error.body()), error.status, mimetype="application/json")
    return download(stored)


def find(state: State, request: Request) -> StoredFile:
    access, token = request.args.get("auth", ""), request.args.get("token", "")
    with state.lock:
        auth.by_token(state, access)
        ident, _, given = token.partition(".")
        good = ident.isdigit() and hmac.compare_digest(signature(state, int(ident), access), given)
        stored = state.files.get(int(ident)) if good else None
    if stored is None:
        raise system("ACCESS_DENIED")
    return stored


def serve_to_browser(engine: Engine, request: Request) -> Response:
    """Return a document's file to a person's browser; programs get the sign-in page."""
    if "Sec-Fetch-Mode" not in request.headers:
        return Response(LOGIN, 200, mimetype="text/html")
    kind = request.args.get("action", "").rpartition(".")[2].lower()
    ident = request.args.get("id", "")
    document = engine.state.documents.get(int(ident)) if ident.isdigit() else None
    if document is None:
        return Response(NGINX_404, 404, mimetype="text/html")
    file_id = document.pdf_file_id if kind == "getpdf" else document.file_id
    stored = engine.state.files.get(file_id)
    return download(stored) if stored else Response(NGINX_404, 404, mimetype="text/html")


def download(stored: StoredFile) -> Response:
    name = quote(stored.name)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(stored.content, 200, headers, mimetype=stored.mime)
