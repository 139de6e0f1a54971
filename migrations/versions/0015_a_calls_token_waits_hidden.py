"""A rule's call is kept before anybody is asked whose token came with it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "robot_calls", sa.Column("access_enc", sa.Text(), nullable=False, server_default="")
    )
