"""Every change of state the journal knows, each as one function over a gathered batch.

An operation takes a connection inside a transaction and a list of arguments, and returns a result
for each. `store.Journal` is the door; nothing else changes a status.

Row locks are always taken on deliveries before runs, and in order of id, so that two processes'
batches wait for each other instead of deadlocking.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from journal.records import (
    ClaimedRun,
    Conclusion,
    NewDelivery,
    PlannedRun,
    PublishableRun,
    Recorded,
)
from journal.tables import (
    EXPIRED,
    FAILED,
    IS_OPEN,
    OPEN_STATUSES,
    PENDING,
    RETRY,
    RUNNING,
    attempts,
    deliveries,
    runs,
)

# How long a sweeper leaves a fresh run to the publisher, and a published one to the workers.
UNPUBLISHED_GRACE = timedelta(seconds=1)
PUBLISHED_GRACE = {"urgent": timedelta(seconds=3)}
DEFAULT_PUBLISHED_GRACE = timedelta(seconds=30)

LOST = "lost"  # the outcome of an attempt whose worker died


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A worker's wish to execute one run, with a lease of its own length."""

    run_id: int
    now: datetime
    lease: timedelta


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """A worker's word that it is still at one run."""

    run_id: int
    attempt: int
    lease_until: datetime


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Runs handed to the broker."""

    published: tuple[PublishableRun, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A sweeper asking what in these lanes needs looking after."""

    lanes: tuple[str, ...]
    now: datetime
    limit: int


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An operator's wish to run the handlers of one delivery again."""

    delivery_id: int
    plan: tuple[PlannedRun, ...]
    now: datetime


def insert_ignoring_conflicts(
    connection: sa.Connection, table: sa.Table
) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that leaves a row out when a unique key has it already."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def record(connection: sa.Connection, wanted: Sequence[NewDelivery]) -> list[Recorded]:
    """Insert deliveries with their runs; what is there already only counts a repeat."""
    distinct = {delivery.event_key: delivery for delivery in wanted}
    ordered = [distinct[key] for key in sorted(distinct)]
    inserted = connection.execute(
        insert_ignoring_conflicts(connection, deliveries).returning(
            deliveries.c.id, deliveries.c.event_key
        ),
        [_delivery_row(delivery) for delivery in ordered],
    )
    new_ids = {key: delivery_id for delivery_id, key in inserted}
    made = _insert_runs(
        connection,
        [
            (new_ids[delivery.event_key], planned, delivery.received_at)
            for delivery in ordered
            if delivery.event_key in new_ids
            for planned in delivery.plan
        ],
    )
    repeats = Counter(delivery.event_key for delivery in wanted)
    repeats.subtract(new_ids)
    _count_repeats(connection, repeats)
    recorded = []
    for delivery in wanted:
        delivery_id = new_ids.pop(delivery.event_key, None)  # a twin in the same batch is a repeat
        recorded.append(
            Recorded(
                delivery_id=delivery_id,
                new=delivery_id is not None,
                runs=tuple(made.get(delivery_id, ())) if delivery_id is not None else (),
            )
        )
    return recorded


def mark_published(connection: sa.Connection, publications: Sequence[Publication]) -> list[None]:
    """Note that the broker has these runs, unless a worker was quicker."""
    rows: list[dict[str, Any]] = [
        {
            "id_": run.run_id,
            "at": publication.at,
            "next": publication.at + published_grace(run.lane),
        }
        for publication in publications
        for run in publication.published
    ]
    connection.execute(
        sa.update(runs)
        .where(runs.c.id == sa.bindparam("id_"), runs.c.status == PENDING)
        .values(published_at=sa.bindparam("at"), sweep_at=sa.bindparam("next")),
        sorted(rows, key=_id),
    )
    return [None] * len(publications)


def claim(connection: sa.Connection, claims: Sequence[Claim]) -> list[ClaimedRun | None]:
    """Give each claimed run to its claimer; None where it is not to be had.

    To be had: pending, due again, or left behind by a worker whose lease ran out. A run past its
    deadline expires here instead.
    """
    by_id = {each.run_id: each for each in claims}
    rows = _lock_runs(connection, by_id)
    taken, lost, expired = [], [], []
    for row in rows:
        each = by_id[row.id]
        if not _is_free(row, each.now):
            continue
        if row.status == RUNNING:
            lost.append(row)
        if row.deadline_at is not None and row.deadline_at <= each.now:
            expired.append(row)
        else:
            taken.append(row)
    _insert_lost_attempts(connection, lost)
    _expire(connection, expired)
    if taken:
        connection.execute(
            sa.update(runs)
            .where(runs.c.id == sa.bindparam("id_"))
            .values(
                status=RUNNING,
                attempt=runs.c.attempt + 1,
                lease_until=sa.bindparam("until"),
                sweep_at=sa.bindparam("until"),
            ),
            [{"id_": row.id, "until": by_id[row.id].now + by_id[row.id].lease} for row in taken],
        )
    unknown = _with_unknown_outcome(connection, [row.id for row in taken if row.attempt])
    claimed = {row.id: _claimed(row, outcome_unknown=row.id in unknown) for row in taken}
    # A run claimed twice in one batch goes to the first.
    return [claimed.pop(each.run_id, None) for each in claims]


def renew(connection: sa.Connection, renewals: Sequence[Renewal]) -> list[None]:
    """Prolong leases, each only while the run is still that attempt's."""
    rows: list[dict[str, Any]] = [
        {"id_": each.run_id, "attempt_": each.attempt, "until": each.lease_until}
        for each in renewals
    ]
    connection.execute(
        sa.update(runs)
        .where(
            runs.c.id == sa.bindparam("id_"),
            runs.c.attempt == sa.bindparam("attempt_"),
            runs.c.status == RUNNING,
        )
        .values(lease_until=sa.bindparam("until"), sweep_at=sa.bindparam("until")),
        sorted(rows, key=_id),
    )
    return [None] * len(renewals)


def conclude(connection: sa.Connection, conclusions: Sequence[Conclusion]) -> list[None]:
    """Write down how attempts ended, and close or reschedule their runs.

    The run of an attempt that lost its lease meanwhile is another worker's and stays as it is.
    """
    ordered = sorted(conclusions, key=lambda each: each.run_id)
    run_ids = [each.run_id for each in ordered]
    delivery_ids = _lock_deliveries(
        connection, sa.select(runs.c.delivery_id).where(runs.c.id.in_(run_ids))
    )
    connection.execute(
        sa.update(runs)
        .where(
            runs.c.id == sa.bindparam("id_"),
            runs.c.attempt == sa.bindparam("attempt_"),
            runs.c.status == RUNNING,
        )
        .values(
            status=sa.bindparam("status_"),
            due_at=sa.func.coalesce(sa.bindparam("due"), runs.c.due_at),
            sweep_at=sa.func.coalesce(sa.bindparam("due"), runs.c.sweep_at),
            lease_until=None,
            result=sa.bindparam("result_"),
            errcode=sa.bindparam("errcode_"),
            error=sa.bindparam("error_"),
        ),
        [
            {
                "id_": each.run_id,
                "attempt_": each.attempt,
                "status_": each.status,
                "due": each.due_at,
                "result_": each.result,
                "errcode_": each.errcode,
                "error_": each.error,
            }
            for each in ordered
        ],
    )
    _upsert_attempts(connection, ordered)
    _refresh_deliveries(connection, delivery_ids)
    return [None] * len(conclusions)


def sweep(connection: sa.Connection, sweeps: Sequence[Sweep]) -> list[list[PublishableRun]]:
    """Take the runs that need publishing again, each for one sweeper only.

    They were never published, their retry is due, or their worker died. Those past their deadline
    expire here.
    """
    return [_sweep(connection, each) for each in sweeps]


def release(connection: sa.Connection, released: Sequence[tuple[int, ...]]) -> list[None]:
    """Hand runs back that a stopping worker had queued and not begun, for any sweeper to take."""
    run_ids = [run_id for each in released for run_id in each]
    connection.execute(
        sa.update(runs)
        .where(runs.c.id.in_(run_ids), runs.c.status.in_((PENDING, RETRY)))
        .values(published_at=None, sweep_at=runs.c.due_at)
    )
    return [None] * len(released)


def replay(connection: sa.Connection, replays: Sequence[Replay]) -> list[list[PublishableRun]]:
    """Set the runs of deliveries back to pending, and add runs for handlers that are new.

    A run that is open keeps its course; one whose deadline has passed stays closed: a welcome is
    never sent late.
    """
    return [_replay(connection, each) for each in replays]


def published_grace(lane: str) -> timedelta:
    """Return how long a published run may wait before a sweeper publishes it again."""
    return PUBLISHED_GRACE.get(lane, DEFAULT_PUBLISHED_GRACE)


def _id(row: dict[str, Any]) -> int:
    return int(row["id_"])


def _delivery_row(delivery: NewDelivery) -> dict[str, Any]:
    return {
        "app": delivery.app,
        "corpid": _indexable(delivery.corpid),
        "event_key": delivery.event_key,
        "event": _indexable(delivery.event),
        "userid": _indexable(delivery.userid),
        "subject": _indexable(delivery.subject),
        "occurred_at": delivery.occurred_at,
        "received_at": delivery.received_at,
        "payload": delivery.payload,
        "status": "open" if delivery.plan else "ignored",
    }


def _indexable(text: str) -> str:
    """Make any text fit an identifier column; the payload keeps the original."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:255]


def _insert_runs(
    connection: sa.Connection, wanted: Iterable[tuple[int, PlannedRun, datetime]]
) -> dict[int, list[PublishableRun]]:
    rows = [
        {
            "delivery_id": delivery_id,
            "handler": planned.handler,
            "lane": planned.lane,
            "status": PENDING,
            "due_at": now,
            "deadline_at": planned.deadline_at,
            "sweep_at": now + UNPUBLISHED_GRACE,
        }
        for delivery_id, planned, now in wanted
    ]
    if not rows:
        return {}
    inserted = connection.execute(
        sa.insert(runs).returning(runs.c.delivery_id, runs.c.id, runs.c.handler, runs.c.lane),
        rows,
    )
    made: dict[int, list[PublishableRun]] = {}
    for delivery_id, run_id, handler, lane in inserted:
        made.setdefault(delivery_id, []).append(
            PublishableRun(run_id=run_id, handler=handler, lane=lane)
        )
    return made


def _count_repeats(connection: sa.Connection, repeats: Counter[str]) -> None:
    rows = [{"key": key, "more": more} for key, more in sorted(repeats.items()) if more]
    if rows:
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.event_key == sa.bindparam("key"))
            .values(repeats=deliveries.c.repeats + sa.bindparam("more")),
            rows,
        )


def _lock_runs(connection: sa.Connection, run_ids: Iterable[int]) -> Sequence[sa.Row[Any]]:
    return connection.execute(
        sa.select(
            runs,
            deliveries.c.app,
            deliveries.c.received_at,
            deliveries.c.payload,
        )
        .join(deliveries)
        .where(runs.c.id.in_(sorted(run_ids)))
        .order_by(runs.c.id)
        .with_for_update(of=runs, skip_locked=True)
    ).all()


def _is_free(row: sa.Row[Any], now: datetime) -> bool:
    if row.status == RUNNING:
        return bool(row.lease_until <= now)
    return row.status in OPEN_STATUSES and bool(row.due_at <= now)


def _claimed(row: sa.Row[Any], *, outcome_unknown: bool) -> ClaimedRun:
    return ClaimedRun(
        run_id=row.id,
        delivery_id=row.delivery_id,
        handler=row.handler,
        lane=row.lane,
        attempt=row.attempt + 1,
        deadline_at=row.deadline_at,
        app=row.app,
        received_at=row.received_at,
        payload=row.payload,
        outcome_unknown=outcome_unknown,
    )


def _insert_lost_attempts(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    if rows:
        connection.execute(
            insert_ignoring_conflicts(connection, attempts),
            [
                {
                    "run_id": row.id,
                    "number": row.attempt,
                    "outcome": LOST,
                    "outcome_unknown": True,
                    "calls": [],
                }
                for row in rows
            ],
        )


def _expire(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    if not rows:
        return
    connection.execute(
        sa.update(runs)
        .where(runs.c.id.in_([row.id for row in rows]))
        .values(
            status=EXPIRED,
            lease_until=None,
            result=sa.func.coalesce(runs.c.result, "too_late"),
        )
    )
    _refresh_deliveries(connection, sorted({row.delivery_id for row in rows}))


def _with_unknown_outcome(connection: sa.Connection, run_ids: Sequence[int]) -> set[int]:
    if not run_ids:
        return set()
    return set(
        connection.scalars(
            sa.select(attempts.c.run_id).where(
                attempts.c.run_id.in_(run_ids), attempts.c.outcome_unknown
            )
        )
    )


def _lock_deliveries(
    connection: sa.Connection, which: Sequence[int] | sa.Select[tuple[int]]
) -> Sequence[int]:
    """Lock first, so that the last of two runs finishing at once sees the other one finished."""
    return connection.scalars(
        sa.select(deliveries.c.id)
        .where(deliveries.c.id.in_(which))
        .order_by(deliveries.c.id)
        .with_for_update()
    ).all()


def _upsert_attempts(connection: sa.Connection, conclusions: Sequence[Conclusion]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(attempts)
    # A row is there already when the attempt was given up for lost and came back after all.
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[attempts.c.run_id, attempts.c.number],
            set_={
                column: statement.excluded[column]
                for column in (
                    "started_at",
                    "finished_at",
                    "outcome",
                    "outcome_unknown",
                    "result",
                    "errcode",
                    "error",
                    "calls",
                )
            },
        ),
        [
            {
                "run_id": each.run_id,
                "number": each.attempt,
                "started_at": each.started_at,
                "finished_at": each.finished_at,
                "outcome": each.status,
                "outcome_unknown": each.outcome_unknown,
                "result": each.result,
                "errcode": each.errcode,
                "error": each.error,
                "calls": [list(call) for call in each.calls],
            }
            for each in conclusions
        ],
    )


def _refresh_deliveries(connection: sa.Connection, delivery_ids: Sequence[int]) -> None:
    def has_run(*statuses: str) -> sa.ColumnElement[bool]:
        return sa.exists().where(runs.c.delivery_id == deliveries.c.id, runs.c.status.in_(statuses))

    connection.execute(
        sa.update(deliveries)
        .where(deliveries.c.id.in_(delivery_ids))
        .values(
            status=sa.case(
                (has_run(*OPEN_STATUSES), "open"),
                (has_run(FAILED, EXPIRED), "failed"),
                else_="done",
            )
        )
    )


def _sweep(connection: sa.Connection, wanted: Sweep) -> list[PublishableRun]:
    rows = connection.execute(
        sa.select(runs)
        .where(
            IS_OPEN,
            runs.c.lane.in_(wanted.lanes),
            runs.c.sweep_at <= wanted.now,
        )
        .order_by(runs.c.sweep_at)
        .limit(wanted.limit)
        .with_for_update(skip_locked=True)
    ).all()
    expired = [row for row in rows if row.deadline_at and row.deadline_at <= wanted.now]
    _insert_lost_attempts(connection, [row for row in expired if row.status == RUNNING])
    _expire(connection, expired)
    gone = {row.id for row in expired}
    swept = [
        PublishableRun(run_id=row.id, handler=row.handler, lane=row.lane)
        for row in rows
        if row.id not in gone
    ]
    if swept:
        connection.execute(
            sa.update(runs)
            .where(runs.c.id == sa.bindparam("id_"))
            .values(published_at=wanted.now, sweep_at=sa.bindparam("next")),
            [{"id_": run.run_id, "next": wanted.now + published_grace(run.lane)} for run in swept],
        )
    return swept


def _replay(connection: sa.Connection, wanted: Replay) -> list[PublishableRun]:
    _lock_deliveries(connection, [wanted.delivery_id])
    rows = connection.execute(
        sa.select(runs).where(runs.c.delivery_id == wanted.delivery_id).with_for_update()
    ).all()
    again = [
        row
        for row in rows
        if row.status not in OPEN_STATUSES
        and (row.deadline_at is None or row.deadline_at > wanted.now)
    ]
    if again:
        connection.execute(
            sa.update(runs)
            .where(runs.c.id.in_([row.id for row in again]))
            .values(
                status=PENDING,
                due_at=wanted.now,
                sweep_at=wanted.now + UNPUBLISHED_GRACE,
                published_at=None,
                result=None,
                errcode=None,
                error=None,
            )
        )
    known = {row.handler for row in rows}
    added = _insert_runs(
        connection,
        [
            (wanted.delivery_id, planned, wanted.now)
            for planned in wanted.plan
            if planned.handler not in known
            and (planned.deadline_at is None or planned.deadline_at > wanted.now)
        ],
    )
    replayed = [
        PublishableRun(run_id=row.id, handler=row.handler, lane=row.lane) for row in again
    ] + added.get(wanted.delivery_id, [])
    if replayed:
        _refresh_deliveries(connection, [wanted.delivery_id])
    return replayed
