"""What changed on the record in the CRM since an envelope was sent"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "envelopes", sa.Column("changed", sa.String(80), nullable=False, server_default="")
    )
