"""What was sent lately is found without reading what was sent before"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_envelopes_status_sent_at", "envelopes", ["status", "sent_at"])
    op.create_index("ix_deliveries_created_at", "deliveries", ["created_at"])
