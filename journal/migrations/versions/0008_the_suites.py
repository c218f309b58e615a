"""Third-party apps: the newest tickets, and who authorised them."""

import sqlalchemy as sa
from alembic import op

import journal.tables

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "suite_tickets",
        sa.Column("suite_id", sa.String(length=255), nullable=False),
        sa.Column("suite_ticket", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("suite_id", name=op.f("pk_suite_tickets")),
    )
    op.create_table(
        "authorisations",
        sa.Column("suite_id", sa.String(length=255), nullable=False),
        sa.Column("corpid", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("since", journal.tables.UTCDateTime(timezone=True), nullable=False),
        sa.Column("agentid", sa.BigInteger(), nullable=True),
        sa.Column("permanent_code", sa.LargeBinary(), nullable=True),
        sa.Column("auth_code_digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("suite_id", "corpid", name=op.f("pk_authorisations")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("authorisations")
    op.drop_table("suite_tickets")
