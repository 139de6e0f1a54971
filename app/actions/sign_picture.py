"""Keep a picture of a signature or stamp until its signer signs with it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import signing
from app.core.signing import SigningCaller
from app.documents.round_stamp import round_stamp
from app.documents.signature_picture import clean_ink
from app.errors import NotFound
from app.services import Services
from app.store import signing as store


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A stored PNG. `mark` proves that this signer brought it, and no one else's picture is named."""

    digest: str
    mark: str


def keep_picture(services: Services, caller: SigningCaller, data: bytes) -> KeptPicture:
    """Store the cleaned picture and return where it is; raises BadInput, NotYourTurn, WrongState."""
    with services.database.reading() as session:
        desk = store.desk(session, caller.envelope_id, caller.recipient_id)
    signing.require_ready(desk.stage(services.now()))
    digest = services.files.put(clean_ink(data))
    mark = store.picture_mark(services.secrets, caller.recipient_id, digest)
    return KeptPicture(digest=digest, mark=mark)


def kept_picture(services: Services, caller: SigningCaller, digest: str, mark: str) -> bytes:
    """Return the PNG this signer brought; raises NotFound for any other."""
    if not store.is_brought(services.secrets, caller.recipient_id, digest, mark):
        raise NotFound
    return services.files.get(digest)


def drawn_stamp(services: Services, caller: SigningCaller) -> bytes:
    """Return the PNG of the stamp drawn from the signer's company; raises NotFound without one."""
    with services.database.reading() as session:
        desk = store.desk(session, caller.envelope_id, caller.recipient_id)
    name = signing.stamp_name(desk.me.role_key, desk.me.company, desk.envelope.company_name)
    if not name:
        raise NotFound
    return round_stamp(name)
