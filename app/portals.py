"""How we call a portal: the CRM room's transport with tokens from the store.

Frames act with their own user's tokens, automation with the administrator's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import uuid4

import requests
import structlog

from app.crm.client import CrmClient
from app.crm.identity import Prover
from app.crm.limiter import Limiters
from app.crm.oauth import OAuthTransport, Tokens
from app.crm.restlog import RestEntry
from app.crm.wire import pooled_session
from app.errors import PortalUnavailable
from app.secrets import Secrets
from app.settings import Settings
from app.store import tokens
from app.store.database import Database

LEASE_PATIENCE_S = 30.0
LEASE_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The TokenVault of app.crm.oauth, on our database."""

    database: Database
    secrets: Secrets
    now: Callable[[], datetime]

    def load(self, portal_id: str, user_id: str | None) -> Tokens:
        """Return the stored pair; raises InstallationGone."""
        with self.database.reading() as session:
            pair = tokens.load(session, self.secrets, portal_id, user_id)
        return Tokens(
            access=pair.access,
            refresh=pair.refresh,
            expires_at=pair.expires_at,
            client_endpoint=pair.client_endpoint,
            user_id=pair.user_id,
        )

    def save(self, portal_id: str, pair: Tokens) -> None:
        """Store the pair before anyone uses it."""
        stored = tokens.StoredPair(
            access=pair.access,
            refresh=pair.refresh,
            expires_at=pair.expires_at,
            client_endpoint=pair.client_endpoint,
            user_id=pair.user_id,
        )
        with self.database.transaction() as session:
            tokens.save(session, self.secrets, portal_id, stored)

    def rename(self, portal_id: str, domain: str, client_endpoint: str) -> None:
        """Keep the portal's new address."""
        with self.database.transaction() as session:
            tokens.rename(session, portal_id, domain, client_endpoint)

    @contextmanager
    def lease(self, portal_id: str, user_id: str | None) -> Iterator[None]:
        """Let one process at a time refresh the pair of this user."""
        name, holder = f"refresh:{portal_id}:{user_id or 'admin'}", uuid4().hex
        deadline = time.monotonic() + LEASE_PATIENCE_S
        while not tokens.take_lease(self.database, name, holder, self.now()):
            if time.monotonic() > deadline:
                raise PortalUnavailable(code="REFRESH_BUSY")
            time.sleep(LEASE_POLL_S)
        try:
            yield
        finally:
            tokens.give_lease(self.database, name, holder)


log = structlog.get_logger()


@dataclass(frozen=True)
class Portals:
    """Makes clients for portals; pooled connections, one limiter a portal, proofs kept for minutes."""

    settings: Settings
    vault: StoredTokens
    limiters: Limiters = field(default_factory=Limiters)
    _sessions: threading.local = field(default_factory=threading.local)

    @property
    def session(self) -> requests.Session:
        """The pooled connections of this thread: a requests session is not safe to share."""
        if not hasattr(self._sessions, "session"):
            self._sessions.session = pooled_session()
        made: requests.Session = self._sessions.session
        return made

    def client(self, portal_id: str, user_id: str | None = None) -> CrmClient:
        """Return a client that acts as `user_id`, None meaning the installing administrator."""
        return CrmClient(
            OAuthTransport(
                self.session,
                self.vault,
                portal_id=portal_id,
                user_id=user_id,
                oauth_url=self.settings.oauth_url,
                client_id=self.settings.client_id,
                client_secret=self.settings.client_secret,
                limiter=self.limiters.of(portal_id),
                log=_log_call,
            )
        )

    @cached_property
    def prover(self) -> Prover:
        """Asks the configured authorization server who is calling."""
        return Prover(
            pooled_session(),
            oauth_url=self.settings.oauth_url,
            client_id=self.settings.client_id,
        )


def _log_call(entry: RestEntry) -> None:
    """One line a call: names and sizes, never contents."""
    log.info("rest", **asdict(entry))
