"""Who signs in to the console and what they did there; the indexes its pages look things up by."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_GIVEN_UP = sa.text("status IN ('failed', 'expired')")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "console_users",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("permissions", sa.String(length=255), nullable=False),
        sa.Column("changed_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_console_users")),
    )
    op.create_table(
        "console_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("started_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_sessions")),
    )
    op.create_table(
        "console_throttle",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("since", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_throttle")),
    )
    op.create_table(
        "console_audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_console_audit")),
    )
    op.create_index("ix_deliveries_subject", "deliveries", ["subject", "id"], unique=False)
    op.create_index(
        "ix_runs_given_up",
        "runs",
        ["id"],
        unique=False,
        sqlite_where=_GIVEN_UP,
        postgresql_where=_GIVEN_UP,
    )
    op.create_index("ix_chats_read_at", "chats", ["read_at"], unique=False)
    # Counting a day reads this index alone.
    op.drop_index("ix_contact_changes_happened_at", table_name="contact_changes")
    op.create_index(
        "ix_contact_changes_happened_at",
        "contact_changes",
        ["happened_at", "change", "app", "state"],
        unique=False,
    )
    op.create_index(
        "ix_contact_changes_delivery", "contact_changes", ["state", "delivery_id"], unique=False
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_contact_changes_delivery", table_name="contact_changes")
    op.drop_index("ix_contact_changes_happened_at", table_name="contact_changes")
    op.create_index(
        "ix_contact_changes_happened_at", "contact_changes", ["happened_at"], unique=False
    )
    op.drop_index("ix_chats_read_at", table_name="chats")
    op.drop_index("ix_runs_given_up", table_name="runs")
    op.drop_index("ix_deliveries_subject", table_name="deliveries")
    for name in ("audit", "throttle", "sessions", "users"):
        op.drop_table(f"console_{name}")
