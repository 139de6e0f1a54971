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
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from app.crm.exchange import Exchange
from app.crm.faults import EXPIRED_TOKEN, INVALID_GRANT, UNREACHABLE, fault
from app.crm.identity import app_info, refresh_pair
from app.crm.limiter import Limiter, Limiters
from app.crm.moved import moved_endpoint
from app.crm.restlog import RestLog, no_log
from app.errors import PortalRefused

__all__ = ["Limiter", "Limiters", "OAuthTransport", "TokenVault", "Tokens", "direct_transport"]


@dataclass(frozen=True, slots=True)
class Tokens:
    """One person's pair on one portal. `client_endpoint`: `https://host/rest/`, as proven."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime
    client_endpoint: str
    user_id: str


class TokenVault(Protocol):
    """Where tokens live, encrypted. `user_id` None is the installing administrator."""

    def load(self, portal_id: str, user_id: str | None) -> Tokens: ...

    def save(self, portal_id: str, tokens: Tokens) -> None: ...

    def lease(self, portal_id: str, user_id: str | None) -> AbstractContextManager[object]:
        """Return a lock over all processes, so that one refresher runs for this person."""
        ...

    def rename(self, portal_id: str, domain: str, client_endpoint: str) -> None: ...


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
        self._exchange = Exchange(session, limiter, portal_id=portal_id, log=log)

    def call(self, method: str, params: Mapping[str, object]) -> dict[str, Any]:
        """Return the portal's answer. Raises PortalUnavailable, PortalRefused, InstallationGone."""
        tokens = self._vault.load(self._portal_id, self._user_id)
        try:
            return self._call_with(tokens, method, params)
        except PortalRefused as error:
            if error.code != EXPIRED_TOKEN:
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
            tokens = Tokens(
                access=fresh.access,
                refresh=fresh.refresh,
                expires_at=fresh.expires_at,
                client_endpoint=fresh.client_endpoint or stored.client_endpoint,
                user_id=fresh.user_id or stored.user_id,
            )
            self._vault.save(self._portal_id, tokens)
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
