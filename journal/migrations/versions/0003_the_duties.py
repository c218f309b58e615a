"""The duties: what is done every so often, once over all processes."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "duties",
        sa.Column("app", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("due_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("lease_until", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("turn", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_started", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("last_finished", journal.tables.UTCDateTime(timezone=True), nullable=True),
        sa.Column("last_outcome", sa.String(length=64), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("app", "corpid", "name", name=op.f("pk_duties")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("duties")
