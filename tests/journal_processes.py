"""What other processes do with the same journal while a test looks on; importable by a spawn."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from journal import Conclusion, Journal
from journal_factories import NOW, a_delivery, a_planned_run


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
    from journal_factories import a_picture  # noqa: PLC0415

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
