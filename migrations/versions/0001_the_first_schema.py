"""The first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canary",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("value_enc", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_canary")),
    )
    op.create_table(
        "counters",
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("portal_id", "name", name=op.f("pk_counters")),
    )
    op.create_table(
        "installations",
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=64), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("client_endpoint", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("application_token_hash", sa.String(length=64), nullable=False),
        sa.Column("admin_user_id", sa.String(length=20), nullable=False),
        sa.Column("preferences", sa.JSON(), nullable=False),
        sa.Column("installed_at", UtcTime(), nullable=False),
        sa.Column("closed_at", UtcTime(), nullable=True),
        sa.PrimaryKeyConstraint("portal_id", name=op.f("pk_installations")),
        sa.UniqueConstraint("member_id", name=op.f("uq_installations_member_id")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "envelopes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("entity_type_id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.String(length=20), nullable=False),
        sa.Column("record_title", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("document_type", sa.String(length=160), nullable=False),
        sa.Column("source", sa.JSON(), nullable=False),
        sa.Column("snapshot_digest", sa.String(length=64), nullable=False),
        sa.Column("prepare_state", sa.String(length=12), nullable=False),
        sa.Column("prepare_error", sa.Text(), nullable=False),
        sa.Column("auto_send", sa.Boolean(), nullable=False),
        sa.Column("layout_id", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("created_by", sa.String(length=20), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("sender_email", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("deadline", UtcTime(), nullable=True),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("activity_id", sa.String(length=20), nullable=False),
        sa.Column("card_number", sa.Integer(), nullable=False),
        sa.Column("source_activity_id", sa.String(length=20), nullable=False),
        sa.Column("comment_id", sa.String(length=20), nullable=False),
        sa.Column("report_state", sa.String(length=12), nullable=False),
        sa.Column("report_error", sa.Text(), nullable=False),
        sa.Column("trail_digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_envelopes_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
        sa.UniqueConstraint("portal_id", "number", name=op.f("uq_envelopes_portal_id_number")),
    )
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_envelopes_portal_id_created_at"),
            ["portal_id", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_envelopes_portal_id_entity_type_id_entity_id"),
            ["portal_id", "entity_type_id", "entity_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_envelopes_status_deadline"), ["status", "deadline"], unique=False
        )

    op.create_table(
        "layouts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("document_type", sa.String(length=160), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("spec", sa.JSON(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=False),
        sa.Column("used_on", sa.Text(), nullable=False),
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("created_by", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_layouts_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layouts")),
    )
    with op.batch_alter_table("layouts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_layouts_portal_id_document_type_used_at"),
            ["portal_id", "document_type", "used_at"],
            unique=False,
        )

    op.create_table(
        "portal_events",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_portal_events_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_events")),
    )
    with op.batch_alter_table("portal_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_portal_events_portal_id"), ["portal_id"], unique=False)

    op.create_table(
        "portal_tokens",
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("access_enc", sa.Text(), nullable=False),
        sa.Column("refresh_enc", sa.Text(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("client_endpoint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_portal_tokens_portal_id")
        ),
        sa.PrimaryKeyConstraint("portal_id", "user_id", name=op.f("pk_portal_tokens")),
    )
    op.create_table(
        "robot_calls",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("event_token", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("entity_type_id", sa.Integer(), nullable=False),
        sa.Column("entity_id", sa.String(length=20), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.String(length=20), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_robot_calls_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_robot_calls")),
        sa.UniqueConstraint(
            "portal_id", "event_token", name=op.f("uq_robot_calls_portal_id_event_token")
        ),
    )
    with op.batch_alter_table("robot_calls", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_robot_calls_envelope_id"), ["envelope_id"], unique=False
        )

    op.create_table(
        "templates",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=True),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_templates_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
    )
    with op.batch_alter_table("templates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_templates_portal_id_slug"), ["portal_id", "slug"], unique=False
        )

    op.create_table(
        "audit_events",
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("ip", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_audit_events_envelope_id")
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_audit_events_portal_id")
        ),
        sa.PrimaryKeyConstraint("envelope_id", "number", name=op.f("pk_audit_events")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret_enc", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("provider", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("accepted_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_deliveries_envelope_id")
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_deliveries_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("key", name=op.f("uq_deliveries_key")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deliveries_envelope_id"), ["envelope_id"], unique=False
        )

    op.create_table(
        "documents",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("original_digest", sa.String(length=64), nullable=False),
        sa.Column("filled_digest", sa.String(length=64), nullable=False),
        sa.Column("tags_digest", sa.String(length=64), nullable=False),
        sa.Column("printed_digest", sa.String(length=64), nullable=False),
        sa.Column("stamped_digest", sa.String(length=64), nullable=False),
        sa.Column("finished_digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_digest", sa.String(length=64), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("page_sizes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_documents_envelope_id")
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_documents_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_envelope_id"), ["envelope_id"], unique=False)

    op.create_table(
        "recipients",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("role_key", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("sign_order", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("portal_user_id", sa.String(length=20), nullable=False),
        sa.Column("contact_id", sa.String(length=20), nullable=False),
        sa.Column("needs_code", sa.Boolean(), nullable=False),
        sa.Column("identified_by", sa.String(length=16), nullable=False),
        sa.Column("invited_at", UtcTime(), nullable=True),
        sa.Column("viewed_at", UtcTime(), nullable=True),
        sa.Column("code_accepted_at", UtcTime(), nullable=True),
        sa.Column("consent_version", sa.String(length=24), nullable=False),
        sa.Column("consent_hash", sa.String(length=64), nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=True),
        sa.Column("signed_ip", sa.String(length=64), nullable=False),
        sa.Column("signed_browser", sa.Text(), nullable=False),
        sa.Column("seen_digest", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_recipients_envelope_id")
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_recipients_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
    )
    with op.batch_alter_table("recipients", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recipients_envelope_id"), ["envelope_id"], unique=False
        )

    op.create_table(
        "fields",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("envelope_id", sa.String(length=40), nullable=False),
        sa.Column("document_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("x", sa.Double(), nullable=False),
        sa.Column("y", sa.Double(), nullable=False),
        sa.Column("w", sa.Double(), nullable=False),
        sa.Column("h", sa.Double(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("from_tag", sa.Boolean(), nullable=False),
        sa.Column("anchor", sa.JSON(), nullable=True),
        sa.Column("question", sa.String(length=12), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("image", sa.JSON(), nullable=True),
        sa.Column("filled_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name=op.f("fk_fields_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["envelopes.id"], name=op.f("fk_fields_envelope_id")
        ),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_fields_portal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fields")),
    )
    with op.batch_alter_table("fields", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fields_envelope_id"), ["envelope_id"], unique=False)

    op.create_table(
        "signing_codes",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_enc", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_signing_codes_portal_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name=op.f("fk_signing_codes_recipient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_codes")),
    )
    with op.batch_alter_table("signing_codes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signing_codes_recipient_id"), ["recipient_id"], unique=False
        )

    op.create_table(
        "signing_links",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("portal_id", sa.String(length=40), nullable=False),
        sa.Column("recipient_id", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        sa.Column("revoked_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["portal_id"], ["installations.portal_id"], name=op.f("fk_signing_links_portal_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["recipients.id"], name=op.f("fk_signing_links_recipient_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signing_links_token_hash")),
    )
    with op.batch_alter_table("signing_links", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signing_links_recipient_id"), ["recipient_id"], unique=False
        )

    _guard_audit()


def _guard_audit() -> None:
    """The chain is append-only: the database itself refuses to change or remove a link."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit_events "
                "BEGIN SELECT RAISE(ABORT, 'audit events are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit events are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )
