"""What rules remember: uploaded files, what the operators were told, names of customers."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "uploads",
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("path", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media_id", sa.Text(), nullable=False),
        sa.Column("created_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("app", "corpid", "path", "type", name=op.f("pk_uploads")),
    )
    op.create_table(
        "tellings",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("told_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corpid", "subject", name=op.f("pk_tellings")),
    )
    op.create_index("ix_tellings_told_at", "tellings", ["told_at"])
    op.create_table(
        "names",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("external_userid", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corpid", "external_userid", name=op.f("pk_names")),
    )
    op.create_index("ix_names_seen_at", "names", ["seen_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("names")
    op.drop_table("tellings")
    op.drop_table("uploads")
