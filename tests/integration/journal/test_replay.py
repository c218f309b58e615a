from __future__ import annotations

import pytest
from journal_writer import held_up

from journal import Journal, PublishableRun, operations
from journal.tables import RunStatus
from journal_factories import (
    GREET,
    LEASE,
    NOW,
    TAG,
    a_claimed_run,
    a_conclusion,
    a_delivery,
    a_planned_run,
    a_recorded_run,
    a_welcome,
    recorded_runs,
    seconds,
)

LATER = NOW + seconds(3600)


@pytest.mark.parametrize("status", ["done", "failed", "expired"])
def test_a_closed_run_is_run_again(journal: Journal, status: RunStatus) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, status, result="r", errcode=1, error="e"))

    replayed = journal.replay(claimed.delivery_id, [a_planned_run()], now=LATER)

    assert replayed == [PublishableRun(run_id=claimed.run_id, handler=GREET, lane="default")]
    (delivery,) = journal.deliveries()
    (run,) = delivery.runs
    assert delivery.status == "open"
    assert (run.status, run.result, run.errcode, run.error) == ("pending", None, None, None)
    assert (run.due_at, run.published_at) == (LATER, None)
    assert len(run.attempts) == 1


def test_a_welcome_that_was_sent_is_not_asked_for_again(journal: Journal) -> None:
    claimed = a_claimed_run(journal, a_welcome())
    journal.conclude(a_conclusion(claimed, result="sent"))

    replayed = journal.replay(claimed.delivery_id, [], now=NOW + seconds(2))

    assert replayed == []
    ((run,),) = (delivery.runs for delivery in journal.deliveries())
    assert (run.status, run.result) == ("done", "sent")


def test_its_attempts_go_on_counting(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, result="first"))
    journal.replay(claimed.delivery_id, [], now=LATER)
    again = journal.claim(claimed.run_id, now=LATER, lease=LEASE)
    assert again is not None

    journal.conclude(a_conclusion(again, result="second"))

    ((run,),) = (delivery.runs for delivery in journal.deliveries())
    assert [(each.number, each.result) for each in run.attempts] == [(1, "first"), (2, "second")]


def test_a_sweeper_finds_what_was_replayed_at_once(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))
    plan = [a_planned_run(), a_planned_run(handler=TAG)]

    replayed = journal.replay(claimed.delivery_id, plan, now=LATER)

    assert [run.handler for run in replayed] == [GREET, TAG]
    assert journal.sweep(["default"], now=LATER) == replayed


def test_an_open_run_keeps_its_course(journal: Journal) -> None:
    pending = journal.record(a_delivery())
    running = a_claimed_run(journal)
    retried = a_claimed_run(journal)
    journal.conclude(a_conclusion(retried, "retry", due_at=NOW + seconds(5)))

    for delivery_id in (pending.delivery_id or 0, running.delivery_id, retried.delivery_id):
        assert journal.replay(delivery_id, [a_planned_run()], now=LATER) == []

    assert journal.count() == {"pending": 1, "running": 1, "retry": 1}


def test_a_run_past_its_deadline_stays_closed(journal: Journal) -> None:
    claimed = a_claimed_run(journal, a_welcome(deadline_at=NOW + seconds(18)))
    journal.conclude(a_conclusion(claimed, "failed"))

    assert journal.replay(claimed.delivery_id, [a_welcome()], now=NOW + seconds(18)) == []

    assert journal.count() == {"failed": 1}
    assert journal.deliveries()[0].status == "failed"


def test_a_run_before_its_deadline_is_run_again(journal: Journal) -> None:
    claimed = a_claimed_run(journal, a_welcome(deadline_at=NOW + seconds(18)))
    journal.conclude(a_conclusion(claimed, "failed"))

    replayed = journal.replay(claimed.delivery_id, [], now=NOW + seconds(17))

    assert [run.lane for run in replayed] == ["urgent"]


def test_a_handler_added_by_an_upgrade_gets_a_run(journal: Journal) -> None:
    recorded = journal.record(a_delivery(plan=()))

    (added,) = journal.replay(
        recorded.delivery_id or 0, [a_planned_run(handler=TAG, lane="bulk")], now=LATER
    )

    assert (added.handler, added.lane) == (TAG, "bulk")
    assert journal.deliveries()[0].status == "open"
    assert journal.claim(added.run_id, now=LATER, lease=LEASE) is not None


def test_an_added_handler_whose_deadline_has_passed_gets_none(journal: Journal) -> None:
    recorded = journal.record(a_delivery(plan=()))

    assert journal.replay(recorded.delivery_id or 0, [a_welcome()], now=LATER) == []

    assert journal.deliveries()[0].status == "ignored"


def test_old_and_added_handlers_run_together(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))

    replayed = journal.replay(
        claimed.delivery_id, [a_planned_run(), a_planned_run(handler=TAG)], now=LATER
    )

    assert [run.handler for run in replayed] == [GREET, TAG]


def test_only_the_delivery_asked_for_is_replayed(journal: Journal) -> None:
    claimed, other = a_claimed_run(journal), a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))
    journal.conclude(a_conclusion(other))

    journal.replay(claimed.delivery_id, [], now=LATER)

    assert journal.count() == {"pending": 1, "done": 1}


@pytest.mark.parametrize("delivery_id", [0, -1, 4711])
def test_a_delivery_that_does_not_exist_has_nothing_to_replay(
    journal: Journal, delivery_id: int
) -> None:
    assert journal.replay(delivery_id, [a_planned_run()], now=LATER) == []


def test_replaying_twice_in_one_transaction_is_replaying_once(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))
    wanted = operations.Replay(delivery_id=claimed.delivery_id, plan=(), now=LATER)

    with held_up(journal):
        futures = [journal._writer.submit(operations.replay, wanted) for _ in range(2)]

    assert [len(future.result(10)) for future in futures] == [1, 0]


def test_replaying_a_delivery_without_runs_and_plan_is_nothing(journal: Journal) -> None:
    recorded_runs(journal)
    a_recorded_run(journal)
    ignored = journal.record(a_delivery(plan=()))

    assert journal.replay(ignored.delivery_id or 0, [], now=LATER) == []
    assert journal.count() == {"pending": 2}
