"""How we call a portal: the CRM room's transport with tokens from the store.

Frames act with their own user's tokens, automation with the administrator's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from uuid import uuid4

import requests
import structlog

from app.crm.client import CrmClient
from app.crm.faults import NOT_INSTALLED, PAYMENT_REQUIRED, PORTAL_DELETED
from app.crm.identity import Prover
from app.crm.limiter import Limiter, Limiters, rate_of
from app.crm.oauth import OAuthTransport, Tokens
from app.crm.restlog import RestEntry
from app.crm.wire import pooled_session
from app.errors import PortalUnavailable
from app.secrets import Secrets
from app.settings import Settings
from app.store import installations, rates, rest_log, tokens
from app.store.database import Database
from app.store.tables import RestCallRow

STATES = {PAYMENT_REQUIRED: ("unpaid", "UNPAID"), PORTAL_DELETED: ("parked", "PARKED")}
"""State and notice of an installation, by what its portal answers."""
SPARE_CALLS = 3
"""Room left in a portal's bucket for calls that are on their way longer than others."""
LEASE_PATIENCE_S = 40.0
"""Longer than a lease: who waits for a refresher that was killed takes over in the same call."""
LEASE_POLL_S = 0.05

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class StoredTokens:
    """The TokenVault of app.crm.oauth, on our database."""

    database: Database
    secrets: Secrets
    now: Callable[[], datetime]
    care: bool = False
    """Also call portals whose work waits: to look whether they are back."""

    def load(self, portal_id: str, user_id: str | None) -> Tokens:
        """Return the stored pair; raises InstallationGone, and PortalUnavailable while the portal's work waits."""
        with self.database.reading() as session:
            pair = tokens.load(session, self.secrets, portal_id, user_id, care=self.care)
        return Tokens(
            access=pair.access,
            refresh=pair.refresh,
            expires_at=pair.expires_at,
            client_endpoint=pair.client_endpoint,
            user_id=pair.user_id,
            member_id=pair.member_id,
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

    def lose(self, portal_id: str, user_id: str) -> None:
        """Forget this person's tokens, refused for good; another administrator stands in."""
        with self.database.transaction() as session:
            heir = tokens.lose(session, portal_id, user_id)
            installation = installations.get(session, portal_id)
            notice = "ADMIN_REPLACED" if heir else "NO_ADMIN"
            installations.move_to(
                session, portal_id, installation.state, notice=notice, now=self.now()
            )
        log.warning("portal", portal_id=portal_id, notice=notice, user_id=user_id, heir=heir)

    def heed(self, portal_id: str, code: str) -> None:
        """Keep what an error code says of the portal as a whole."""
        if code not in STATES and code != NOT_INSTALLED:
            return
        with self.database.transaction() as session:
            if code == NOT_INSTALLED:
                installations.close(session, portal_id, now=self.now())
                tokens.drop(session, portal_id)
            else:
                state, notice = STATES[code]
                installations.move_to(session, portal_id, state, notice=notice, now=self.now())
        log.warning("portal", portal_id=portal_id, code=code)

    @contextmanager
    def lease(self, portal_id: str, user_id: str | None) -> Iterator[None]:
        """Let one process at a time refresh the pair of this user."""
        name, holder = f"refresh:{portal_id}:{user_id or 'admin'}", uuid4().hex
        deadline = time.monotonic() + LEASE_PATIENCE_S
        seconds = tokens.REFRESH_LEASE_S
        while not tokens.take_lease(self.database, name, holder, self.now(), seconds=seconds):
            if time.monotonic() > deadline:
                raise PortalUnavailable(code="REFRESH_BUSY")
            time.sleep(LEASE_POLL_S)
        try:
            yield
        finally:
            tokens.give_lease(self.database, name, holder)


@dataclass(frozen=True, slots=True)
class StoredBucket:
    """A portal's bucket for all processes together: the Bucket of app.crm.limiter, on our database."""

    database: Database
    portal_id: str

    def book(self, now: float, per_second: float) -> float:
        return rates.book(self.database, self.portal_id, now=now, per_second=per_second)

    def fill(self, now: float, burst: int) -> None:
        rates.fill(self.database, self.portal_id, now=now, burst=burst)

    def pause(self, method: str, until: float) -> None:
        rates.pause(self.database, self.portal_id, method, until=until)

    def paused(self, now: float) -> frozenset[str]:
        return rates.paused(self.database, self.portal_id, now=now)


@dataclass(frozen=True)
class Portals:
    """Makes clients for portals; pooled connections, one limiter a portal, proofs kept for minutes."""

    settings: Settings
    vault: StoredTokens
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _sessions: threading.local = field(default_factory=threading.local)

    @cached_property
    def limiters(self) -> Limiters:
        """The portals' buckets, shared with all other processes through the database."""
        return Limiters(self._limiter)

    @property
    def session(self) -> requests.Session:
        """The pooled connections of this thread: a requests session is not safe to share."""
        if not hasattr(self._sessions, "session"):
            self._sessions.session = pooled_session()
        made: requests.Session = self._sessions.session
        return made

    def client(
        self, portal_id: str, user_id: str | None = None, *, care: bool = False
    ) -> CrmClient:
        """Return a client that acts as `user_id`, None meaning the administrator behind background work.

        care: to look after a portal whose work waits.
        """
        return CrmClient(
            OAuthTransport(
                self.session,
                replace(self.vault, care=care),
                portal_id=portal_id,
                user_id=user_id,
                oauth_url=self.settings.oauth_url,
                client_id=self.settings.client_id,
                client_secret=self.settings.client_secret,
                limiter=self.limiters.of(portal_id),
                log=self._keep,
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

    def _limiter(self, portal_id: str) -> Limiter:
        database = self.vault.database
        with database.reading() as session:
            plan = installations.plan_of(session, portal_id)
        return Limiter(
            rate_of(plan),
            bucket=StoredBucket(database, portal_id),
            spare=SPARE_CALLS,
            clock=self.clock,
            sleep=self.sleep,
        )

    def _keep(self, entry: RestEntry) -> None:
        """One row a call: names, numbers and codes, never contents or secrets."""
        log.info("rest", method=entry.method, status=entry.status, error=entry.error, ms=entry.ms)
        row = RestCallRow(
            portal_id=entry.portal_id,
            user_id=entry.user_id,
            at=self.vault.now(),
            method=entry.method[:80],
            asked=entry.params,
            answered=entry.answer,
            status=entry.status,
            error=entry.error[:80],
            ms=entry.ms,
            attempt=entry.attempt,
        )
        with self.vault.database.transaction() as session:
            rest_log.add(session, row)
