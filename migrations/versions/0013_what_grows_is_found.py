"""What grows is found by an index: people by their messages, work that stands still, a colleague's seats"""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = {
    "deliveries": [["recipient_id", "purpose"], ["state", "created_at"]],
    "robot_calls": [["answered_at", "received_at"]],
    "portal_tokens": [["expires_at"]],
    "envelopes": [
        ["prepare_state", "status", "created_at"],
        ["report_state", "status", "finished_at"],
        ["portal_id", "status", "created_at"],
    ],
    "recipients": [["portal_id", "portal_user_id"], ["state", "invited_at"]],
}


def upgrade() -> None:
    for table, many in INDEXES.items():
        for columns in many:
            op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
