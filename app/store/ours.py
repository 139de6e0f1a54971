"""Queries on who signs for us: companies of ours and kept signatures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.core.ours import NOTHING_SETTLED, Agreement, OurSide
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
    """Keep `new` for its company, in place of what was settled before."""
    row = session.get(OurCompanyRow, (portal_id, new.company_id), with_for_update=True)
    if row is None:
        row = OurCompanyRow(portal_id=portal_id, company_id=new.company_id)
        session.add(row)
    row.signers, row.first, row.channel = list(new.signers), new.first, new.channel
    row.stamp_digest, row.changed_by, row.changed_at = new.stamp_digest, by, at
    session.flush()


def kept_signature(session: Session, portal_id: str, user_id: str) -> KeptSignature | None:
    """Return the signature a colleague keeps here, None when they keep none."""
    return session.get(KeptSignature, (portal_id, user_id))


def keep_signature(
    session: Session, portal_id: str, user_id: str, digest: str, agreed: Agreement, at: datetime
) -> None:
    """Keep a colleague's signature with what they agreed to, in place of an earlier one."""
    row = kept_signature(session, portal_id, user_id)
    if row is None:
        row = KeptSignature(portal_id=portal_id, user_id=user_id)
        session.add(row)
    row.picture_digest, row.agreed_at = digest, at
    row.agreed_version, row.agreed_hash, row.agreed_lang = agreed.version, agreed.hash, agreed.lang
    session.flush()


def forget_signature(session: Session, portal_id: str, user_id: str) -> None:
    """Remove a colleague's kept signature; documents signed with it stay as they are."""
    row = kept_signature(session, portal_id, user_id)
    if row is not None:
        session.delete(row)
        session.flush()
