"""Finds deliveries by what an operator knows of them, a page at a time.

No question reads more than so many rows: a page that is not full after that says from where to look
further back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from journal.operations import indexable
from journal.tables import DeliveryStatus, RunStatus, contact_changes, deliveries, runs

MOST_EXAMINED = 20_000
_GREATEST_ID = 2**63 - 1
_BLUR = 1000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the deliveries must be like; None leaves it open. `event` may end in `*`."""

    app: str | None = None
    event: str | None = None
    userid: str | None = None
    subject: str | None = None
    state: str | None = None
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RunWord:
    """One handler's run in a few words."""

    id: int
    handler: str
    status: RunStatus
    result: str | None
    errcode: int | None


@dataclass(frozen=True, kw_only=True)
class DeliveryLine:
    """One delivery as a list shows it; its content stays in the journal."""

    id: int
    app: str
    event: str
    userid: str
    subject: str
    occurred_at: datetime | None
    received_at: datetime
    repeats: int
    status: DeliveryStatus
    runs: tuple[RunWord, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Page:
    """The newest that fit; before_id: where the next page starts, None when that is all.

    examined_at: how far back was looked when the page is not full.
    """

    lines: tuple[DeliveryLine, ...]
    before_id: int | None
    examined_at: datetime | None = None


def find(connection: sa.Connection, wanted: Wanted, *, before_id: int | None, limit: int) -> Page:
    """Return one page of the deliveries that fit, the newest first."""
    examined = _examined(connection, wanted, before_id).subquery()
    query = (
        sa.select(examined)
        .where(*_conditions(examined, wanted))
        .order_by(examined.c.id.desc())
        .limit(limit + 1)
    )
    rows = connection.execute(query).all()
    lines = _lines(connection, rows[:limit])
    if len(rows) > limit:
        return Page(lines=lines, before_id=rows[limit - 1].id)
    last, number = connection.execute(sa.select(sa.func.min(examined.c.id), sa.func.count())).one()
    if number < MOST_EXAMINED:
        return Page(lines=lines, before_id=None)
    examined_at = connection.scalar(
        sa.select(deliveries.c.received_at).where(deliveries.c.id == last)
    )
    return Page(lines=lines, before_id=last, examined_at=examined_at)


def events_seen(connection: sa.Connection) -> list[str]:
    """Return the names of the events among the newest deliveries, the most frequent first."""
    newest = sa.select(deliveries.c.event).order_by(deliveries.c.id.desc()).limit(1000).subquery()
    return list(
        connection.scalars(
            sa.select(newest.c.event)
            .group_by(newest.c.event)
            .order_by(sa.func.count().desc(), newest.c.event)
        )
    )


def _examined(
    connection: sa.Connection, wanted: Wanted, before_id: int | None
) -> sa.Select[tuple[Any, ...]]:
    """Choose the rows that are looked at: by an index, and no more than so many of them."""
    until = _until(connection, wanted, before_id)
    query = sa.select(
        *(deliveries.c[name] for name in DeliveryLine.__dataclass_fields__ if name != "runs")
    ).where(deliveries.c.id < until)
    if wanted.state is not None:
        query = query.join(contact_changes, contact_changes.c.delivery_id == deliveries.c.id).where(
            contact_changes.c.state == indexable(wanted.state)
        )
        return query.order_by(contact_changes.c.delivery_id.desc()).limit(MOST_EXAMINED)
    if wanted.subject is not None:
        query = query.where(deliveries.c.subject == indexable(wanted.subject))
    if wanted.since is not None:
        first = _first_from(connection, wanted.since)
        query = query.where(sa.false() if first is None else deliveries.c.id >= first - _BLUR)
    return query.order_by(deliveries.c.id.desc()).limit(MOST_EXAMINED)


def _until(connection: sa.Connection, wanted: Wanted, before_id: int | None) -> int:
    """Return the id before which to look: one bound alone, because SQLite heeds only one.

    Ids grow with the time of receipt; concurrent commits blur that by a few.
    """
    until = min(before_id or _GREATEST_ID, _GREATEST_ID)
    if wanted.until is None:
        return until
    after = _first_from(connection, wanted.until)
    return until if after is None else min(until, after + _BLUR)


def _first_from(connection: sa.Connection, at: datetime) -> int | None:
    return connection.scalar(
        sa.select(deliveries.c.id)
        .where(deliveries.c.received_at >= at)
        .order_by(deliveries.c.received_at)
        .limit(1)
    )


def _conditions(examined: sa.Subquery, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions = [
        examined.c[name] == indexable(value)
        for name in ("app", "userid", "subject", "status")
        if (value := getattr(wanted, name)) is not None
    ]
    if wanted.event is not None:
        event = indexable(wanted.event)
        conditions.append(
            examined.c.event.startswith(event[:-1], autoescape=True)
            if event.endswith("*")
            else examined.c.event == event
        )
    if wanted.since is not None:
        conditions.append(examined.c.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(examined.c.received_at < wanted.until)
    return conditions


def _lines(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> tuple[DeliveryLine, ...]:
    words: dict[int, list[RunWord]] = {}
    query = (
        sa.select(
            runs.c.delivery_id,
            runs.c.id,
            runs.c.handler,
            runs.c.status,
            runs.c.result,
            runs.c.errcode,
        )
        .where(runs.c.delivery_id.in_([row.id for row in rows]))
        .order_by(runs.c.id)
    )
    for row in connection.execute(query) if rows else ():
        word = RunWord(
            id=row.id,
            handler=row.handler,
            status=row.status,
            result=row.result,
            errcode=row.errcode,
        )
        words.setdefault(row.delivery_id, []).append(word)
    return tuple(
        DeliveryLine(**row._mapping, runs=tuple(words.get(row.id, ())))  # noqa: SLF001 - SQLAlchemy's documented way to the columns
        for row in rows
    )
