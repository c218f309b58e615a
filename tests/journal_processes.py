"""What other processes do with the same journal while a test looks on; importable by a spawn."""

from __future__ import annotations

import contextlib
import queue
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from errors import JournalUnavailable
from journal import ClaimedRun, Conclusion, Journal, RunStatus
from journal_factories import NOW, TAG, a_delivery, a_picture, a_planned_run, a_welcome

Result = TypeVar("Result")

_SHORT_LEASE = timedelta(seconds=0.2)


@contextlib.contextmanager
def opened(database_url: str, start_at: float) -> Iterator[Journal]:
    """Open the journal and wait for the moment (of `time.time`) at which all begin."""
    journal = Journal(database_url)
    journal.is_migrated()  # the first connection is made
    time.sleep(max(0.0, start_at - time.time()))
    try:
        yield journal
    finally:
        journal.close()


def soon() -> float:
    return time.time() + 0.3


def record_keys(database_url: str, start_at: float, keys: Sequence[str]) -> int:
    """Record these from eight threads; return how many were new."""
    with opened(database_url, start_at) as journal, ThreadPoolExecutor(8) as pool:
        deliveries = [a_delivery(event_key=key) for key in keys]
        return sum(recorded.new for recorded in pool.map(journal.record, deliveries))


def claim_runs(database_url: str, start_at: float, run_ids: Sequence[int]) -> list[int]:
    """Claim these from eight threads; return those that were had."""
    with opened(database_url, start_at) as journal, ThreadPoolExecutor(8) as pool:
        claims = pool.map(
            lambda run_id: journal.claim(run_id, now=NOW, lease=timedelta(seconds=60)), run_ids
        )
        return [claimed.run_id for claimed in claims if claimed is not None]


def conclude_runs(database_url: str, start_at: float, run_ids: Sequence[int]) -> None:
    """Conclude the first attempt of each, one after the other."""
    with opened(database_url, start_at) as journal:
        for run_id in run_ids:
            journal.conclude(
                Conclusion(run_id=run_id, attempt=1, status="done", started_at=NOW, finished_at=NOW)
            )


def sweep_all(database_url: str, start_at: float, now: datetime) -> list[int]:
    """Sweep in small portions until nothing is left."""
    found = []
    with opened(database_url, start_at) as journal:
        while swept := journal.sweep(["urgent", "default"], now=now, limit=7):
            found += [run.run_id for run in swept]
    return found


def store_chats(database_url: str, start_at: float, userids: Sequence[str]) -> list[bool]:
    """Store the first picture of twenty chats; return of which it was the first."""
    with opened(database_url, start_at) as journal:
        return [
            journal.store_chat(a_picture(*userids, chat_id=f"wr{number}")).first
            for number in range(20)
        ]


def migrate(database_url: str, start_at: float) -> bool:
    """Make the tables."""
    journal = Journal(database_url)
    time.sleep(max(0.0, start_at - time.time()))
    try:
        journal.migrate()
        return journal.is_migrated()
    finally:
        journal.close()


def serve(database_url: str, start_at: float, length: timedelta) -> Load:
    """Be a busy web process: record from eight threads, some events twice."""
    with opened(database_url, start_at) as journal:
        load = Load(journal)
        until = time.monotonic() + length.total_seconds()

        def receive(thread: int) -> None:
            dice = random.Random(thread)  # noqa: S311 - chance, no secret
            while time.monotonic() < until:
                now = datetime.now(UTC)
                welcome = a_welcome(deadline_at=now + timedelta(seconds=dice.choice((0.3, 20))))
                new = a_delivery(
                    event_key=f"{dice.getrandbits(200):064x}",
                    received_at=now,
                    plan=(welcome, a_planned_run(handler=TAG)),
                )
                for _ in range(dice.choice((1, 1, 1, 3))):
                    recorded = load.attempt(journal.record, new)
                    if recorded is not None and recorded.runs:
                        load.done += 1

        _in_threads(receive, 8)
        return load


def work(database_url: str, start_at: float, length: timedelta) -> Load:
    """Be a busy worker process: claim, renew and conclude in eight threads, and sweep.

    It tries for runs that other workers try for as well, and now and then outlives its lease.
    """
    with opened(database_url, start_at) as journal:
        worker = _Worker(journal)
        until = time.monotonic() + length.total_seconds()

        def keep_on(thread: int) -> None:
            dice = random.Random(thread)  # noqa: S311 - chance, no secret
            while time.monotonic() < until:
                if thread == 0:
                    worker.look_after()
                else:
                    worker.execute_one(dice)

        _in_threads(keep_on, 9)
        return worker.load


class _Worker:
    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.load = Load(journal)
        self.published: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.held: dict[int, ClaimedRun] = {}

    def look_after(self) -> None:
        """Find runs, newest first and by sweeping, and renew the leases of half of those held."""
        if self.published.qsize() < 100:
            for delivery in self.load.attempt(self.journal.deliveries, limit=50) or ():
                for run in delivery.runs:
                    self.published.put(run.id)
        now = datetime.now(UTC)
        for swept in self.load.attempt(self.journal.sweep, ("urgent", "default"), now=now) or ():
            self.published.put(swept.run_id)
        half = [run for run_id, run in list(self.held.items()) if run_id % 2]
        self.load.attempt(self.journal.renew, half, now + _SHORT_LEASE)
        time.sleep(0.02)

    def execute_one(self, dice: random.Random) -> None:
        now = datetime.now(UTC)
        try:
            run_id = self.published.get(timeout=0.05)
        except queue.Empty:
            return
        claimed = self.load.attempt(self.journal.claim, run_id, now=now, lease=_SHORT_LEASE)
        if claimed is None:
            return
        self.held[run_id] = claimed
        time.sleep(dice.choice((0, 0, 0, 0, 0.001, 0.25)))
        status: RunStatus = dice.choice(("done", "done", "failed", "retry"))
        self.load.attempt(
            self.journal.conclude,
            Conclusion(
                run_id=run_id,
                attempt=claimed.attempt,
                status=status,
                started_at=now,
                finished_at=datetime.now(UTC),
                due_at=now if status == "retry" else None,
            ),
        )
        self.held.pop(run_id, None)
        self.load.done += 1


class Load:
    """What a busy process did, and what went wrong meanwhile."""

    def __init__(self, journal: Journal) -> None:
        self.done = 0
        self.errors: list[str] = []
        self.refused: list[str] = []
        sa.event.listen(journal._engine, "handle_error", self._note)

    def attempt(self, call: Callable[..., Result], *args: object, **named: object) -> Result | None:
        try:
            return call(*args, **named)
        except JournalUnavailable as error:
            self.refused.append(repr(error.__cause__))
            return None

    def _note(self, context: sa.ExceptionContext) -> None:
        self.errors.append(str(context.original_exception))


def _in_threads(function: Callable[[int], None], number: int) -> None:
    with ThreadPoolExecutor(number) as pool:
        for future in [pool.submit(function, each) for each in range(number)]:
            future.result()


def record_for_ever(database_url: str) -> None:
    """Record from eight threads and print each key once its `record` has returned."""
    journal = Journal(database_url)

    def record(number: int) -> None:
        key = f"{number:064}"
        journal.record(a_delivery(event_key=key, plan=(a_planned_run(),)))
        sys.stdout.write(f"{key}\n")
        sys.stdout.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(1_000_000)))


if __name__ == "__main__":
    record_for_ever(sys.argv[1])
