"""What an operator should know beside the findings of app.actions.health: settings, portals, work that waits."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta

from app.services import Services
from app.settings import Settings
from app.store import company_keys, counts, installations, schema
from app.store.tables import Installation

KEY_WARNS = timedelta(days=60)
KEY_ENDS = (
    "{domain}: the sealing certificate of this portal ends on {day}. An administrator of the portal brings the "
    "new one; after that day its documents are sealed with the installation's own key."
)
LONG = timedelta(minutes=15)
DAY = timedelta(days=1)
PORTALS = {
    "NO_ADMIN": "{domain}: an administrator of this portal must open Paraph once; background work waits for it.",
    "UNPAID": "{domain}: the Bitrix24 subscription has ended. An administrator of the portal can renew it.",
    "PARKED": "{domain} does not answer any more. Nothing to do: we look again every day.",
}
UNSEALED = (
    "Signed documents have waited {minutes} minutes for their seal. If no time-stamp authority answers, "
    "wait or name another one in PARAPH_TSA_URLS; nothing is lost."
)
UNDELIVERED = (
    "{number} messages could not be delivered since yesterday. Their senders see it on their documents; "
    "if it is most of them, check the settings of mail and SMS."
)


def settings_faults(settings: Settings) -> list[str]:
    """Return what the settings lack, a sentence each; the operator mends it."""
    checks = {
        "PARAPH_CLIENT_ID and PARAPH_CLIENT_SECRET are not set: no portal can be served.": (
            bool(settings.client_id and settings.client_secret)
        ),
        "PARAPH_SMTP_HOST is not set: mails go into the folder 'outbox' only.": (
            bool(settings.smtp_host)
        ),
        "PARAPH_TSA_URLS is not set: signed documents will wait for their seal.": (
            bool(settings.tsa_urls)
        ),
        "LibreOffice was not found: Word documents cannot be printed.": bool(
            settings.soffice or shutil.which("soffice") or shutil.which("libreoffice")
        ),
        "PARAPH_BASE_URL is not https: Bitrix24 opens the app only over https.": (
            settings.is_secure or settings.local_portals
        ),
    }
    return [text for text, is_fine in checks.items() if not is_fine]


def waiting(services: Services) -> list[str]:
    """Return what waits for a portal's administrator, for an authority, or for nobody."""
    if not (services.database.is_reachable() and schema.is_current(services.database)):
        return []
    return [*_portals(services), *_keys(services), *_work(services)]


def _keys(services: Services) -> Iterator[str]:
    """Yield what an administrator of a portal should do about a certificate that ends within 60 days."""
    with services.database.reading() as session:
        used = company_keys.all_in_use(session)
        names = {row.portal_id: installations.get(session, row.portal_id).domain for row in used}
    for row in used:
        if row.expires_at - services.now() <= KEY_WARNS:
            day = row.expires_at.date().isoformat()
            yield KEY_ENDS.format(domain=names[row.portal_id], day=day)


def _portals(services: Services) -> Iterator[str]:
    with services.database.reading() as session:
        found = [row for row in installations.noticed(session) if row.notice in PORTALS]
    yield from (_portal(row) for row in found)


def _portal(row: Installation) -> str:
    return PORTALS[row.notice].format(domain=row.domain)


def _work(services: Services) -> Iterator[str]:
    now = services.now()
    with services.database.reading() as session:
        wait_s = counts.longest_wait_s(session, now=now)
        states = counts.deliveries(session, since=now - DAY)
    if wait_s > LONG.total_seconds():
        yield UNSEALED.format(minutes=round(wait_s / 60))
    failed = int(sum(count for labels, count in states.items() if ("state", "failed") in labels))
    if failed:
        yield UNDELIVERED.format(number=failed)
