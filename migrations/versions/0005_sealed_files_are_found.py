"""Sealed files are found by their digest: the public register must not read the whole table"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_documents_sealed_digest", "documents", ["sealed_digest"])
