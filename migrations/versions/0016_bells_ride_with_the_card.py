"""A colleague's bell is asked for with the message and rings with the card"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("bell", sa.String(8), nullable=False, server_default=""))
