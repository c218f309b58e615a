"""What is done every so often: whose turn it is, and how the last one went.

A turn belongs to one worker while its lease lasts. When the worker dies, the lease ends, and the
next one that asks takes the turn over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from journal.operations import insert_ignoring_conflicts, storable
from journal.tables import duties

_LONGEST_WORD = 64


@dataclass(frozen=True, kw_only=True)
class DutyKey:
    """One duty of one app for one corp."""

    app: str
    corpid: str
    name: str


@dataclass(frozen=True, kw_only=True)
class DutyClaim:
    """Somebody asks whether it is their turn; first_due: when there never was one."""

    key: DutyKey
    now: datetime
    lease: timedelta
    interval: timedelta
    first_due: datetime


@dataclass(frozen=True, kw_only=True)
class DutyTurn:
    """The answer: `turn` is the number of the turn that was got, None when it was not.

    look_again_at: when it makes sense to ask again.
    """

    turn: int | None
    look_again_at: datetime


@dataclass(frozen=True, kw_only=True)
class DutyEnd:
    """How a turn ended, and when the next one is due."""

    key: DutyKey
    turn: int
    finished_at: datetime
    due_at: datetime
    outcome: str
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class DutyRecord:
    """A duty as an operator sees it; lease_until is None unless somebody is at it."""

    app: str
    corpid: str
    name: str
    due_at: datetime
    lease_until: datetime | None
    turn: int
    last_started: datetime | None
    last_finished: datetime | None
    last_outcome: str | None
    last_error: str | None


def claim_duty(connection: sa.Connection, wanted: Sequence[DutyClaim]) -> list[DutyTurn]:
    """Give each its turn if it is due and nobody else is at it."""
    # Always in the same order, so that two processes do not wait for each other in a circle.
    in_order = sorted(range(len(wanted)), key=lambda place: _sortable(wanted[place].key))
    turns = {place: _claim(connection, wanted[place]) for place in in_order}
    return [turns[place] for place in range(len(wanted))]


def renew_duty(
    connection: sa.Connection, wanted: Sequence[tuple[DutyKey, int, datetime]]
) -> list[None]:
    """Prolong the lease of turns (key, turn, until) that are still theirs."""
    for key, turn, until in sorted(wanted, key=lambda each: _sortable(each[0])):
        connection.execute(
            sa.update(duties)
            .where(_is(key), duties.c.turn == turn, duties.c.lease_until.is_not(None))
            .values(lease_until=until)
        )
    return [None] * len(wanted)


def finish_duty(connection: sa.Connection, wanted: Sequence[DutyEnd]) -> list[bool]:
    """Write down how turns ended; False for one that was taken over meanwhile."""
    in_order = sorted(range(len(wanted)), key=lambda place: _sortable(wanted[place].key))
    written = {place: _finish(connection, wanted[place]) for place in in_order}
    return [written[place] for place in range(len(wanted))]


def all_duties(connection: sa.Connection) -> list[DutyRecord]:
    """Return every duty there ever was, by app, corp and name."""
    rows = connection.execute(
        sa.select(duties).order_by(duties.c.app, duties.c.corpid, duties.c.name)
    )
    return [DutyRecord(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented way to the columns


def _claim(connection: sa.Connection, wanted: DutyClaim) -> DutyTurn:
    connection.execute(
        insert_ignoring_conflicts(connection, duties).values(
            **vars(wanted.key), due_at=wanted.first_due
        )
    )
    # A lease that a clock set back since wrote is as long as one of now; who lives renews it.
    connection.execute(
        sa.update(duties)
        .where(_is(wanted.key), duties.c.lease_until > wanted.now + wanted.lease)
        .values(lease_until=wanted.now + wanted.lease)
    )
    free = sa.or_(duties.c.lease_until.is_(None), duties.c.lease_until <= wanted.now)
    # An interval that was made shorter since counts from now on.
    too_far = duties.c.due_at > wanted.now + wanted.interval
    connection.execute(
        sa.update(duties)
        .where(_is(wanted.key), too_far)
        .values(due_at=wanted.now + wanted.interval)
    )
    turn = connection.scalar(
        sa.update(duties)
        .where(_is(wanted.key), duties.c.due_at <= wanted.now, free)
        .values(
            lease_until=wanted.now + wanted.lease,
            turn=duties.c.turn + 1,
            last_started=wanted.now,
            # Stands when the worker dies; the end of the turn replaces it.
            last_outcome="lost",
            last_error=None,
        )
        .returning(duties.c.turn)
    )
    if turn is not None:
        return DutyTurn(turn=turn, look_again_at=wanted.now + wanted.interval)
    row = connection.execute(
        sa.select(duties.c.due_at, duties.c.lease_until).where(_is(wanted.key))
    ).one()
    return DutyTurn(turn=None, look_again_at=max(row.due_at, row.lease_until or row.due_at))


def _finish(connection: sa.Connection, end: DutyEnd) -> bool:
    written = connection.execute(
        sa.update(duties)
        .where(_is(end.key), duties.c.turn == end.turn)
        .values(
            lease_until=None,
            due_at=end.due_at,
            last_finished=end.finished_at,
            last_outcome=storable(end.outcome)[:_LONGEST_WORD],
            last_error=None if end.error is None else storable(end.error),
        )
    )
    return written.rowcount == 1


def _is(key: DutyKey) -> sa.ColumnElement[bool]:
    return sa.and_(
        duties.c.app == key.app, duties.c.corpid == key.corpid, duties.c.name == key.name
    )


def _sortable(key: DutyKey) -> tuple[str, str, str]:
    return key.app, key.corpid, key.name
