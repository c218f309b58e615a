"""What goes on now: a few bounded questions that cost the same in a journal of any size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from journal.tables import DONE, IS_OPEN, PENDING, RETRY, RUNNING, attempts, deliveries, runs

MOST_RUNS = 5000  # of the newest, that outcomes and errors are counted over
MOST_WAITING = 10_000  # of a lane, that are counted
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class LaneState:
    """What waits in one lane; oldest_at: since when the oldest of it is due.

    full: at least so many wait, no more were counted.
    """

    lane: str
    waiting: int
    running: int
    later: int
    oldest_at: datetime | None
    full: bool


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How many of the recent runs of a handler stand like this."""

    handler: str
    status: str
    result: str | None
    number: int


@dataclass(frozen=True, kw_only=True)
class RecentWork:
    """The runs of what was received since a time; capped: older ones of that time are left out.

    greeted_after_seconds: from the receipt of each event to the welcome it led to.
    errcodes: of the recent attempts, those that succeeded later included.
    """

    outcomes: tuple[Outcome, ...]
    greeted_after_seconds: tuple[float, ...]
    errcodes: dict[int, int]
    capped: bool


def received_between(connection: sa.Connection, since: datetime, until: datetime) -> int:
    """Return how many deliveries were received from `since` on and before `until`."""
    return int(
        connection.scalar(
            sa.select(sa.func.count())
            .select_from(deliveries)
            .where(deliveries.c.received_at >= since, deliveries.c.received_at < until)
        )
        or 0
    )


def lane_states(
    connection: sa.Connection, lanes: Iterable[str], now: datetime
) -> tuple[LaneState, ...]:
    """Return what waits in each lane."""
    return tuple(_backlog(connection, lane, now) for lane in lanes)


def recent_work(connection: sa.Connection, since: datetime) -> RecentWork:
    """Return what became of what was received since a time."""
    first = connection.scalar(
        sa.select(deliveries.c.id)
        .where(deliveries.c.received_at >= since)
        .order_by(deliveries.c.received_at)
        .limit(1)
    )
    if first is None:
        return RecentWork(outcomes=(), greeted_after_seconds=(), errcodes={}, capped=False)
    newest = (
        sa.select(
            runs.c.id,
            runs.c.delivery_id,
            runs.c.handler,
            runs.c.status,
            runs.c.result,
            runs.c.attempt,
            runs.c.deadline_at,
        )
        .where(runs.c.delivery_id >= first)
        .order_by(runs.c.delivery_id.desc())
        .limit(MOST_RUNS)
        .subquery()
    )
    outcomes = tuple(
        Outcome(handler=row.handler, status=row.status, result=row.result, number=row.number)
        for row in connection.execute(
            sa.select(
                newest.c.handler,
                newest.c.status,
                newest.c.result,
                sa.func.count().label("number"),
            )
            .group_by(newest.c.handler, newest.c.status, newest.c.result)
            .order_by(sa.desc("number"), newest.c.handler, newest.c.status)
        )
    )
    return RecentWork(
        outcomes=outcomes,
        greeted_after_seconds=_greeted_after_seconds(connection, newest),
        errcodes=_errcodes(connection, since),
        capped=sum(outcome.number for outcome in outcomes) >= MOST_RUNS,
    )


def _greeted_after_seconds(connection: sa.Connection, newest: sa.Subquery) -> tuple[float, ...]:
    rows = connection.execute(
        sa.select(deliveries.c.received_at, attempts.c.finished_at)
        .select_from(newest)
        .join(deliveries, deliveries.c.id == newest.c.delivery_id)
        .join(
            attempts,
            sa.and_(attempts.c.run_id == newest.c.id, attempts.c.number == newest.c.attempt),
        )
        .where(
            newest.c.deadline_at.is_not(None),
            newest.c.status == DONE,
            newest.c.result.in_(("sent", "already_sent")),
            attempts.c.finished_at.is_not(None),
        )
    )
    return tuple((row.finished_at - row.received_at).total_seconds() for row in rows)


def _errcodes(connection: sa.Connection, since: datetime) -> dict[int, int]:
    newest = (
        sa.select(attempts.c.errcode, attempts.c.finished_at)
        .order_by(attempts.c.id.desc())
        .limit(MOST_RUNS)
        .subquery()
    )
    rows = connection.execute(
        sa.select(newest.c.errcode, sa.func.count().label("number"))
        .where(newest.c.errcode.is_not(None), newest.c.finished_at >= since)
        .group_by(newest.c.errcode)
    )
    return dict(Counter({row.errcode: row.number for row in rows}).most_common())


def _backlog(connection: sa.Connection, lane: str, now: datetime) -> LaneState:
    open_runs = (
        sa.select(runs.c.status, runs.c.due_at)
        .where(IS_OPEN, runs.c.lane == lane)
        .order_by(runs.c.sweep_at)
        .limit(MOST_WAITING)
        .subquery()
    )
    rows = connection.execute(
        sa.select(
            open_runs.c.status,
            sa.func.count().label("number"),
            sa.type_coerce(sa.func.min(open_runs.c.due_at), runs.c.due_at.type).label("oldest_at"),
        ).group_by(open_runs.c.status)
    ).all()
    numbers = {row.status: row.number for row in rows}
    oldest = [
        row.oldest_at for row in rows if row.status in (PENDING, RETRY) and row.oldest_at <= now
    ]
    return LaneState(
        lane=lane,
        waiting=numbers.get(PENDING, 0),
        running=numbers.get(RUNNING, 0),
        later=numbers.get(RETRY, 0),
        oldest_at=min(oldest, default=None),
        full=sum(numbers.values()) >= MOST_WAITING,
    )
