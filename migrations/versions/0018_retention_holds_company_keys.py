"""How long documents are kept, legal holds, and the sealing keys that companies bring"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_rules",
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("document_type", sa.String(160), nullable=False),
        sa.Column("years", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(20), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_retention_rules_portal_id"),
        ),
        sa.PrimaryKeyConstraint("portal_id", "document_type", name=op.f("pk_retention_rules")),
    )
    op.create_table(
        "keeping",
        sa.Column("envelope_id", sa.String(40), nullable=False),
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("kept_until", UtcTime(), nullable=True),
        sa.Column("key_id", sa.String(40), nullable=False),
        sa.Column("held_at", UtcTime(), nullable=True),
        sa.Column("held_by", sa.String(20), nullable=False),
        sa.Column("held_reason", sa.Text(), nullable=False),
        sa.Column("deleted_at", UtcTime(), nullable=True),
        sa.Column("loose_files", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_keeping_portal_id")
        ),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_keeping_envelope_id")
        ),
        sa.PrimaryKeyConstraint("envelope_id", name=op.f("pk_keeping")),
    )
    op.create_index(op.f("ix_keeping_portal_id_held_at"), "keeping", ["portal_id", "held_at"])
    op.create_table(
        "company_keys",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("company_id", sa.String(20), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("chain", sa.JSON(), nullable=False),
        sa.Column("key_enc", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("warned_days", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.String(20), nullable=False),
        sa.Column("added_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.Column("left_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_company_keys_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_keys")),
    )
    op.create_index(op.f("ix_company_keys_portal_id"), "company_keys", ["portal_id"])
