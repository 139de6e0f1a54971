"""What was begun on the first screen, kept for a day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "begun_forms",
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(20), nullable=False),
        sa.Column("entity_type_id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.String(20), nullable=False),
        sa.Column("values_enc", sa.Text(), nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_begun_forms_portal_id"),
        ),
        sa.PrimaryKeyConstraint(
            "portal_id", "user_id", "entity_type_id", "entity_id", name=op.f("pk_begun_forms")
        ),
    )
    op.create_index(op.f("ix_begun_forms_kept_at"), "begun_forms", ["kept_at"])
