from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor, wait

import journal_processes
import pytest
import sqlalchemy as sa
from journal_writer import held_up

from errors import JournalUnavailable
from journal import Journal, NewDelivery, Recorded, operations
from journal_factories import (
    GREET,
    NOW,
    TAG,
    a_delivery,
    a_planned_run,
    a_welcome,
    seconds,
)


def _recorded_together(journal: Journal, deliveries: list[NewDelivery]) -> list[Future[Recorded]]:
    """Record these in one transaction."""
    with held_up(journal):
        futures = [journal._writer.submit(operations.record, each) for each in deliveries]
    wait(futures, timeout=10)
    return futures


def test_keeps_an_event_as_it_was_received(journal: Journal) -> None:
    new = a_delivery(payload="<xml>张三 😀\0</xml>".encode(), occurred_at=NOW - seconds(1))

    recorded = journal.record(new)

    assert recorded.new
    assert recorded.delivery_id is not None
    kept = journal.delivery(recorded.delivery_id)
    assert kept is not None
    for name in ("app", "corpid", "event", "userid", "subject", "payload"):
        assert getattr(kept, name) == getattr(new, name)
    assert kept.occurred_at == NOW - seconds(1)
    assert kept.received_at == NOW
    assert kept.repeats == 0
    assert kept.status == "open"


def test_makes_the_runs_with_it(journal: Journal) -> None:
    recorded = journal.record(
        a_delivery(plan=(a_welcome(deadline_at=NOW + seconds(18)), a_planned_run(handler=TAG)))
    )

    assert [(run.handler, run.lane) for run in recorded.runs] == [
        (GREET, "urgent"),
        (TAG, "default"),
    ]
    kept = journal.delivery(recorded.delivery_id or 0)
    assert kept is not None
    welcome, tag = kept.runs
    assert welcome.deadline_at == NOW + seconds(18)
    assert tag.deadline_at is None
    assert {welcome.status, tag.status} == {"pending"}
    assert welcome.attempt == 0
    assert welcome.due_at == NOW
    assert welcome.published_at == NOW


def test_an_event_without_a_time_is_kept(journal: Journal) -> None:
    recorded = journal.record(a_delivery(occurred_at=None))

    kept = journal.delivery(recorded.delivery_id or 0)
    assert kept is not None
    assert kept.occurred_at is None


def test_an_event_no_handler_wants_is_kept_and_ignored(journal: Journal) -> None:
    recorded = journal.record(a_delivery(plan=()))

    kept = journal.delivery(recorded.delivery_id or 0)
    assert kept is not None
    assert kept.status == "ignored"
    assert kept.runs == ()


def test_a_repeat_is_counted_and_makes_no_runs(journal: Journal) -> None:
    new = a_delivery()
    first = journal.record(new)

    again = [journal.record(new) for _ in range(2)]

    assert again == [Recorded(delivery_id=None, new=False)] * 2
    (kept,) = journal.deliveries()
    assert kept.id == first.delivery_id
    assert kept.repeats == 2
    assert len(kept.runs) == 1


def test_twins_in_one_transaction_make_one_delivery(journal: Journal) -> None:
    new = a_delivery()

    futures = _recorded_together(journal, [new, new, new])

    assert [future.result().new for future in futures] == [True, False, False]
    (kept,) = journal.deliveries()
    assert kept.repeats == 2
    assert len(kept.runs) == 1


def test_each_gets_its_own_runs_out_of_one_transaction(journal: Journal) -> None:
    deliveries = [a_delivery(plan=(a_planned_run(handler=f"h{number}"),)) for number in range(20)]

    futures = _recorded_together(journal, deliveries)

    assert [[run.handler for run in future.result().runs] for future in futures] == [
        [f"h{number}"] for number in range(20)
    ]


def test_repeats_of_known_events_beside_a_new_one(journal: Journal) -> None:
    known = [a_delivery() for _ in range(3)]
    for each in known:
        journal.record(each)

    futures = _recorded_together(journal, [*reversed(known), a_delivery(), known[0]])

    assert [future.result().new for future in futures] == [False, False, False, True, False]
    assert [each.repeats for each in journal.deliveries()] == [0, 1, 1, 2]


def test_a_thousand_events_from_32_threads_are_a_thousand_deliveries(journal: Journal) -> None:
    deliveries = [a_delivery() for _ in range(1000)]

    with ThreadPoolExecutor(32) as threads:
        recorded = list(threads.map(journal.record, deliveries))

    assert all(each.new for each in recorded)
    assert len({each.delivery_id for each in recorded}) == 1000
    assert journal.count() == {"pending": 1000}


def test_one_event_from_32_threads_is_one_delivery(journal: Journal) -> None:
    new = a_delivery()

    with ThreadPoolExecutor(32) as threads:
        recorded = list(threads.map(journal.record, [new] * 320))

    assert sum(each.new for each in recorded) == 1
    (kept,) = journal.deliveries()
    assert kept.repeats == 319
    assert journal.count() == {"pending": 1}


def test_the_same_events_from_three_processes_are_recorded_once(
    journal: Journal, database_url: str, processes: ProcessPoolExecutor
) -> None:
    keys = [f"{number:064}" for number in range(300)]
    orders = [keys, keys[::-1], keys[150:] + keys[:150]]
    start_at = journal_processes.soon()

    futures = [
        processes.submit(journal_processes.record_keys, database_url, start_at, order)
        for order in orders
    ]

    assert sum(future.result(timeout=60) for future in futures) == 300
    kept = journal.deliveries(limit=1000)
    assert Counter(each.repeats for each in kept) == {2: 300}
    assert journal.count() == {"pending": 300}


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", "\udfff\0", "长" * 300, "😀" * 300, ""])
@pytest.mark.parametrize("field", ["corpid", "event", "userid", "subject"])
def test_takes_any_identifier(journal: Journal, field: str, odd: str) -> None:
    recorded = journal.record(a_delivery(**{field: odd}))  # type: ignore[arg-type]  # all four are texts

    kept = journal.delivery(recorded.delivery_id or 0)
    assert kept is not None
    assert getattr(kept, field) == odd.replace("\0", "").encode("utf-8", "replace").decode()[:255]


@pytest.mark.parametrize("payload", [b"", b"\0", bytes(range(256)), b"\xff" * 1_048_576], ids=len)
def test_takes_any_payload(journal: Journal, payload: bytes) -> None:
    recorded = journal.record(a_delivery(payload=payload))

    kept = journal.delivery(recorded.delivery_id or 0)
    assert kept is not None
    assert kept.payload == payload


@pytest.mark.parametrize(
    "bad",
    [
        dataclasses.replace(a_delivery(), received_at=NOW.replace(tzinfo=None)),
        dataclasses.replace(a_delivery(), payload=None),  # type: ignore[arg-type]
        dataclasses.replace(a_delivery(), app=None),  # type: ignore[arg-type]
        a_delivery(plan=(a_planned_run(handler="lone \ud800"),)),
        a_delivery(plan=(a_planned_run(), a_planned_run())),
    ],
    ids=["naive time", "no payload", "no app", "lone surrogate", "one handler twice"],
)
def test_a_refused_row_does_not_take_its_neighbours_along(
    journal: Journal, bad: NewDelivery
) -> None:
    futures = _recorded_together(journal, [a_delivery(), bad, a_delivery()])

    assert isinstance(futures[1].exception(), JournalUnavailable | ValueError)
    assert [future.result().new for future in (futures[0], futures[2])] == [True, True]
    assert len(journal.deliveries()) == 2


def test_nothing_of_a_refused_row_stays(journal: Journal) -> None:
    twice = a_delivery(plan=(a_planned_run(), a_planned_run()))

    with pytest.raises(JournalUnavailable):
        journal.record(twice)

    assert journal.deliveries() == []
    assert journal.count() == {}


def test_a_repeat_of_what_is_purged_this_very_moment_is_let_go(journal: Journal) -> None:
    def count_repeats(connection: sa.Connection, keys: Sequence[str]) -> Sequence[str]:
        operations._count_repeats(connection, Counter(keys))
        return keys

    counted = journal._writer.submit(count_repeats, "gone")

    assert counted.result(10) == "gone"
    assert journal.deliveries() == []
