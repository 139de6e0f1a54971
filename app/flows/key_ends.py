"""key_ends: the bell that tells an administrator when a company's sealing certificate ends."""

from __future__ import annotations

from app.actions.company_keys import ring
from app.flows.engine import flow, step


@flow("key_ends")
def key_ends(portal_id: str, key_id: str) -> bool:
    """Return whether the bell rang."""
    return step(ring, portal_id, key_id)
