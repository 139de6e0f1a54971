"""Who signs for us: companies of ours, kept signatures; and for which client a layout was used"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "layouts", sa.Column("client_id", sa.String(20), nullable=False, server_default="")
    )
    op.create_table(
        "our_companies",
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("company_id", sa.String(20), nullable=False),
        sa.Column("signers", sa.JSON(), nullable=False),
        sa.Column("first", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("stamp_digest", sa.String(64), nullable=False),
        sa.Column("changed_by", sa.String(20), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_our_companies_portal_id_installations"),
        ),
        sa.PrimaryKeyConstraint("portal_id", "company_id", name=op.f("pk_our_companies")),
    )
    op.create_table(
        "kept_signatures",
        sa.Column("portal_id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(20), nullable=False),
        sa.Column("picture_digest", sa.String(64), nullable=False),
        sa.Column("agreed_version", sa.String(24), nullable=False),
        sa.Column("agreed_hash", sa.String(64), nullable=False),
        sa.Column("agreed_lang", sa.String(8), nullable=False),
        sa.Column("agreed_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"],
            ["installations.portal_id"],
            name=op.f("fk_kept_signatures_portal_id_installations"),
        ),
        sa.PrimaryKeyConstraint("portal_id", "user_id", name=op.f("pk_kept_signatures")),
    )
