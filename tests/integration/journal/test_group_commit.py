from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, wait
from typing import Any

import pytest
import sqlalchemy as sa
from journal_writer import held_up
from sqlalchemy.exc import DBAPIError, OperationalError

from errors import JournalUnavailable
from journal import Journal, operations
from journal.group_commit import GroupCommit
from journal_factories import CORPID, a_delivery, recorded_runs


def _commits(journal: Journal) -> list[object]:
    commits: list[object] = []
    sa.event.listen(journal._engine, "commit", commits.append)
    return commits


def _double(_: sa.Connection, numbers: Sequence[int]) -> list[int]:
    return [number * 2 for number in numbers]


def test_what_gathers_is_committed_together(journal: Journal) -> None:
    commits = _commits(journal)

    with held_up(journal):
        futures = [journal._writer.submit(operations.record, a_delivery()) for _ in range(100)]

    assert all(future.result(10).new for future in futures)
    assert len(commits) == 2  # the one that held up the others, and theirs


def test_different_operations_share_the_commit(journal: Journal) -> None:
    (run,) = recorded_runs(journal)
    commits = _commits(journal)

    with held_up(journal):
        futures: list[Future[Any]] = [
            journal._writer.submit(operations.record, a_delivery()),
            journal._writer.submit(operations.release, (run.run_id,)),
            journal._writer.submit(operations.record, a_delivery()),
        ]

    wait(futures, timeout=10)
    assert [future.exception() for future in futures] == [None] * 3
    assert len(commits) == 2


def test_a_great_crowd_is_committed_in_several_transactions(journal: Journal) -> None:
    commits = _commits(journal)

    with held_up(journal):
        futures = [journal._writer.submit(operations.record, a_delivery()) for _ in range(600)]

    assert all(future.result(10).new for future in futures)
    assert len(commits) == 1 + 3


def test_each_result_goes_to_its_caller(journal: Journal) -> None:
    with held_up(journal):
        futures = [journal._writer.submit(_double, number) for number in range(50)]

    assert [future.result(10) for future in futures] == [number * 2 for number in range(50)]


def test_a_fault_of_one_operation_reaches_its_caller_only(journal: Journal) -> None:
    def fail(_: sa.Connection, __: Sequence[None]) -> list[None]:
        raise ZeroDivisionError

    with held_up(journal):
        before = journal._writer.submit(operations.record, a_delivery())
        faulty = journal._writer.submit(fail, None)
        after = journal._writer.submit(_double, 2)

    assert before.result(10).new
    assert isinstance(faulty.exception(10), ZeroDivisionError)
    assert after.result(10) == 4


def test_an_operation_that_forgets_a_result_is_at_fault(journal: Journal) -> None:
    def forget(_: sa.Connection, __: Sequence[None]) -> list[None]:
        return []

    forgotten = journal._writer.submit(forget, None)

    assert isinstance(forgotten.exception(10), ValueError)
    assert journal.record(a_delivery()).new


def test_what_a_failed_operation_wrote_is_undone(journal: Journal) -> None:
    def record_and_fail(connection: sa.Connection, _: Sequence[None]) -> list[None]:
        operations.record(connection, [a_delivery()])
        raise ZeroDivisionError

    failed = journal._writer.submit(record_and_fail, None)

    assert isinstance(failed.exception(10), ZeroDivisionError)
    assert journal.deliveries() == []


def test_a_cancelled_operation_is_left_out(journal: Journal) -> None:
    with held_up(journal):
        cancelled = journal._writer.submit(operations.record, a_delivery())
        kept = journal._writer.submit(operations.record, a_delivery())
        assert cancelled.cancel()

    assert kept.result(10).new
    with pytest.raises(CancelledError):
        cancelled.result()
    assert len(journal.deliveries()) == 1


def test_closing_commits_what_is_queued(journal: Journal) -> None:
    with held_up(journal):
        futures = [journal._writer.submit(operations.record, a_delivery()) for _ in range(20)]
        closing = threading.Thread(target=journal.close)
        closing.start()

    closing.join(10)
    assert all(future.result(0).new for future in futures)


def test_a_closed_journal_refuses(journal: Journal) -> None:
    journal.close()

    with pytest.raises(JournalUnavailable, match="closed"):
        journal.record(a_delivery())
    with pytest.raises(JournalUnavailable, match="closed"):
        journal.release([])


def test_closing_twice_is_closing_once(journal: Journal) -> None:
    journal.close()

    journal.close()

    assert not journal._writer._thread.is_alive()


def test_nothing_is_left_hanging_when_a_crowd_meets_the_end(journal: Journal) -> None:
    outcomes: list[bool | JournalUnavailable] = []

    def record_until_refused() -> None:
        try:
            while True:
                outcomes.append(journal.record(a_delivery()).new)
        except JournalUnavailable as refused:
            outcomes.append(refused)

    threads = [threading.Thread(target=record_until_refused) for _ in range(16)]
    for thread in threads:
        thread.start()
    journal.record(a_delivery())
    journal.close()
    for thread in threads:
        thread.join(10)

    assert not any(thread.is_alive() for thread in threads)
    assert sum(isinstance(outcome, JournalUnavailable) for outcome in outcomes) == 16


class _Deadlock(Exception):
    sqlstate = "40P01"


@pytest.mark.parametrize(("deadlocks", "survives"), [(1, True), (2, True), (3, False)])
def test_a_broken_deadlock_is_tried_again(
    journal: Journal,
    deadlocks: int,
    survives: bool,  # noqa: FBT001 - a table's column
) -> None:
    left = [OperationalError("UPDATE", None, _Deadlock())] * deadlocks

    def collide(_: sa.Connection, waiting: Sequence[None]) -> Sequence[None]:
        if left:
            raise left.pop()
        return waiting

    collided = journal._writer.submit(collide, None)

    assert (collided.exception(10) is None) == survives


class _TooLarge(Exception):
    sqlstate = "54000"


def test_a_row_too_large_for_the_database_fails_alone(journal: Journal) -> None:
    def overflow(_: sa.Connection, __: Sequence[None]) -> list[None]:
        raise OperationalError("INSERT", None, _TooLarge())

    with held_up(journal):
        neighbour = journal._writer.submit(operations.record, a_delivery())
        overflowing = journal._writer.submit(overflow, None)

    assert neighbour.result(10).new
    assert isinstance(overflowing.exception(10), JournalUnavailable)


def test_a_disk_in_trouble_fails_all_that_gathered(journal: Journal) -> None:
    def fail(_: sa.Connection, __: Sequence[None]) -> list[None]:
        raise OSError

    with held_up(journal):
        futures: list[Future[Any]] = [
            journal._writer.submit(operations.record, a_delivery()),
            journal._writer.submit(fail, None),
        ]

    assert [type(future.exception(10)) for future in futures] == [JournalUnavailable] * 2
    assert journal.record(a_delivery()).new


def test_the_cause_is_kept_and_no_content_told(journal: Journal) -> None:
    def refuse(connection: sa.Connection, _: Sequence[None]) -> list[None]:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:name)"), {"name": CORPID})
        return []

    refused = journal._writer.submit(refuse, None).exception(10)

    assert isinstance(refused, JournalUnavailable)
    assert isinstance(refused.__cause__, DBAPIError)
    assert CORPID not in str(refused)


def test_an_operation_without_a_place_comes_last(journal: Journal) -> None:
    order: list[str] = []

    def first(_: sa.Connection, waiting: Sequence[None]) -> Sequence[None]:
        order.append("first")
        return waiting

    def last(_: sa.Connection, waiting: Sequence[None]) -> Sequence[None]:
        order.append("last")
        return waiting

    writer = GroupCommit(journal._engine, order=(first,))
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: sa.Connection, waiting: Sequence[None]) -> Sequence[None]:
        begun.set()
        go_on.wait(10)
        return waiting

    writer.submit(hold, None)
    begun.wait(10)
    futures = [writer.submit(last, None), writer.submit(first, None)]
    go_on.set()
    wait(futures, timeout=10)
    writer.close()

    assert order == ["first", "last"]
