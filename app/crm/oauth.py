"""The portal as one person, by OAuth tokens: the transport of a Market app.

A token is renewed only after `expired_token`, by one process at a time, and the new pair is stored before it is
used. The client secret goes to the configured authorization server and nowhere else.
Source: settings/oauth/*, settings/how-to-call-rest-api/change-domen.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import requests

from app.crm.exchange import Exchange
from app.crm.faults import (
    EXPIRED_TOKEN,
    INVALID_GRANT,
    REFUSED_TOKEN_CODES,
    UNREACHABLE,
    fault,
)
from app.crm.identity import FreshPair, app_info, refresh_pair
from app.crm.limiter import Limiter, Limiters
from app.crm.moved import moved_endpoint
from app.crm.restlog import RestLog, no_log
from app.errors import PortalError, PortalRefused

__all__ = ["Limiter", "Limiters", "OAuthTransport", "TokenVault", "Tokens", "direct_transport"]

MOST_ADMINS: Final = 4
"""How many administrators are tried in one call."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One person's pair on one portal. `client_endpoint`: `https://host/rest/`, as proven.

    `member_id`: the portal's own name where it is known, so that a renewed pair can be held against it.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    client_endpoint: str
    user_id: str
    member_id: str = ""


class TokenVault(Protocol):
    """Where tokens live, encrypted. `user_id` None is the installing administrator."""

    def load(self, portal_id: str, user_id: str | None) -> Tokens: ...

    def save(self, portal_id: str, tokens: Tokens) -> None: ...

    def lease(self, portal_id: str, user_id: str | None) -> AbstractContextManager[object]:
        """Return a lock over all processes, so that one refresher runs for this person."""
        ...

    def rename(self, portal_id: str, domain: str, client_endpoint: str) -> None: ...

    def lose(self, portal_id: str, user_id: str) -> None:
        """Forget the tokens of this person for good; background work goes on as another administrator."""
        ...

    def heed(self, portal_id: str, code: str) -> None:
        """Keep what an error code says of the portal as a whole: unpaid, away, without our app."""
        ...


class OAuthTransport:
    """Calls one portal as one person, renewing the tokens in `vault`. Safe to share between threads."""

    def __init__(
        self,
        session: requests.Session,
        vault: TokenVault,
        *,
        portal_id: str,
        user_id: str | None,
        oauth_url: str,
        client_id: str,
        client_secret: str,
        limiter: Limiter,
        log: RestLog = no_log,
    ) -> None:
        self._session = session
        self._vault = vault
        self._portal_id = portal_id
        self._user_id = user_id
        self._oauth_url = oauth_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._limiter = limiter
        self._exchange = Exchange(
            session, limiter, portal_id=portal_id, log=log, user_id=user_id or ""
        )

    def call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """Return the portal's answer. Raises PortalUnavailable, PortalRefused, InstallationGone.

        Background work whose administrator is gone goes on as another one, if we know one.
        """
        for _ in range(MOST_ADMINS):
            tokens = self._vault.load(self._portal_id, self._user_id)
            try:
                return self._call_as(tokens, method, params)
            except PortalError as error:
                self._vault.heed(self._portal_id, error.code)
                is_lost = error.code in REFUSED_TOKEN_CODES - {EXPIRED_TOKEN}
                if self._user_id is not None or not is_lost:
                    raise
            self._vault.lose(self._portal_id, tokens.user_id)
        return self._call_as(self._vault.load(self._portal_id, self._user_id), method, params)

    def _call_as(self, tokens: Tokens, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """One call, and after a refused token a second one with a renewed pair: the authorization server knows
        whether the token had only run out, or person or app are gone."""
        try:
            return self._call_with(tokens, method, params)
        except PortalError as error:
            refused = REFUSED_TOKEN_CODES if self._user_id is None else {EXPIRED_TOKEN}
            if error.code not in refused:
                raise
        return self._call_with(self._renewed(tokens), method, params)

    def _call_with(
        self, tokens: Tokens, method: str, params: Mapping[str, object]
    ) -> dict[str, Any]:
        reply = self._exchange.run(tokens.client_endpoint, tokens.access, method, params)
        if reply.location:
            endpoint = self._follow(tokens, reply.location, method)
            reply = self._exchange.run(endpoint, tokens.access, method, params)
        if reply.location:
            raise fault(UNREACHABLE, method=method)
        return reply.answer

    def _renewed(self, used: Tokens) -> Tokens:
        """Return a pair newer than `used`, renewing it unless another process just did."""
        with self._vault.lease(self._portal_id, self._user_id):
            stored = self._vault.load(self._portal_id, self._user_id)
            if stored.access != used.access:
                return stored
            try:
                fresh = refresh_pair(
                    self._session,
                    oauth_url=self._oauth_url,
                    client_id=self._client_id,
                    client_secret=self._client_secret,
                    refresh_token=stored.refresh,
                )
            except PortalRefused as error:
                if error.code != INVALID_GRANT:
                    raise
                return self._stored_elsewhere(stored, error)
            _require_same_portal(stored, fresh)
            tokens = Tokens(
                access=fresh.access,
                refresh=fresh.refresh,
                expires_at=fresh.expires_at,
                client_endpoint=fresh.client_endpoint or stored.client_endpoint,
                user_id=fresh.user_id or stored.user_id,
                member_id=stored.member_id,
            )
            self._vault.save(self._portal_id, tokens)
            if tokens.user_id != stored.user_id:
                # A frame's refresh token is what its page posted. Whoever puts a stolen one beside an access
                # token of their own would have us act for them as the other person; it goes to its owner.
                raise fault(INVALID_GRANT, method="oauth.token")
            return tokens

    def _stored_elsewhere(self, stored: Tokens, error: PortalRefused) -> Tokens:
        """A refused refresh token may mean that a frame saved a newer pair in between."""
        again = self._vault.load(self._portal_id, self._user_id)
        if again.access == stored.access:
            raise error
        return again

    def _follow(self, tokens: Tokens, location: str, method: str) -> str:
        """Return the portal's new endpoint after a 302, having stored it."""
        endpoint = moved_endpoint(
            tokens.client_endpoint,
            location,
            method=method,
            ask=lambda: self._endpoint_by_server(tokens),
        )
        self._vault.rename(self._portal_id, urlsplit(endpoint).netloc, endpoint)
        return endpoint

    def _endpoint_by_server(self, tokens: Tokens) -> str:
        info = app_info(self._session, oauth_url=self._oauth_url, auth_id=tokens.access)
        return info.client_endpoint


def _require_same_portal(stored: Tokens, fresh: FreshPair) -> None:
    if fresh.member_id and stored.member_id and fresh.member_id != stored.member_id:
        raise fault(INVALID_GRANT, method="oauth.token")


class _DirectTransport:
    """A frame's own user: the token came with the page and is renewed by the page."""

    def __init__(self, exchange: Exchange, endpoint: str, access: str) -> None:
        self._exchange = exchange
        self._endpoint = endpoint
        self._access = access

    def call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        reply = self._exchange.run(self._endpoint, self._access, method, params)
        if reply.location:
            raise fault(UNREACHABLE, method=method)
        return reply.answer


def direct_transport(
    session: requests.Session,
    endpoint: str,
    access_token: str,
    *,
    limiter: Limiter | None = None,
    portal_id: str = "",
    log: RestLog = no_log,
) -> _DirectTransport:
    """Return a transport that acts as the user of a proven frame.

    endpoint: the client endpoint that `identity.prove` returned, never one from a request.
    """
    exchange = Exchange(session, limiter or Limiter(), portal_id=portal_id, log=log)
    return _DirectTransport(exchange, endpoint, access_token)
