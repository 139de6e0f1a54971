"""Who calls: the token or webhook of a REST call, checked in the portal's order."""

from __future__ import annotations

import hmac

from flask import Request

from emulator.rest.errors import system
from emulator.rest.registry import Caller
from emulator.state import State, Token, User


def by_token(state: State, access: str) -> Caller:
    """Return the caller behind an access token. Raises the 401/403 codes of the portal."""
    if state.portal.deleted:
        raise system("PORTAL_DELETED")
    if not access:
        raise system("NO_AUTH_FOUND")
    token = state.tokens.get(access)
    if token is None:
        raise system("invalid_token")
    if token.expires <= state.now():
        raise system("expired_token")
    user = check_app(state, token)
    return Caller(user, token.client_id, state.apps[token.client_id].scopes, access)


def check_app(state: State, token: Token) -> User:
    """Return the token's user, when app and user may still call."""
    inst = state.installations.get(token.client_id)
    if token.revoked or inst is None or inst.status == "removed":
        raise system("APPLICATION_NOT_FOUND")
    user = active_user(state, token.user_id)
    if inst.payment_expired:
        raise system("PAYMENT_REQUIRED")
    if inst.allowed_user_ids and user.id not in inst.allowed_user_ids and not user.is_admin:
        raise system("user_access_error")
    return user


def active_user(state: State, user_id: int) -> User:
    user = state.users.get(user_id)
    if user is None or not user.active:
        raise system("authorization_error")
    return user


def by_webhook(state: State, user_id: int, secret: str) -> Caller:
    """Return the caller behind /rest/{user}/{secret}/. Raises INVALID_CREDENTIALS."""
    if state.portal.deleted:
        raise system("PORTAL_DELETED")
    for hook in state.webhooks:
        if hook.user_id == user_id and hmac.compare_digest(hook.secret, secret):
            return Caller(active_user(state, user_id), "", hook.scopes)
    raise system("INVALID_CREDENTIALS")


def token_in(request: Request, params: dict[str, object]) -> str:
    """Return the access token, wherever it was put: parameter `auth` or a bearer header."""
    given = params.get("auth") or params.get("AUTH") or ""
    header = request.headers.get("Authorization", "")
    if not given and header.startswith("Bearer "):
        return header.removeprefix("Bearer ").strip()
    return str(given)
