"""Which file field of the record a sealed document went into, and what stood there before"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("envelopes", sa.Column("filed", sa.JSON(), nullable=False, server_default="{}"))
