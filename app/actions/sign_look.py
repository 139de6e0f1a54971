"""What the signing page shows: looking changes nothing, only a gesture on the page counts as viewing."""

from __future__ import annotations

from dataclasses import dataclass

from app.core import consent, signing
from app.core.acts import act_of
from app.core.consent import Consent
from app.core.envelope import RecipientState, Role, Status
from app.core.evidence import EventKind
from app.core.signing import LinkPurpose, SigningCaller, Stage
from app.delivery import phones
from app.errors import LinkExpired, NotFound
from app.services import Services
from app.store import audit, installations
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import Document, SigningLink


@dataclass(frozen=True, slots=True)
class SigningView:
    """Everything one page needs."""

    desk: Desk
    stage: Stage
    consent: Consent
    seen: str
    """Digest of what is shown; comes back with the signature."""
    act: str
    """What the last button says (English msgid)."""
    asks_code: bool
    code_address: str
    """Where a code would go, masked."""
    code_ways: tuple[str, ...]
    """The channels it may go over, the likeliest first."""
    is_mine_declined: bool
    colour: str = ""
    """The portal's own colour (#rrggbb), "" when none was chosen."""
    logo: str = ""
    """Digest of the company's logo, a PNG of ours, "" when none was chosen."""
    zone: str = "UTC"
    """The signer's time zone (IANA), as well as it can be known: by their number, their country, the operator."""
    is_locked: bool = False
    """Signed on a colleague's device: nothing more is shown on it."""


def admit(
    services: Services, token: str, *, ip: str, browser: str, spoken: str = ""
) -> SigningCaller:
    """Return who holds the signing token; raises NotFound, or LinkExpired when it was replaced or is old.

    spoken: the language their browser asks for; it counts where nobody told us what they speak.
    """
    hashed = services.secrets.keyed_hash(store.LINK_HASH, token)
    with services.database.reading() as session:
        link = store.link_by_hash(session, hashed)
        return _caller(services, session, link, ip=ip, browser=browser, spoken=spoken)


def readmit(
    services: Services, link_id: str, *, ip: str, browser: str, spoken: str = ""
) -> SigningCaller:
    """Return the caller of a session that began with link `link_id`; raises as `admit`."""
    with services.database.reading() as session:
        link = store.link(session, link_id)
        return _caller(services, session, link, ip=ip, browser=browser, spoken=spoken)


def _caller(
    services: Services,
    session: Session,
    link: SigningLink | None,
    *,
    ip: str,
    browser: str,
    spoken: str,
) -> SigningCaller:
    if link is None:
        raise NotFound("This link does not work. Please open it from the message you received.")
    if link.revoked_at is not None:
        raise LinkExpired("This link was replaced by a newer one. Please open our latest message.")
    if link.expires_at <= services.now():
        raise LinkExpired
    person = store.recipient(session, link.recipient_id)
    return SigningCaller(
        link_id=link.id,
        purpose=LinkPurpose(link.purpose),
        portal_id=link.portal_id,
        envelope_id=person.envelope_id,
        recipient_id=person.id,
        lang=person.lang if person.is_lang_told else spoken or person.lang,
        witness=link.witness,
        ip=ip,
        browser=browser,
    )


def look(services: Services, caller: SigningCaller) -> SigningView:
    """Return what `caller` is shown now; raises NotFound for an envelope that was never sent."""
    with services.database.reading() as session:
        desk = store.desk(session, caller.envelope_id, caller.recipient_id)
        preferences = installations.get(session, caller.portal_id).preferences
    status = Status(desk.envelope.status)
    if status is Status.DRAFT:
        raise NotFound
    me, stage = desk.me, desk.stage(services.now())
    return SigningView(
        desk=desk,
        stage=stage,
        consent=consent.current(caller.lang),
        seen=desk.shown,
        act=act_of(desk.envelope.title),
        asks_code=signing.asks_code(caller.purpose, me.needs_code),
        code_address=signing.masked(signing.code_address(me.channel, me.email, me.phone)[1]),
        code_ways=tuple(way for way, _ in signing.code_ways(me.channel, me.email, me.phone)),
        is_mine_declined=RecipientState(me.state) is RecipientState.DECLINED,
        colour=str(preferences.get("brand_colour", "")),
        logo=str(preferences.get("brand_logo", "")),
        zone=phones.zone_of(me.phone) or me.zone or services.settings.time_zone,
        is_locked=caller.purpose is LinkPurpose.HERE and stage is not Stage.READY,
    )


def may_read(view: SigningView) -> bool:
    """Whether the pages may be shown: to signers from their turn on, to all once it is done."""
    if view.is_locked:
        return False
    return view.stage in (Stage.READY, Stage.WAITING, Stage.SEALING, Stage.DONE)


def document(view: SigningView, position: int) -> Document:
    """Return the document at `position` if this person may read it; raises NotFound."""
    if not may_read(view) or not 0 <= position < len(view.desk.documents):
        raise NotFound
    return view.desk.documents[position]


def note_viewed(services: Services, caller: SigningCaller) -> None:
    """Write the viewed event with what was shown, once a person; later gestures change nothing."""
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        is_reader = desk.me.role == Role.SIGNER.value and desk.stage(services.now()) is Stage.READY
        if desk.me.viewed_at is not None or not is_reader:
            return
        now = services.now()
        desk.me.viewed_at = now
        event = audit.record(
            session,
            desk.envelope,
            EventKind.VIEWED,
            at=now,
            actor=caller.actor,
            ip=caller.ip,
            browser=caller.browser,
            data={"seen": desk.shown, "name": desk.me.name, **_beside(caller)},
        )
        card = f"card:{desk.envelope.id}:{event.number}"
        services.jobs.enqueue(session, "card", card, desk.envelope.id)


def _beside(caller: SigningCaller) -> dict[str, str]:
    return {"witness": caller.witness} if caller.witness else {}
