"""Whether a person's language was told, and the time zone of their country"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "recipients",
        sa.Column("is_lang_told", sa.Boolean, nullable=False, server_default=sa.true()),
    )
    op.add_column("recipients", sa.Column("zone", sa.Text, nullable=False, server_default=""))
