"""The cursors of customer service accounts."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "kf_cursors",
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("open_kfid", sa.String(length=255), nullable=False),
        sa.Column("cursor", sa.String(length=255), nullable=False),
        sa.Column("saved_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("corpid", "open_kfid", name=op.f("pk_kf_cursors")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("kf_cursors")
