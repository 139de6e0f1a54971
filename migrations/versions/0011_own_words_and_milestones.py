"""A portal's own words for messages; the milestones that were written into a record's log"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "envelopes", sa.Column("log_number", sa.Integer(), nullable=False, server_default="0")
    )
    op.execute("UPDATE envelopes SET log_number = card_number")
    op.create_table(
        "message_texts",
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(24), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sms", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(20), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_message_texts_portal_id_installations"),
        ),
        sa.PrimaryKeyConstraint("portal_id", "name", "lang", name=op.f("pk_message_texts")),
    )
