"""Workers tell how they are: one row a slot"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("worker", sa.String(length=40), nullable=False),
        sa.Column("host", sa.String(length=80), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("converter", sa.Text(), nullable=False),
        sa.Column("clock_s", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeats")),
    )
