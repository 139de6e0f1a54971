"""Sign: consent, code, values and signature of one recipient become facts in one transaction."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime

from app.core import consent, corrections, signing
from app.core.consent import Consent
from app.core.envelope import Act, RecipientState, Status, advance
from app.core.evidence import AuditEvent, EventKind
from app.core.fields import FieldKind, SignatureImage, SignatureWay
from app.core.filling import Filler, fill
from app.core.signing import Filled, SigningCaller, Submission
from app.documents import hands
from app.documents.round_stamp import round_stamp
from app.errors import BadInput, LinkExpired, ParaphError, TooMany, WrongState
from app.services import Services
from app.store import audit, envelopes
from app.store import signing as store
from app.store.database import Session
from app.store.signing import Desk
from app.store.tables import Correction, FieldRow

WRONG_CODE = "This code is not right. {left} tries are left."
LAST_TRY = "This code is not right. One try is left."
NO_TRY = "This code is no longer valid. Please ask for a new one."


def sign(services: Services, caller: SigningCaller, submission: Submission) -> None:
    """Put `submission` on the document and count the caller as having signed.

    Again after success: nothing changes. Raises BadInput (a value, the consent, the code), NotYourTurn,
    WrongState, LinkExpired, TooMany. A wrong code is counted even though nothing else is kept.
    """
    now = services.now()
    _check_pictures(services, caller, submission)
    submission = _with_stamp(services, caller, submission)
    with services.database.transaction() as session:
        desk = store.locked_desk(session, caller.envelope_id, caller.recipient_id)
        if RecipientState(desk.me.state) is RecipientState.SIGNED:
            return
        _check_link(session, caller, now)
        signing.require_ready(desk.stage(now))
        agreed = _check_shown(desk, submission)
        filled = _filled(desk, submission, now)
        refusal = _check_code(services, session, desk, caller, submission.code)
        if refusal is None:
            _write(services, session, desk, caller, filled, agreed)
    if refusal is not None:
        raise refusal


def _check_pictures(services: Services, caller: SigningCaller, submission: Submission) -> None:
    """Let nobody sign with a picture that another person brought."""
    images = (submission.signature, submission.initials, submission.stamp)
    _check_files(services, caller, submission)
    me, secrets = caller.recipient_id, services.secrets
    for digest in {image.picture for image in images if image is not None and image.picture}:
        if not store.is_brought(secrets, me, digest, submission.marks.get(digest, "")):
            raise BadInput("Please choose the picture again.", field="signature")


def _check_files(services: Services, caller: SigningCaller, submission: Submission) -> None:
    """The same for files; each is bound to the field it was brought for."""
    for field_id, file in submission.files.items():
        what = f"{field_id}:{file.digest}"
        if not store.is_brought(services.secrets, caller.recipient_id, what, file.mark):
            raise BadInput("Please choose the file again.", field=field_id)


def _with_stamp(services: Services, caller: SigningCaller, submission: Submission) -> Submission:
    """Return the submission with the drawn stamp as its stamp, if it asks for that one."""
    if submission.stamp is not None or not submission.uses_drawn_stamp:
        return submission
    with services.database.reading() as session:
        desk = store.desk(session, caller.envelope_id, caller.recipient_id)
    name = signing.stamp_name(desk.me.role_key, desk.me.company, desk.envelope.company_name)
    if not name:
        return submission
    digest = services.files.put(round_stamp(name))
    return replace(submission, stamp=SignatureImage(way=SignatureWay.PICTURE, picture=digest))


def _check_link(session: Session, caller: SigningCaller, now: datetime) -> None:
    link = store.link(session, caller.link_id)
    if link is None or link.revoked_at is not None or link.expires_at <= now:
        raise LinkExpired


def _check_shown(desk: Desk, submission: Submission) -> Consent:
    """Return the consent text that was ticked; what was displayed must be what is signed."""
    if not hmac.compare_digest(desk.shown.encode(), submission.seen.encode()):
        raise WrongState
    agreed = consent.by_hash(submission.consent_hash)
    if agreed is None:
        raise BadInput("Please tick the box to agree before you sign.", field="consent")
    return agreed


def _filled(desk: Desk, submission: Submission, now: datetime) -> dict[str, Filled]:
    """Return what each of the signer's fields receives, by field id; raises BadInput for the first fault."""
    return {row.id: _fill(row, desk, submission, now) for row in desk.mine}


def _fill(row: FieldRow, desk: Desk, submission: Submission, now: datetime) -> Filled:
    me = Filler(name=desk.me.name, lang=desk.me.lang, now=now)
    filled = fill(row.id, envelopes.as_field(row), submission, me)
    if row.kind == FieldKind.TEXT and len(filled.value) > desk.room_of(row):
        raise BadInput("This text is too long for its place.", field=row.id)
    image = filled.image
    if image is not None and image.way is SignatureWay.TYPED:
        hands.hand_paths(image.text, image.hand)
    return filled


def _check_code(
    services: Services,
    session: Session,
    desk: Desk,
    caller: SigningCaller,
    code: str,
) -> ParaphError | None:
    """Return why the code does not open, or None. Returned, not raised: the counted try must commit."""
    if not signing.asks_code(caller.purpose, desk.me.needs_code):
        return None
    now = services.now()
    kept = store.current_code(session, desk.me.id)
    if kept is None or kept.used_at is not None or kept.expires_at <= now:
        return BadInput("Please ask for a code first.", field="code")
    if not code:
        return BadInput("Please enter the code we sent you.", field="code")
    if not store.take_try(session, kept):
        return TooMany(NO_TRY)
    hashed = services.secrets.keyed_hash(store.CODE_HASH, f"{desk.me.id}:{code}")
    if hmac.compare_digest(hashed, kept.code_hash):
        kept.used_at = desk.me.code_accepted_at = now
        _record(session, desk, caller, EventKind.CODE_ACCEPTED, now)
        return None
    left = signing.CODE_TRIES - kept.tries
    _record(session, desk, caller, EventKind.CODE_REFUSED, now, tries=str(kept.tries))
    texts = {0: NO_TRY, 1: LAST_TRY}
    return BadInput(texts.get(left, WRONG_CODE), field="code", left=left)


def _write(
    services: Services,
    session: Session,
    desk: Desk,
    caller: SigningCaller,
    filled: dict[str, Filled],
    agreed: Consent,
) -> None:
    now = services.now()
    _propose_corrections(services, session, desk, filled)
    for row in desk.mine:
        row.value, row.filled_at = filled[row.id].value, now
        row.image, row.file_digest = (
            signing.image_to_json(filled[row.id].image),
            filled[row.id].file,
        )
    _mark_signed(desk, caller, agreed, now)
    desk.me.identified_by = signing.identified_by(
        caller.purpose,
        desk.me.needs_code,
        desk.me.channel,
        code_channel=store.code_channel(session, desk.me.id),
    )
    consented = {"version": agreed.version, "hash": agreed.hash, "lang": agreed.lang}
    _record(session, desk, caller, EventKind.CONSENTED, now, **consented)
    event = _record(session, desk, caller, EventKind.SIGNED, now, **_evidence(desk, filled, agreed))
    _move_on(services, session, desk, event)


def _propose_corrections(
    services: Services, session: Session, desk: Desk, filled: dict[str, Filled]
) -> None:
    """Keep what the signer put in place of a value from the CRM; a colleague may take it over."""
    for row in desk.mine:
        after = filled[row.id].value
        if not corrections.is_correction(row.crm_name, row.value, after):
            continue
        session.add(
            Correction(
                id=services.new_id(),
                portal_id=row.portal_id,
                envelope_id=row.envelope_id,
                recipient_id=desk.me.id,
                crm_name=row.crm_name,
                label=row.label,
                before=row.value,
                after=after,
                created_at=services.now(),
            )
        )


def _mark_signed(desk: Desk, caller: SigningCaller, agreed: Consent, now: datetime) -> None:
    me = desk.me
    me.state, me.signed_at = RecipientState.SIGNED.value, now
    me.witness = caller.witness
    me.signed_ip, me.signed_browser = caller.ip, caller.browser
    me.consent_version, me.consent_hash = agreed.version, agreed.hash
    me.seen_digest = desk.shown
    me.viewed_at = me.viewed_at or now


def _evidence(desk: Desk, filled: dict[str, Filled], agreed: Consent) -> dict[str, str]:
    me = desk.me
    _, address = signing.code_address(me.channel, me.email, me.phone)
    keyed = {f"{row.document_id}/{row.key}": filled[row.id] for row in desk.mine}
    ways = [f.image.way.value for f in filled.values() if f.image is not None]
    return {
        "way": ways[0] if ways else "",
        "name": me.name,
        "company": me.company,
        "position": me.position,
        "address": address,
        "channel": me.channel,
        "identified_by": me.identified_by,
        "seen": me.seen_digest,
        "fields": signing.filled_digest(keyed),
        "consent_version": agreed.version,
        "consent_hash": agreed.hash,
        "lang": agreed.lang,
        **({"witness": me.witness} if me.witness else {}),
    }


def _move_on(services: Services, session: Session, desk: Desk, event: AuditEvent) -> None:
    """Advance the envelope and ask for what follows: the seal, or the next invitation."""
    envelope = desk.envelope
    envelope.status = advance(Status(envelope.status), Act.SIGN, desk.seats).value
    enqueue = services.jobs.enqueue
    if envelope.status == Status.SIGNED.value:
        done = audit.record(session, envelope, EventKind.COMPLETED, at=event.at, actor="system")
        enqueue(session, "finish", f"finish:{envelope.id}", envelope.id)
        enqueue(session, "card", f"card:{envelope.id}:{done.number}", envelope.id)
        return
    enqueue(session, "deliver", f"deliver:{envelope.id}:{desk.me.id}", envelope.id)
    enqueue(session, "card", f"card:{envelope.id}:{event.number}", envelope.id)


def _record(
    session: Session,
    desk: Desk,
    caller: SigningCaller,
    kind: EventKind,
    at: datetime,
    **data: str,
) -> AuditEvent:
    return audit.record(
        session,
        desk.envelope,
        kind,
        at=at,
        actor=caller.actor,
        ip=caller.ip,
        browser=caller.browser,
        data=data,
    )
