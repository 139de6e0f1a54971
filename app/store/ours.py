"""Queries on who signs for us: companies of ours and kept signatures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.ours import NOTHING_SETTLED, Agreement, OurSide
from app.store import once
from app.store.tables import KeptSignature, OurCompanyRow


def side(session: Session, portal_id: str, company_id: str) -> OurSide:
    """Return what is settled for a company of ours."""
    row = session.get(OurCompanyRow, (portal_id, company_id)) if company_id else None
    if row is None:
        return NOTHING_SETTLED
    return OurSide(
        company_id=row.company_id,
        signers=tuple(row.signers),
        first=row.first,
        channel=row.channel,
        stamp_digest=row.stamp_digest,
    )


def settle(session: Session, portal_id: str, new: OurSide, *, by: str, at: datetime) -> None:
    """Keep who signs for its company, and how, in place of what was settled before; its stamp stays."""
    row = _held(session, portal_id, new.company_id, by, at)
    row.signers, row.first, row.channel = list(new.signers), new.first, new.channel
    session.flush()


def set_stamp(
    session: Session, portal_id: str, company_id: str, digest: str, *, by: str, at: datetime
) -> None:
    """Keep the company's stamp, "" for the drawn one; what else is settled stays."""
    _held(session, portal_id, company_id, by, at).stamp_digest = digest
    session.flush()


def _held(
    session: Session, portal_id: str, company_id: str, by: str, at: datetime
) -> OurCompanyRow:
    names = {"portal_id": portal_id, "company_id": company_id}
    row = once.held(session, OurCompanyRow, names, changed_at=at)
    row.changed_by, row.changed_at = by, at
    return row


def kept_signature(session: Session, portal_id: str, user_id: str) -> KeptSignature | None:
    """Return the signature a colleague keeps here, None when they keep none."""
    return session.get(KeptSignature, (portal_id, user_id))


def keep_signature(
    session: Session, portal_id: str, user_id: str, digest: str, agreed: Agreement, at: datetime
) -> None:
    """Keep a colleague's signature with what they agreed to, in place of an earlier one."""
    values = {
        "picture_digest": digest,
        "agreed_version": agreed.version,
        "agreed_hash": agreed.hash,
        "agreed_lang": agreed.lang,
        "agreed_at": at,
    }
    names = {"portal_id": portal_id, "user_id": user_id}
    row = once.held(session, KeptSignature, names, **values)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()


def forget_signature(session: Session, portal_id: str, user_id: str) -> None:
    """Remove a colleague's kept signature; documents signed with it stay as they are."""
    row = kept_signature(session, portal_id, user_id)
    if row is not None:
        session.delete(row)
        session.flush()
