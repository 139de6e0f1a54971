"""Who signs for us: administrators settle it for each company; every colleague keeps a signature of their own."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import ours as rules
from app.core.ours import OurSide
from app.core.proposal import CHANNELS, ROLE_KEYS
from app.core.record import PortalUser
from app.core.snapshot import Person
from app.crm.our_companies import our_companies
from app.documents.signature_picture import clean_ink
from app.errors import BadInput, NotAllowed, NotFound
from app.services import Services
from app.store import ours as store

ONLY_ADMINISTRATORS = "Only an administrator of your Bitrix24 settles who signs."
MOST_SIGNERS = 50


@dataclass(frozen=True, slots=True)
class Company:
    """A company of ours with what is settled for it."""

    id: str
    name: str
    side: OurSide
    signers: tuple[Person, ...]
    """Who may sign, by name; empty: everybody."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The page: companies, colleagues to choose from, and whether this person keeps a signature."""

    companies: tuple[Company, ...]
    colleagues: tuple[Person, ...]
    has_signature: bool


def settings(services: Services, who: PortalUser) -> Settings:
    """Return what is settled for each company this person may see. One call to the portal."""
    names, people = our_companies(services.portals.client(who.portal_id, who.user_id))
    with services.database.reading() as session:
        sides = {one: store.side(session, who.portal_id, one) for one in names}
        kept = store.kept_signature(session, who.portal_id, who.user_id)
    return Settings(
        companies=tuple(
            Company(
                one, name, sides[one], sides[one].may_sign(people) if sides[one].signers else ()
            )
            for one, name in names.items()
        ),
        colleagues=people,
        has_signature=kept is not None,
    )


def settle(services: Services, who: PortalUser, wish: OurSide) -> None:
    """Keep `wish` for its company, beside its stamp. Raises NotAllowed, BadInput, NotFound, PortalErrors."""
    _require_admin(who)
    if wish.first not in ROLE_KEYS or wish.channel not in CHANNELS:
        raise BadInput(field="first")
    names, people = our_companies(services.portals.client(who.portal_id, who.user_id))
    if wish.company_id not in names:
        raise NotFound
    known = {one.id for one in people}
    if len(wish.signers) > MOST_SIGNERS or not set(wish.signers) <= known:
        raise BadInput("Choose people of your Bitrix24.", field="signers")
    with services.database.transaction() as session:
        store.settle(session, who.portal_id, wish, by=who.user_id, at=services.now())


def set_stamp(services: Services, who: PortalUser, company_id: str, picture: bytes | None) -> None:
    """Keep the company's stamp, None to go back to the drawn one. Raises NotAllowed, BadInput, NotFound."""
    _require_admin(who)
    names, _ = our_companies(services.portals.client(who.portal_id, who.user_id))
    if company_id not in names:
        raise NotFound
    digest = services.files.put(clean_ink(picture)) if picture is not None else ""
    with services.database.transaction() as session:
        at = services.now()
        store.set_stamp(session, who.portal_id, company_id, digest, by=who.user_id, at=at)


def stamp_picture(services: Services, who: PortalUser, company_id: str) -> bytes:
    """Return the company's stamp as a PNG; raises NotFound."""
    with services.database.reading() as session:
        digest = store.side(session, who.portal_id, company_id).stamp_digest
    if not digest:
        raise NotFound
    return services.files.get(digest)


def keep_signature(
    services: Services, who: PortalUser, picture: bytes, agreement_hash: str
) -> None:
    """Keep this person's signature with what they agreed to. Raises BadInput without their agreement."""
    agreed = rules.agreement_by_hash(agreement_hash)
    if agreed is None:
        raise BadInput("Tick the box to keep your signature here.", field="agreed")
    digest = services.files.put(clean_ink(picture))
    with services.database.transaction() as session:
        at = services.now()
        store.keep_signature(session, who.portal_id, who.user_id, digest, agreed, at)


def forget_signature(services: Services, who: PortalUser) -> None:
    """Remove this person's kept signature."""
    with services.database.transaction() as session:
        store.forget_signature(session, who.portal_id, who.user_id)


def signature_picture(services: Services, who: PortalUser) -> bytes:
    """Return this person's own kept signature as a PNG; raises NotFound. Nobody sees another's."""
    with services.database.reading() as session:
        kept = store.kept_signature(session, who.portal_id, who.user_id)
    if kept is None:
        raise NotFound
    return services.files.get(kept.picture_digest)


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed(ONLY_ADMINISTRATORS)
