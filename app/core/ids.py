"""Names for identifiers, so that one kind is never passed for another."""

from __future__ import annotations

from typing import NewType

PortalId = NewType("PortalId", str)
"""Our own id of a portal (uuid hex); Bitrix24's `member_id` is unique beside it."""
EnvelopeId = NewType("EnvelopeId", str)
DocumentId = NewType("DocumentId", str)
RecipientId = NewType("RecipientId", str)
FieldId = NewType("FieldId", str)
LayoutId = NewType("LayoutId", str)
Digest = NewType("Digest", str)
"""SHA-256 of bytes, 64 lower-case hex digits."""
