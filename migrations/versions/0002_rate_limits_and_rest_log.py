"""Rate limits over all processes, the REST log, and what a portal's care needs to remember"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NO, EMPTY = sa.false(), ""


def upgrade() -> None:
    for column in (
        sa.Column("notice", sa.String(length=24), nullable=False, server_default=EMPTY),
        sa.Column("notice_at", UtcTime(), nullable=True),
        sa.Column("license", sa.String(length=40), nullable=False, server_default=EMPTY),
        sa.Column("registered", sa.String(length=300), nullable=False, server_default=EMPTY),
        sa.Column("farewell_enc", sa.Text(), nullable=False, server_default=EMPTY),
    ):
        op.add_column("installations", column)
    op.add_column(
        "portal_tokens", sa.Column("is_admin", sa.Boolean(), nullable=False, server_default=NO)
    )
    for name in ("card_tried", "comment_tried"):
        op.add_column("envelopes", sa.Column(name, sa.Boolean(), nullable=False, server_default=NO))
    op.create_table(
        "rate_limits",
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=90), nullable=False),
        sa.Column("level", sa.Double(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("portal_id", "name", name=op.f("pk_rate_limits")),
    )
    op.create_table(
        "rest_calls",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("method", sa.String(length=80), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("answered", sa.JSON(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_rest_calls_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rest_calls")),
    )
    with op.batch_alter_table("rest_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rest_calls_portal_id_at"), ["portal_id", "at"])
        batch_op.create_index(batch_op.f("ix_rest_calls_at"), ["at"])
