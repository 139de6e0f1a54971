"""Rules with wishes of their own, and many at once"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "envelopes", sa.Column("deadline_days", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "envelopes", sa.Column("reminds", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column(
        "robot_calls", sa.Column("run_id", sa.String(40), nullable=False, server_default="")
    )
    op.add_column("robot_calls", sa.Column("title", sa.Text(), nullable=False, server_default=""))
    op.add_column("robot_calls", sa.Column("asked_at", UtcTime(), nullable=True))
    op.create_index(op.f("ix_robot_calls_run_id"), "robot_calls", ["run_id"])
    op.create_table(
        "many_runs",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_many_runs_portal_id_installations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_many_runs")),
    )
    op.create_index(
        op.f("ix_many_runs_portal_id_created_at"), "many_runs", ["portal_id", "created_at"]
    )
