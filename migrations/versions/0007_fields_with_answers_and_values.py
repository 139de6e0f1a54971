"""Fields with a choice of answers, and with a value from the CRM"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fields", sa.Column("options", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column(
        "fields", sa.Column("crm_name", sa.String(200), nullable=False, server_default="")
    )
