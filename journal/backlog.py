"""How much lies before each lane, and how large the journal is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from journal.tables import IS_OPEN, metadata, runs


@dataclass(frozen=True, kw_only=True)
class LaneBacklog:
    """The open runs of one lane.

    waiting: due, and nobody has begun. running: claimed by a worker. later: retries not due yet.
    oldest_due_at: since when the one that waits longest does.
    """

    lane: str
    waiting: int
    running: int
    later: int
    oldest_due_at: datetime | None


def backlogs(connection: sa.Connection, now: datetime) -> list[LaneBacklog]:
    """Return the lanes that have open runs; what is closed is not looked at."""
    is_running = runs.c.status == "running"
    is_waiting = ~is_running & (runs.c.due_at <= now)
    rows = connection.execute(
        sa.select(
            runs.c.lane,
            sa.func.count().filter(is_waiting).label("waiting"),
            sa.func.count().filter(is_running).label("running"),
            sa.func.count().filter(~is_running & (runs.c.due_at > now)).label("later"),
            sa.func.min(sa.case((is_waiting, runs.c.due_at)), type_=runs.c.due_at.type).label(
                "oldest_due_at"
            ),
        )
        .where(IS_OPEN)
        .group_by(runs.c.lane)
    )
    return [LaneBacklog(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def size_bytes(connection: sa.Connection) -> int:
    """Return what the database's tables and indexes take on disk."""
    if connection.dialect.name == "sqlite":
        size = sa.text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        return int(connection.scalar(size) or 0)
    names = [table.name for table in metadata.sorted_tables]
    total = sa.select(sa.func.sum(sa.func.pg_total_relation_size(sa.column("relname", sa.Text))))
    named = total.select_from(sa.func.unnest(sa.literal(names, sa.ARRAY(sa.Text))).alias("relname"))
    return int(connection.scalar(named) or 0)
