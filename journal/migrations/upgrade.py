"""Runs the migrations on an engine."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from journal.database import write

_ADVISORY_LOCK = 0x77656330  # any number that is ours: one migrating process at a time
_PATIENCE_SECONDS = 600  # with the one that is at it


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the tables to a revision, in one transaction, waiting for whoever does the same."""
    with write(engine, patience_seconds=_PATIENCE_SECONDS) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_PATIENCE_SECONDS}s'"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        command.upgrade(_config(connection), revision)


def _config(connection: sa.Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config
