"""Which key seals an envelope: its company's own where one is in use, else its portal's, else the installation's.

The choice is made once, when the certificate that names the key is written, and kept with the envelope.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from app.core import snapshot
from app.errors import SealFailed
from app.sealing.keys import SealingKey, as_pem, from_parts
from app.services import Services
from app.store import company_keys
from app.store.tables import CompanyKey, Envelope


def choose(services: Services, envelope: Envelope) -> tuple[str, SealingKey]:
    """Return id and key that seal this envelope; "" is the installation's, also after one ran out."""
    with services.database.reading() as session:
        mine = company_keys.in_use(session, envelope.portal_id, now=services.now())
    if not mine:
        return "", services.sealing_key
    row = mine.get(_company_of(services, envelope)) or mine.get("")
    return (row.id, _open(services, row)) if row else ("", services.sealing_key)


def named(services: Services, key_id: str) -> SealingKey:
    """Return the key that an envelope's certificate names. Raises SealFailed when it was forgotten."""
    if not key_id:
        return services.sealing_key
    with services.database.reading() as session:
        row = company_keys.find(session, key_id)
    if row is None or not row.key_enc:
        raise SealFailed("The company’s key cannot be read.")
    return _open(services, row)


def hide(services: Services, row: CompanyKey, key: SealingKey) -> None:
    """Put certificates and private key into `row`, the latter encrypted with the installation's own key."""
    row.chain, row.expires_at = as_pem(key.chain), key.expires_at
    private = b64encode(key.private_der).decode()
    row.key_enc = services.secrets.encrypt(purpose(row.id), private)


def purpose(key_id: str) -> str:
    """Return what a company key is encrypted for."""
    return f"company_key:{key_id}"


def _open(services: Services, row: CompanyKey) -> SealingKey:
    private = b64decode(services.secrets.decrypt(purpose(row.id), row.key_enc))
    return from_parts(private, row.chain)


def _company_of(services: Services, envelope: Envelope) -> str:
    if not envelope.snapshot_digest:
        return ""
    return snapshot.from_json(services.files.get(envelope.snapshot_digest)).us.company_id
