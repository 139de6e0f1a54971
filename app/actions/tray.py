"""A colleague's tray: what waits for their signature, read here and signed with one confirmation.

Whoever opens the tray was proven by the portal; that is the identity the evidence names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from app.core import fields, signing, snapshot
from app.core.consent import Consent, current
from app.core.envelope import Status
from app.core.fields import FieldKind, SignatureImage, SignatureWay
from app.core.record import PortalUser
from app.core.signing import LinkPurpose, SigningCaller, Stage, Submission
from app.errors import NotFound, WrongState
from app.services import Services
from app.store import board, envelopes
from app.store import ours as our_sides
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import SigningLink

LINK_MINUTES = 30
HAND = "steady"
ASKS = "This document asks you for more than a signature. Open it on its own."


@dataclass(frozen=True, slots=True)
class Waiting:
    """One document in the tray."""

    desk: Desk
    asks_more: bool
    """It has fields to fill in; it is signed on its own page."""

    @property
    def id(self) -> str:
        return self.desk.envelope.id


@dataclass(frozen=True, slots=True)
class Tray:
    """What waits for this person, the oldest first, and what they agree to when they confirm."""

    waiting: tuple[Waiting, ...]
    consent: Consent
    keeps_signature: bool


def tray(services: Services, who: PortalUser) -> Tray:
    """Return what waits for this person's signature on their portal; asks no other machine."""
    with services.database.reading() as session:
        found = [_desk(session, seat.envelope_id, seat.id) for seat in board.seats_of(session, who)]
        kept = our_sides.kept_signature(session, who.portal_id, who.user_id)
    now = services.now()
    ready = [desk for desk in found if desk.stage(now) is Stage.READY]
    return Tray(
        waiting=tuple(Waiting(desk, _asks_more(desk)) for desk in ready),
        consent=current(who.lang),
        keeps_signature=kept is not None,
    )


def read(services: Services, who: PortalUser, envelope_id: str) -> Desk:
    """Return the document as this person has it before them; raises NotFound when it does not wait for them."""
    with services.database.reading() as session:
        return _mine(services, session, who, envelope_id)


def page(services: Services, who: PortalUser, envelope_id: str, position: int, index: int) -> bytes:
    """Return a WebP picture of one page; raises NotFound."""
    desk = read(services, who, envelope_id)
    if not 0 <= position < len(desk.documents):
        raise NotFound
    paper = desk.documents[position]
    if not 0 <= index < paper.page_count:
        raise NotFound
    return services.pictures.get(paper.printed_digest, index, width_px=1100)


def caller(
    services: Services, who: PortalUser, envelope_id: str, *, ip: str, browser: str
) -> SigningCaller:
    """Return this person as the signer of the document, identified by the portal. Raises NotFound."""
    with services.database.transaction() as session:
        desk = _mine(services, session, who, envelope_id)
        return SigningCaller(
            link_id=_link(services, session, desk, services.secrets.token()),
            purpose=LinkPurpose.PORTAL,
            portal_id=who.portal_id,
            envelope_id=envelope_id,
            recipient_id=desk.me.id,
            lang=desk.me.lang,
            ip=ip,
            browser=browser,
        )


def address(services: Services, who: PortalUser, envelope_id: str) -> str:
    """Return where this person signs one document on its own page, identified by the portal. Raises NotFound."""
    token = services.secrets.token()
    with services.database.transaction() as session:
        _link(services, session, _mine(services, session, who, envelope_id), token)
    return f"{services.settings.base_url}/s/{token}"


def submission(
    services: Services, who: PortalUser, envelope_id: str, *, seen: str, consent_hash: str
) -> Submission:
    """Return what this person puts on the document: the signature they keep here, else their name by hand.

    seen: the digest of what was displayed. Raises NotFound, and WrongState when more than a signature is asked.
    """
    with services.database.reading() as session:
        desk = _mine(services, session, who, envelope_id)
        kept = our_sides.kept_signature(session, who.portal_id, who.user_id)
        stamp = _stamp(services, session, desk)
    if _asks_more(desk):
        raise WrongState(ASKS)
    name = desk.me.name
    digests = [one for one in (kept.picture_digest if kept else "", stamp) if one]
    return Submission(
        seen=seen,
        consent_hash=consent_hash,
        signature=_picture(kept.picture_digest) if kept else _written(name),
        initials=_written(signing.initials_of(name)),
        stamp=_picture(stamp) if stamp else None,
        uses_drawn_stamp=not stamp,
        marks={one: store.picture_mark(services.secrets, desk.me.id, one) for one in digests},
    )


def _link(services: Services, session: Session, desk: Desk, token: str) -> str:
    """Make a short-lived link for who is signed in to the portal; return its id."""
    now, link_id = services.now(), services.new_id()
    session.add(
        SigningLink(
            id=link_id,
            portal_id=desk.envelope.portal_id,
            recipient_id=desk.me.id,
            purpose=LinkPurpose.PORTAL.value,
            token_hash=services.secrets.keyed_hash(store.LINK_HASH, token),
            created_at=now,
            expires_at=now + timedelta(minutes=LINK_MINUTES),
        )
    )
    return link_id


def _mine(services: Services, session: Session, who: PortalUser, envelope_id: str) -> Desk:
    envelope = envelopes.of_portal(session, envelope_id, who.portal_id)
    people = envelopes.recipients(session, envelope.id)
    me = next((one for one in people if one.portal_user_id == who.user_id), None)
    if me is None or envelope.status != Status.SENT:
        raise NotFound
    desk = _desk(session, envelope_id, me.id)
    if desk.stage(services.now()) is not Stage.READY:
        raise NotFound
    return desk


def _desk(session: Session, envelope_id: str, recipient_id: str) -> Desk:
    return store.desk(session, envelope_id, recipient_id)


def _asks_more(desk: Desk) -> bool:
    own = (FieldKind.SIGNATURE, FieldKind.INITIALS, FieldKind.STAMP, *fields.FILLED_BY_US)
    return any(FieldKind(row.kind) not in own for row in desk.mine)


def _stamp(services: Services, session: Session, desk: Desk) -> str:
    """Return the picture of the stamp our company of this document settled on, "" when there is none."""
    taken = desk.envelope.snapshot_digest
    if not taken or not any(row.kind == FieldKind.STAMP for row in desk.mine):
        return ""
    us = snapshot.from_json(services.files.get(taken)).us
    return our_sides.side(session, desk.envelope.portal_id, us.company_id).stamp_digest


def _picture(digest: str) -> SignatureImage:
    return SignatureImage(way=SignatureWay.PICTURE, picture=digest)


def _written(text: str) -> SignatureImage:
    return SignatureImage(way=SignatureWay.TYPED, text=text, hand=HAND)
