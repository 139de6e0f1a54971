"""Keys a company brings: looked at, tried, taken into use by an administrator, who is told before one ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urlsplit

import pikepdf
from cryptography import x509

from app import keyring
from app.core.record import PortalUser
from app.crm import timeline
from app.crm.our_companies import our_companies
from app.errors import (
    BadInput,
    KeyAway,
    NotAllowed,
    PortalRefused,
    SealFailed,
    TimestampUnavailable,
)
from app.sealing.keys import SealingKey, as_pem, common_name, load_pkcs12, stands_alone
from app.services import Services
from app.store import company_keys, installations
from app.store.tables import CompanyKey
from app.texts import best_language, translator

ONLY_ADMINISTRATORS = "Only an administrator of your Bitrix24 settles which key seals."
LARGEST_BYTES = 64 * 1024
NO_TIME = "No time-stamp authority answers, so the key could not be tried. Please try again later."
WARNS_DAYS = (60, 30, 7)
FORGOTTEN_AFTER = timedelta(days=30)
"""How long the private part of a replaced key stays: a document may wait for a seal that its certificate names."""


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as the page shows it. `state`: own (the installation's), tested, used or kept."""

    id: str
    state: str
    company_id: str
    holder: str
    subject: str
    issuer: str
    until: datetime
    stands_alone: bool
    """Nobody else vouches for it."""
    days_left: int


@dataclass(frozen=True, slots=True)
class Keys:
    """The page: what seals now, what may, what did."""

    own: KeyLine | None
    """The installation's key; None when it cannot be read."""
    lines: tuple[KeyLine, ...]
    companies: Mapping[str, str]
    authorities: tuple[str, ...]
    level: str

    def in_state(self, state: str) -> list[KeyLine]:
        """Return the lines in one state."""
        return [one for one in self.lines if one.state == state]


def keys(services: Services, who: PortalUser) -> Keys:
    """Return the keys of this portal. One call to the portal. Raises NotAllowed, PortalErrors."""
    _require_admin(who)
    names, _ = our_companies(services.portals.client(who.portal_id, who.user_id))
    with services.database.reading() as session:
        rows = company_keys.of_portal(session, who.portal_id)
    urls = services.settings.tsa_urls.split()
    return Keys(
        own=_own_line(services),
        lines=tuple(_line(row, services.now()) for row in rows),
        companies=names,
        authorities=tuple(urlsplit(url).hostname or url for url in urls),
        level=services.settings.seal_level,
    )


def bring(
    services: Services, who: PortalUser, company_id: str, container: bytes, password: str
) -> str:
    """Keep a PKCS#12 key that made a test seal, not in use yet; return its id.

    The password is used here and nowhere kept. Raises NotAllowed, BadInput, PortalErrors.
    """
    _require_admin(who)
    if len(container) > LARGEST_BYTES:
        raise BadInput("A key file is smaller than 64 KB.", field="file")
    names, _ = our_companies(services.portals.client(who.portal_id, who.user_id))
    if company_id and company_id not in names:
        raise BadInput(field="company")
    key = _try(services, container, password)
    row = CompanyKey(
        id=services.new_id(), portal_id=who.portal_id, company_id=company_id, state="tested"
    )
    row.added_by, row.added_at = who.user_id, services.now()
    keyring.hide(services, row, key)
    key_id = row.id
    with services.database.transaction() as session:
        session.add(row)
    return key_id


def use(services: Services, who: PortalUser, key_id: str) -> None:
    """Let a tested key seal from now on, and keep the one before for the seals it made. Raises NotFound."""
    _require_admin(who)
    now = services.now()
    with services.database.transaction() as session:
        row = company_keys.get(session, who.portal_id, key_id)
        if row.expires_at <= now or not row.key_enc:
            raise BadInput("This certificate has run out.", field="key")
        if row.state == "tested":
            company_keys.take_into_use(session, row, at=now)


def lay_down(services: Services, who: PortalUser, key_id: str) -> None:
    """Seal with it no longer: a key that never sealed is deleted, any other kept. Raises NotFound."""
    _require_admin(who)
    with services.database.transaction() as session:
        row = company_keys.get(session, who.portal_id, key_id)
        if row.state == "tested":
            session.delete(row)
        elif row.state == "used":
            row.state, row.left_at = "kept", services.now()


def warn(services: Services) -> int:
    """Ask for a bell to each portal's administrator 60, 30 and 7 days before a key in use ends; return how many.

    Private parts of keys that were replaced a month ago are forgotten on the way.
    """
    now = services.now()
    asked = 0
    with services.database.transaction() as session:
        company_keys.forget_left(session, now - FORGOTTEN_AFTER)
        for row in company_keys.all_in_use(session):
            due = due_warning(row.expires_at, now)
            if due and due != row.warned_days:
                row.warned_days, asked = due, asked + 1
                key = f"key_ends:{row.id}:{due}"
                services.jobs.enqueue(session, "key_ends", key, row.portal_id, row.id)
    return asked


def due_warning(expires_at: datetime, now: datetime) -> int:
    """Return which of the warnings is due, 0 before the first."""
    left = expires_at - now
    return next((days for days in sorted(WARNS_DAYS) if left <= timedelta(days=days)), 0)


def ring(services: Services, portal_id: str, key_id: str) -> bool:
    """Tell the portal's administrator when this key ends; return whether the bell rang."""
    with services.database.reading() as session:
        row = company_keys.find(session, key_id)
        portal = installations.get(session, portal_id)
    if row is None or row.state != "used" or portal.state == "closed":
        return False
    say = translator(best_language(portal.lang))
    line = _line(row, services.now())
    text = say(
        "The sealing certificate of {name} ends on {day}. Bring the new one under Seal and keeping."
    )
    said = text.format(name=line.holder, day=line.until.date().isoformat())
    command = timeline.notify_command(portal.admin_user_id, said, f"paraph:key:{row.id}"[:50])
    try:
        services.portals.client(portal_id).call(*command)
    except PortalRefused:
        return False
    return True


def _try(services: Services, container: bytes, password: str) -> SealingKey:
    """Return the key after a seal made with it was judged as anybody would judge it. Raises BadInput."""
    # Imported here: a web process that tries no key does without the megabytes that sealing takes.
    from app.sealing.seal import seal
    from app.sealing.verify import verify

    try:
        key = load_pkcs12(container, password=password)
        sealed = seal(
            _blank(),
            key=key,
            timestamper=services.timestamper,
            reason="Test",
            now=services.now(),
            level="B-T",
        )
    except TimestampUnavailable as error:
        raise BadInput(NO_TIME, field="file") from error
    except SealFailed as error:
        raise BadInput(error.message_key, field="file", **error.values) from error
    report = verify(sealed, trusted_roots=[key.certificate_pem], tsa_roots=services.tsa_roots)
    if not report.is_valid:
        raise BadInput(report.reasons[0].sentence, field="file")
    return key


def _blank() -> bytes:
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def _own_line(services: Services) -> KeyLine | None:
    try:
        key = services.sealing_key
    except (SealFailed, KeyAway):
        return None
    return _described("", "own", "", as_pem(key.chain), services.now())


def _line(row: CompanyKey, now: datetime) -> KeyLine:
    return _described(row.id, row.state, row.company_id, row.chain, now)


def _described(
    key_id: str, state: str, company_id: str, chain: list[str], now: datetime
) -> KeyLine:
    certificates = [x509.load_pem_x509_certificate(one.encode()) for one in chain]
    own = certificates[0]
    return KeyLine(
        id=key_id,
        state=state,
        company_id=company_id,
        holder=common_name(own),
        subject=own.subject.rfc4514_string(),
        issuer=own.issuer.rfc4514_string(),
        until=own.not_valid_after_utc,
        stands_alone=stands_alone(certificates),
        days_left=(own.not_valid_after_utc - now).days,
    )


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed(ONLY_ADMINISTRATORS)
