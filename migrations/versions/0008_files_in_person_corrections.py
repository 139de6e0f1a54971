"""Files of signers, help and formats of fields, signing in person, corrections of CRM values"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXTS = (
    ("fields", "help", sa.Text()),
    ("fields", "format", sa.String(16)),
    ("fields", "file_digest", sa.String(64)),
    ("recipients", "witness", sa.Text()),
    ("signing_links", "witness_id", sa.String(20)),
    ("signing_links", "witness", sa.Text()),
)


def upgrade() -> None:
    for table, name, kind in TEXTS:
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=""))
    op.create_table(
        "corrections",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("envelope_id", sa.String(40), nullable=False),
        sa.Column("recipient_id", sa.String(40), nullable=False),
        sa.Column("crm_name", sa.String(200), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("decided_at", UtcTime(), nullable=True),
        sa.Column("decided_by", sa.String(20), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_corrections_portal_id"),
        ),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_corrections_envelope_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name=op.f("fk_corrections_recipient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
    )
    op.create_index(op.f("ix_corrections_envelope_id"), "corrections", ["envelope_id"])
