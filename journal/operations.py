"""Every change of state the journal knows, each as one function over a gathered batch.

An operation takes a connection inside a transaction and a list of arguments, and returns a result
for each. `store.Journal` is the door; nothing else changes a status.

Row locks are taken on deliveries before runs, and in order of id, so that two processes' batches
wait for each other instead of deadlocking. `IN_ORDER` keeps it so for all of one transaction, and
whoever holds runs already takes only those deliveries that are free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from journal import statements
from journal.records import (
    ClaimedRun,
    Conclusion,
    NewDelivery,
    PlannedRun,
    PublishableRun,
    Recorded,
)
from journal.tables import (
    DONE,
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
from language import Text

# How long a sweeper leaves a run to the broker and the workers.
PUBLISHED_GRACE = {"urgent": timedelta(seconds=3)}
DEFAULT_PUBLISHED_GRACE = timedelta(seconds=30)

LOST = "lost"  # the outcome of an attempt whose worker died
MOST_TAKEOVERS = 20  # of a run: more than bad luck, it is what kills the workers
UNANSWERED = "unanswered"  # how a run ends that may have acted, and nobody heard of it

_TEXT_LENGTH = 255  # of tables' identifiers
_RESULT_LENGTH = 64
_GREATEST_ERRCODE = 2**31 - 1
_PURGE_CHUNK = 500


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
class Sweep:
    """A sweeper asking what in these lanes needs looking after."""

    lanes: tuple[str, ...]
    now: datetime
    limit: int


@dataclass(frozen=True, kw_only=True)
class Replay:
    """An operator's wish to run the handlers of one delivery again.

    only_failed_of: this handler alone, and only if it was given up.
    """

    delivery_id: int
    plan: tuple[PlannedRun, ...]
    now: datetime
    only_failed_of: str | None = None


def insert_ignoring_conflicts(
    connection: sa.Connection, table: sa.Table
) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that leaves a row out when a unique key has it already."""
    return _insert(connection, table).on_conflict_do_nothing()


def upsert(
    connection: sa.Connection, table: sa.Table, key: Sequence[str], *, newest_by: str
) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT that replaces the row with the same key, unless that one is newer."""
    insert = _insert(connection, table)
    return insert.on_conflict_do_update(
        index_elements=key,
        set_={
            column.name: insert.excluded[column.name]
            for column in table.c
            if column.name not in key and not column.primary_key
        },
        where=table.c[newest_by] <= insert.excluded[newest_by],
    )


def record(connection: sa.Connection, wanted: Sequence[NewDelivery]) -> list[Recorded]:
    """Insert deliveries with their runs; what is there already only counts a repeat.

    The runs count as published: whoever records publishes at once, or hands them back (`release`).
    """
    distinct = {delivery.event_key: delivery for delivery in wanted}
    ordered = [distinct[key] for key in sorted(distinct)]
    inserted = connection.execute(
        statements.insert_deliveries(connection.dialect.name),
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
    repeats.subtract(list(new_ids))
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


def claim(connection: sa.Connection, claims: Sequence[Claim]) -> list[ClaimedRun | None]:
    """Give each claimed run to its claimer; None where it is not to be had.

    To be had: pending, due again, or left behind by a worker whose lease ran out. A run past its
    deadline expires here instead, and one whose workers always die is given up.
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
    deadly = _deadly(connection, [row for row in lost if row.attempt > MOST_TAKEOVERS])
    _give_up(connection, [row for row in taken if row.id in deadly])
    taken = [row for row in taken if row.id not in deadly]
    if taken:
        connection.execute(
            statements.CLAIM,
            [{"id_": row.id, "until_": by_id[row.id].now + by_id[row.id].lease} for row in taken],
        )
    unknown = _with_unknown_outcome(connection, [row.id for row in taken if row.attempt])
    claimed = {row.id: _claimed(row, outcome_unknown=row.id in unknown) for row in taken}
    # A run claimed twice in one batch goes to the first.
    return [claimed.pop(each.run_id, None) for each in claims]


def renew(connection: sa.Connection, renewals: Sequence[Renewal]) -> list[None]:
    """Prolong leases, each only while the run is still that attempt's."""
    rows: list[dict[str, Any]] = [
        {"id_": each.run_id, "attempt_": each.attempt, "until_": each.lease_until}
        for each in renewals
    ]
    connection.execute(statements.RENEW, sorted(rows, key=_id))
    return [None] * len(renewals)


def cut_leases(connection: sa.Connection, wanted: Sequence[tuple[str, datetime]]) -> list[None]:
    """Shorten leases of lanes that end later than any can; who lives renews them in time."""
    for lane, latest in wanted:
        too_long = (
            sa.select(runs.c.id)
            .where(IS_OPEN, runs.c.lane == lane, runs.c.lease_until > latest)
            .order_by(runs.c.id)
            .with_for_update(key_share=True, skip_locked=True)
        )
        connection.execute(
            sa.update(runs)
            .where(runs.c.id.in_(connection.scalars(too_long).all()), runs.c.status == RUNNING)
            .values(lease_until=latest, sweep_at=latest)
        )
    return [None] * len(wanted)


def conclude(connection: sa.Connection, conclusions: Sequence[Conclusion]) -> list[None]:
    """Write down how attempts ended, and close or reschedule their runs.

    The run of an attempt that lost its lease meanwhile is another worker's and stays as it is.
    """
    delivery_of = _lock_deliveries_of(connection, [each.run_id for each in conclusions])
    ordered = sorted(
        (each for each in conclusions if each.run_id in delivery_of),  # others were purged
        key=lambda each: (each.run_id, each.attempt),
    )
    if not ordered:
        return [None] * len(conclusions)
    connection.execute(
        statements.CONCLUDE,
        [
            {
                "id_": each.run_id,
                "attempt_": each.attempt,
                "status_": each.status,
                "due_": each.due_at,
                **{f"{name}_": value for name, value in _findings(each).items()},
            }
            for each in ordered
        ],
    )
    _upsert_attempts(connection, ordered)
    _refresh_deliveries(connection, delivery_of.values())
    return [None] * len(conclusions)


def sweep(connection: sa.Connection, sweeps: Sequence[Sweep]) -> list[list[PublishableRun]]:
    """Take the runs that nobody looks after, each for one sweeper only.

    The broker lost them, their retry is due, or their worker died. Those past their deadline
    expire here. Each lane has the limit to itself, so that a long one does not hide the others.
    """
    return [
        [run for lane in each.lanes for run in _sweep(connection, each, lane)] for each in sweeps
    ]


def release(connection: sa.Connection, released: Sequence[tuple[int, ...]]) -> list[None]:
    """Hand runs back for any sweeper to take.

    The broker could not be reached, or a stopping worker had queued them and not begun.
    """
    idle = connection.scalars(
        sa.select(runs.c.id)
        .where(
            runs.c.id.in_([run_id for each in released for run_id in each]),
            runs.c.status.in_((PENDING, RETRY)),
        )
        .order_by(runs.c.id)
        .with_for_update(key_share=True)
    ).all()
    connection.execute(
        sa.update(runs).where(runs.c.id.in_(idle)).values(published_at=None, sweep_at=runs.c.due_at)
    )
    return [None] * len(released)


def replay(connection: sa.Connection, replays: Sequence[Replay]) -> list[list[PublishableRun]]:
    """Set the runs of deliveries back to pending, for any sweeper, and add those of new handlers.

    A run that is open keeps its course. One with a deadline is run again only before it, and only
    if it failed: a welcome is never sent late, nor asked for twice.
    """
    known = _lock_deliveries(connection, [each.delivery_id for each in replays])
    return [_replay(connection, each) if each.delivery_id in known else [] for each in replays]


def purge(connection: sa.Connection, purges: Sequence[datetime]) -> list[int]:
    """Delete some of the closed deliveries received before a time; returns how many went."""
    return [_purge(connection, before) for before in purges]


# The order inside one transaction: who waits for deliveries comes before who holds runs only.
IN_ORDER = (record, replay, conclude, release, renew, cut_leases, claim, sweep, purge)


def indexable(text: str) -> str:
    """Make any text fit an identifier column; a delivery's payload keeps the original."""
    return storable(text)[:_TEXT_LENGTH]


def storable(text: str) -> str:
    """Leave out what no database takes: the NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def storable_in_both(told: Text | None) -> Text | None:
    """Return the same of what people are told."""
    return told and Text(en=storable(told.en), zh=storable(told.zh))


def published_grace(lane: str) -> timedelta:
    """Return how long a published run may wait before a sweeper takes it up."""
    return PUBLISHED_GRACE.get(lane, DEFAULT_PUBLISHED_GRACE)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table)


def _id(row: Mapping[str, Any]) -> int:
    return int(row["id_"])


def _delivery_row(delivery: NewDelivery) -> dict[str, Any]:
    return {
        "app": delivery.app,
        "corpid": indexable(delivery.corpid),
        "event_key": delivery.event_key,
        "event": indexable(delivery.event),
        "userid": indexable(delivery.userid),
        "subject": indexable(delivery.subject),
        "occurred_at": delivery.occurred_at,
        "received_at": delivery.received_at,
        "payload": delivery.payload,
        "status": "open" if delivery.plan else "ignored",
    }


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
            "published_at": now,
            "sweep_at": now + published_grace(planned.lane),
        }
        for delivery_id, planned, now in wanted
    ]
    if not rows:
        return {}
    inserted = connection.execute(statements.INSERT_RUNS, rows)
    made: dict[int, list[PublishableRun]] = {}
    for delivery_id, run_id, handler, lane in inserted:
        made.setdefault(delivery_id, []).append(
            PublishableRun(run_id=run_id, handler=handler, lane=lane)
        )
    return made


def _count_repeats(connection: sa.Connection, repeats: Counter[str]) -> None:
    repeated = [key for key, more in repeats.items() if more]
    if not repeated:
        return
    found = connection.execute(
        sa.select(deliveries.c.id, deliveries.c.event_key)
        .where(deliveries.c.event_key.in_(repeated))
        .order_by(deliveries.c.id)
        .with_for_update(key_share=True)
    ).all()
    if found:  # they may have been purged this very moment
        connection.execute(
            sa.update(deliveries)
            .where(deliveries.c.id == sa.bindparam("id_"))
            .values(repeats=deliveries.c.repeats + sa.bindparam("more")),
            [{"id_": row.id, "more": repeats[row.event_key]} for row in found],
        )


def _lock_runs(connection: sa.Connection, run_ids: Iterable[int]) -> Sequence[sa.Row[Any]]:
    """Lock the open ones; wait for a run that is just being published, not for a worker's."""
    idle = connection.execute(statements.LOCK_IDLE_RUNS, {"ids": sorted(run_ids)}).all()
    others = set(run_ids) - {row.id for row in idle}
    if not others:
        return idle
    running = connection.execute(statements.LOCK_RUNNING_RUNS, {"ids": sorted(others)}).all()
    return [*idle, *running]


def _is_free(row: sa.Row[Any], now: datetime) -> bool:
    if row.status == PENDING:
        return True  # due when it was made, by the clock of another machine perhaps
    return bool((row.lease_until if row.status == RUNNING else row.due_at) <= now)


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
    """Close runs past their deadline."""
    word = sa.case((runs.c.status == RUNNING, UNANSWERED), else_="too_late")
    _close(connection, rows, status=EXPIRED, result=sa.func.coalesce(runs.c.result, word))


def _deadly(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> set[int]:
    """Return which of these were lost more often than a run is taken over."""
    if not rows:
        return set()
    return set(
        connection.scalars(
            sa.select(attempts.c.run_id)
            .where(attempts.c.run_id.in_([row.id for row in rows]), attempts.c.outcome == LOST)
            .group_by(attempts.c.run_id)
            .having(sa.func.count() > MOST_TAKEOVERS)
        )
    )


def _give_up(connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
    """Close runs that were taken over again and again."""
    error = f"Its worker died again and again; it was taken over {MOST_TAKEOVERS} times."
    _close(connection, rows, status=FAILED, result=LOST, error=error)


def _close(connection: sa.Connection, rows: Sequence[sa.Row[Any]], **values: object) -> None:
    """Close runs; one whose delivery is busy is left to the next sweep."""
    if not rows:
        return
    free = _lock_deliveries(connection, [row.delivery_id for row in rows], skip_locked=True)
    connection.execute(
        sa.update(runs)
        .where(runs.c.id.in_([row.id for row in rows if row.delivery_id in free]))
        .values(lease_until=None, **values)
    )
    _refresh_deliveries(connection, free)


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


def _lock_deliveries_of(connection: sa.Connection, run_ids: Sequence[int]) -> dict[int, int]:
    """Lock first, so that the last of two runs finishing at once sees the other one finished."""
    rows = connection.execute(statements.LOCK_DELIVERIES_OF_RUNS, {"ids": run_ids})
    return {row.id: row.delivery_id for row in rows}


def _lock_deliveries(
    connection: sa.Connection, which: Sequence[int], *, skip_locked: bool = False
) -> frozenset[int]:
    return frozenset(
        connection.scalars(
            sa.select(deliveries.c.id)
            .where(deliveries.c.id.in_(which))
            .order_by(deliveries.c.id)
            .with_for_update(key_share=True, skip_locked=skip_locked)
        )
    )


def _upsert_attempts(connection: sa.Connection, conclusions: Sequence[Conclusion]) -> None:
    # A row is there already when the attempt was given up for lost and came back after all.
    connection.execute(
        statements.upsert_attempts(connection.dialect.name),
        [
            {
                "run_id": each.run_id,
                "number": each.attempt,
                "started_at": each.started_at,
                "finished_at": each.finished_at,
                "outcome": each.status,
                "outcome_unknown": each.outcome_unknown,
                **_findings(each),
                "calls": [list(call) for call in each.calls],
            }
            for each in conclusions
        ],
    )


def _findings(conclusion: Conclusion) -> dict[str, Any]:
    """Return what an attempt found, fit for any database: other people wrote these texts."""
    result, errcode, error = conclusion.result, conclusion.errcode, conclusion.error
    return {
        "result": None if result is None else storable(result)[:_RESULT_LENGTH],
        "errcode": errcode if errcode is not None and abs(errcode) <= _GREATEST_ERRCODE else None,
        "error": None if error is None else storable(error),
    }


def _refresh_deliveries(connection: sa.Connection, delivery_ids: Iterable[int]) -> None:
    connection.execute(statements.REFRESH_DELIVERIES, {"ids": sorted(set(delivery_ids))})


def _sweep(connection: sa.Connection, wanted: Sweep, lane: str) -> list[PublishableRun]:
    rows = connection.execute(
        sa.select(runs)
        .where(IS_OPEN, runs.c.lane == lane, runs.c.sweep_at <= wanted.now)
        .order_by(runs.c.sweep_at)
        .limit(wanted.limit)
        .with_for_update(key_share=True, skip_locked=True)
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
    rows = connection.execute(
        sa.select(runs)
        .where(runs.c.delivery_id == wanted.delivery_id)
        .order_by(runs.c.id)
        .with_for_update(key_share=True)
    ).all()
    again = [
        row
        for row in rows
        if row.status not in OPEN_STATUSES
        and (row.deadline_at is None or (row.deadline_at > wanted.now and row.status != DONE))
        and (
            wanted.only_failed_of is None
            or (row.handler == wanted.only_failed_of and row.status != DONE)
        )
    ]
    if again:
        connection.execute(
            sa.update(runs)
            .where(runs.c.id.in_([row.id for row in again]))
            .values(
                status=PENDING,
                due_at=wanted.now,
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
        release(connection, [tuple(run.run_id for run in replayed)])
        _refresh_deliveries(connection, [wanted.delivery_id])
    return replayed


def _purge(connection: sa.Connection, before: datetime) -> int:
    chunk = connection.scalars(
        sa.select(deliveries.c.id)
        .where(deliveries.c.received_at < before, deliveries.c.status != "open")
        .order_by(deliveries.c.received_at)
        .limit(_PURGE_CHUNK)
        .with_for_update(skip_locked=True)
    ).all()
    connection.execute(sa.delete(deliveries).where(deliveries.c.id.in_(chunk)))
    return len(chunk)
