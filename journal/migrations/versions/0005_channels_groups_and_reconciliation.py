"""What was asked of batch jobs, channels, group welcomes, and the comparison with WeCom."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "batch_submissions",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("job_id", sa.String(length=255), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("job_type", sa.String(length=255), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("submitted_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corpid", "job_id", name=op.f("pk_batch_submissions")),
    )
    op.create_index(
        op.f("ix_batch_submissions_submitted_at"),
        "batch_submissions",
        ["submitted_at"],
        unique=False,
    )
    op.create_table(
        "channels",
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("config_id", sa.String(length=255), nullable=False),
        sa.Column("qr_code", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("claimed_until", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("asked_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("synced_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("app", "corpid", "name", name=op.f("pk_channels")),
    )
    op.create_table(
        "contact_changes",
        sa.Column(
            "delivery_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("userid", sa.String(length=255), nullable=False),
        sa.Column("external_userid", sa.String(length=255), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("happened_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_contact_changes")),
    )
    op.create_index(
        "ix_contact_changes_happened_at", "contact_changes", ["happened_at"], unique=False
    )
    op.create_index(
        "ix_contact_changes_pair",
        "contact_changes",
        ["corpid", "userid", "external_userid", "happened_at"],
        unique=False,
    )
    op.create_index(
        "ix_contact_changes_state",
        "contact_changes",
        ["app", "corpid", "change", "state"],
        unique=False,
    )
    op.create_table(
        "group_welcomes",
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("template_id", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("claimed_until", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("asked_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("synced_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("app", "corpid", "name", name=op.f("pk_group_welcomes")),
    )
    op.create_table(
        "missed_contacts",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("userid", sa.String(length=255), nullable=False),
        sa.Column("external_userid", sa.String(length=255), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("happened_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("found_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("told_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("applied", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint(
            "corpid",
            "userid",
            "external_userid",
            "change",
            "happened_at",
            name=op.f("pk_missed_contacts"),
        ),
    )
    op.create_index(
        op.f("ix_missed_contacts_found_at"), "missed_contacts", ["found_at"], unique=False
    )
    op.create_table(
        "reconciliations",
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("since", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Integer(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("app", "corpid", name=op.f("pk_reconciliations")),
    )
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("up_to", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tallies")),
    )
    op.create_index("ix_batch_jobs_finished_at", "batch_jobs", ["finished_at"], unique=False)
    op.create_index("ix_chat_changes_happened_at", "chat_changes", ["happened_at"], unique=False)
    op.create_index("ix_chat_members_userid", "chat_members", ["corpid", "userid"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_chat_members_userid", table_name="chat_members")
    op.drop_index("ix_chat_changes_happened_at", table_name="chat_changes")
    op.drop_index("ix_batch_jobs_finished_at", table_name="batch_jobs")
    op.drop_table("tallies")
    op.drop_table("reconciliations")
    op.drop_index(op.f("ix_missed_contacts_found_at"), table_name="missed_contacts")
    op.drop_table("missed_contacts")
    op.drop_table("group_welcomes")
    op.drop_index("ix_contact_changes_state", table_name="contact_changes")
    op.drop_index("ix_contact_changes_pair", table_name="contact_changes")
    op.drop_index("ix_contact_changes_happened_at", table_name="contact_changes")
    op.drop_table("contact_changes")
    op.drop_table("channels")
    op.drop_index(op.f("ix_batch_submissions_submitted_at"), table_name="batch_submissions")
    op.drop_table("batch_submissions")
