"""Details of audit events that can be erased; a time-stamped root for every day"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_details()
    _make_days()
    _move_details()
    op.create_index(op.f("ix_audit_events_at"), "audit_events", ["at"])
    _guard("audit_details", "UPDATE")
    _guard("audit_days", "UPDATE", "DELETE")


def _make_details() -> None:
    op.create_table(
        "audit_details",
        sa.Column("envelope_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("ip", sa.String(64), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_audit_details_envelope_id_envelopes")
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_audit_details_portal_id_installations"),
        ),
        sa.PrimaryKeyConstraint("envelope_id", "number", name=op.f("pk_audit_details")),
    )


def _make_days() -> None:
    op.create_table(
        "audit_days",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("heads", sa.JSON(), nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_days")),
    )


def _move_details() -> None:
    """Links written so far keep their hashes: these cover the details openly, wherever they stand."""
    op.execute(
        "INSERT INTO audit_details (envelope_id, number, portal_id, ip, browser, data, salt) "
        "SELECT envelope_id, number, portal_id, ip, browser, data, '' FROM audit_events"
    )
    op.add_column(
        "audit_events", sa.Column("commitment", sa.String(64), nullable=False, server_default="")
    )
    for name in ("ip", "browser", "data"):
        op.execute(f"ALTER TABLE audit_events DROP COLUMN {name}")


def _guard(table: str, *acts: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for act in acts:
            op.execute(
                f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {table}_guard BEFORE {' OR '.join(acts)} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
