"""Access and refresh tokens of applications: issue, look up, rotate.

Access tokens live an hour, refresh tokens 180 days, by the portal's clock. A refresh token
works once [U]: a second use is `invalid_grant`, the strict reading.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from emulator.state import State, Token

ACCESS_S = 3600
REFRESH_DAYS = 180


def issue(state: State, client_id: str, user_id: int) -> Token:
    """Return a new pair of tokens of that app for that user."""
    with state.lock:
        now = state.now()
        token = Token(
            access=secrets.token_hex(35),
            refresh=secrets.token_hex(35),
            client_id=client_id,
            user_id=user_id,
            expires=now + timedelta(seconds=ACCESS_S),
            refresh_expires=now + timedelta(days=REFRESH_DAYS),
        )
        state.tokens[token.access] = token
        forget_old(state)
        return token


def forget_old(state: State) -> None:
    """Drop what no longer works, so that a long demonstration does not grow without end."""
    if len(state.tokens) % 500:
        return
    now = state.now()
    dead = [k for k, t in state.tokens.items() if t.refresh_expires < now or t.refreshed]
    for key in dead:
        if state.tokens[key].expires + timedelta(hours=1) < now:
            del state.tokens[key]


def by_refresh(state: State, refresh: str) -> Token | None:
    with state.lock:
        return next((t for t in state.tokens.values() if t.refresh == refresh), None)


def rotate(state: State, token: Token) -> Token:
    """Return the pair that replaces `token`; its refresh token is spent."""
    with state.lock:
        token.refreshed = True
        return issue(state, token.client_id, token.user_id)


def revoke_app(state: State, client_id: str) -> None:
    with state.lock:
        for token in state.tokens.values():
            if token.client_id == client_id:
                token.revoked = True


def server_endpoint(state: State) -> str:
    return f"{state.oauth_url}/rest/"


def client_endpoint(state: State) -> str:
    return f"{state.portal.url}/rest/"


def event_auth(state: State, token: Token, *, refresh: bool) -> dict[str, Any]:
    """Return the `auth` block of an event or robot call that carries tokens."""
    inst = state.installations[token.client_id]
    auth: dict[str, Any] = {
        "access_token": token.access,
        "expires": str(int(token.expires.timestamp())),
        "expires_in": str(max(0, int((token.expires - state.now()).total_seconds()))),
        "scope": ",".join(state.apps[token.client_id].scopes),
        **bare_auth(state, inst.application_token),
        "status": inst.status_code,
        "user_id": str(token.user_id),
    }
    if refresh:
        auth["refresh_token"] = token.refresh
    return auth


def bare_auth(state: State, application_token: str) -> dict[str, Any]:
    """Return the `auth` block without tokens: only who and where."""
    return {
        "domain": state.portal.domain,
        "server_endpoint": server_endpoint(state),
        "client_endpoint": client_endpoint(state),
        "member_id": state.portal.member_id,
        "application_token": application_token,
    }
