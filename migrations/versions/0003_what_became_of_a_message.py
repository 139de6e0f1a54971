"""What became of a message after its provider accepted it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("told", sa.Text(), nullable=False, server_default=""),
        sa.Column("tried_at", UtcTime(), nullable=True),
        sa.Column("settled_at", UtcTime(), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False, server_default="0"),
    ):
        op.add_column("deliveries", column)
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_deliveries_provider_id"), ["provider_id"])
        batch_op.create_index(
            batch_op.f("ix_deliveries_channel_state_accepted_at"),
            ["channel", "state", "accepted_at"],
        )
