"""Branding: a portal's logo and colour on what its signers see. Set by its administrators."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import brand
from app.core.brand import Accent
from app.core.record import PortalUser
from app.documents.logo import clean_logo
from app.errors import BadInput, NotAllowed
from app.services import Services
from app.store import installations

COLOUR, LOGO = "brand_colour", "brand_logo"
"""Their names among an installation's preferences."""


@dataclass(frozen=True, slots=True)
class Branding:
    """What is set. `accent`: the colour moved as far as reading it takes, None without one."""

    colour: str
    logo: bytes
    accent: Accent | None


def settings(services: Services, who: PortalUser) -> Branding:
    """Return the portal's logo and colour; raises NotAllowed for whoever does not administer it."""
    _require_admin(who)
    with services.database.reading() as session:
        kept = installations.get(session, who.portal_id).preferences
    colour, digest = str(kept.get(COLOUR, "")), str(kept.get(LOGO, ""))
    logo = services.files.get(digest) if digest else b""
    return Branding(colour, logo, brand.accent(colour))


def set_colour(services: Services, who: PortalUser, colour: str) -> None:
    """Keep the colour ("#c2185b"; "" for ours). Raises BadInput, NotAllowed."""
    _require_admin(who)
    if colour and brand.accent(colour) is None:
        raise BadInput("Please choose a colour such as #c2185b.", field="colour")
    _keep(services, who, COLOUR, colour.lower())


def set_logo(services: Services, who: PortalUser, data: bytes | None) -> None:
    """Keep the logo, drawn anew from the picture that was brought; None: none. Raises BadInput, NotAllowed."""
    _require_admin(who)
    digest = services.files.put(clean_logo(data)) if data is not None else ""
    _keep(services, who, LOGO, digest)


def _keep(services: Services, who: PortalUser, name: str, value: str) -> None:
    with services.database.transaction() as session:
        installations.prefer(session, who.portal_id, **{name: value})


def _require_admin(who: PortalUser) -> None:
    if not who.is_admin:
        raise NotAllowed("Only an administrator of your Bitrix24 may see this.")
