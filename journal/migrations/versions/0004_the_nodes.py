"""The processes that are alive."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "nodes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("lanes", sa.String(length=255), nullable=False),
        sa.Column("started_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("nodes")
