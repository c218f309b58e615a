"""The statements every callback needs, built once: building one costs more than running it.

Names ending in an underscore are parameters; without it they would be taken for columns to set.
"""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from journal.tables import (
    EXPIRED,
    FAILED,
    OPEN_STATUSES,
    PENDING,
    RETRY,
    RUNNING,
    UTCDateTime,
    attempts,
    deliveries,
    runs,
)


def _has_run(*statuses: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(runs.c.delivery_id == deliveries.c.id, runs.c.status.in_(statuses))


_IDS: sa.BindParameter[list[int]] = sa.bindparam("ids", expanding=True)
_IS_THAT_ATTEMPT = sa.and_(
    runs.c.id == sa.bindparam("id_"),
    runs.c.attempt == sa.bindparam("attempt_"),
    runs.c.status == RUNNING,
)
_UNTIL = sa.bindparam("until_", type_=UTCDateTime())
_DUE = sa.bindparam("due_", type_=UTCDateTime())  # inside a function it has no type of its own

INSERT_RUNS = sa.insert(runs).returning(runs.c.delivery_id, runs.c.id, runs.c.handler, runs.c.lane)

_RUNS_TO_CLAIM = (
    sa.select(runs, deliveries.c.app, deliveries.c.received_at, deliveries.c.payload)
    .join(deliveries)
    .where(runs.c.id.in_(_IDS))
    .order_by(runs.c.id)
)
LOCK_IDLE_RUNS = _RUNS_TO_CLAIM.where(runs.c.status.in_((PENDING, RETRY))).with_for_update(
    of=runs, key_share=True
)
LOCK_RUNNING_RUNS = _RUNS_TO_CLAIM.where(runs.c.status == RUNNING).with_for_update(
    of=runs, key_share=True, skip_locked=True
)

CLAIM = (
    sa.update(runs)
    .where(runs.c.id == sa.bindparam("id_"))
    .values(status=RUNNING, attempt=runs.c.attempt + 1, lease_until=_UNTIL, sweep_at=_UNTIL)
)

RENEW = sa.update(runs).where(_IS_THAT_ATTEMPT).values(lease_until=_UNTIL, sweep_at=_UNTIL)

LOCK_DELIVERIES_OF_RUNS = (
    sa.select(runs.c.id, runs.c.delivery_id)
    .join(deliveries)
    .where(runs.c.id.in_(_IDS))
    .order_by(deliveries.c.id)
    .with_for_update(of=deliveries, key_share=True)
)

CONCLUDE = (
    sa.update(runs)
    .where(_IS_THAT_ATTEMPT)
    .values(
        status=sa.bindparam("status_"),
        due_at=sa.func.coalesce(_DUE, runs.c.due_at),
        sweep_at=sa.func.coalesce(_DUE, runs.c.sweep_at),
        lease_until=None,
        result=sa.bindparam("result_"),
        errcode=sa.bindparam("errcode_"),
        error=sa.bindparam("error_"),
    )
)

REFRESH_DELIVERIES = (
    sa.update(deliveries)
    .where(deliveries.c.id.in_(_IDS))
    .values(
        status=sa.case(
            (_has_run(*OPEN_STATUSES), "open"),
            (_has_run(FAILED, EXPIRED), "failed"),
            else_="done",
        )
    )
)


@cache
def insert_deliveries(dialect: str) -> sa.Executable:
    """Insert what is not there yet; one row back for each that was not."""
    insert = _insert(dialect, deliveries).on_conflict_do_nothing()
    return insert.returning(deliveries.c.id, deliveries.c.event_key)


@cache
def upsert_attempts(dialect: str) -> sa.Executable:
    """Insert how attempts ended, over what was noted when one was given up for lost."""
    insert = _insert(dialect, attempts)
    key = ("run_id", "number")
    return insert.on_conflict_do_update(
        index_elements=key,
        set_={
            column.name: insert.excluded[column.name]
            for column in attempts.c
            if column.name not in key and not column.primary_key
        },
    )


def _insert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
