"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "batch_jobs",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("job_id", sa.String(length=255), nullable=False),
        sa.Column("job_type", sa.String(length=255), nullable=False),
        sa.Column("errcode", sa.Integer(), nullable=False),
        sa.Column("errmsg", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("finished_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corpid", "job_id", name=op.f("pk_batch_jobs")),
    )
    op.create_table(
        "chat_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("chat_id", sa.String(length=255), nullable=False),
        sa.Column("userid", sa.String(length=255), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("happened_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("scene", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_changes")),
    )
    op.create_index("ix_chat_changes_chat", "chat_changes", ["corpid", "chat_id", "happened_at"])

    op.create_table(
        "chat_members",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("chat_id", sa.String(length=255), nullable=False),
        sa.Column("userid", sa.String(length=255), nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("join_time", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("join_scene", sa.Integer(), nullable=True),
        sa.Column("invitor", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("corpid", "chat_id", "userid", name=op.f("pk_chat_members")),
    )
    op.create_table(
        "chats",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("chat_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("member_version", sa.String(length=255), nullable=False),
        sa.Column("read_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("corpid", "chat_id", name=op.f("pk_chats")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("event_key", sa.String(length=64), nullable=False),
        sa.Column("event", sa.String(length=255), nullable=False),
        sa.Column("userid", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("occurred_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("received_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("repeats", sa.Integer(), server_default="0", nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("event_key", name=op.f("uq_deliveries_event_key")),
    )
    op.create_index(op.f("ix_deliveries_received_at"), "deliveries", ["received_at"])

    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("handler", sa.String(length=255), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("published_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("lease_until", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("sweep_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=True),
        sa.Column("errcode", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_runs_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("delivery_id", "handler", name=op.f("uq_runs_delivery_id")),
    )
    op.create_index(
        "ix_runs_open",
        "runs",
        ["lane", "sweep_at"],
        sqlite_where=sa.text("status IN ('pending', 'running', 'retry')"),
        postgresql_where=sa.text("status IN ('pending', 'running', 'retry')"),
    )

    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("outcome_unknown", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(length=64), nullable=True),
        sa.Column("errcode", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["runs.id"], name=op.f("fk_attempts_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("run_id", "number", name=op.f("uq_attempts_run_id")),
    )


def downgrade() -> None:
    """Take it back."""
    for table in (
        "attempts",
        "runs",
        "deliveries",
        "chats",
        "chat_members",
        "chat_changes",
        "batch_jobs",
    ):
        op.drop_table(table)
