from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import journal_processes
import pytest
from journal_writer import held_up

from journal import Attempt, Journal, Run, operations
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


def _run(journal: Journal) -> Run:
    """The only run there is."""
    ((run,),) = (delivery.runs for delivery in journal.deliveries())
    return run


def test_gives_a_worker_all_it_needs(journal: Journal) -> None:
    new = a_delivery(payload=b"<xml>1</xml>", plan=(a_welcome(deadline_at=NOW + seconds(18)),))
    recorded = journal.record(new)
    (run,) = recorded.runs

    claimed = journal.claim(run.run_id, now=NOW, lease=LEASE)

    assert claimed is not None
    assert claimed.run_id == run.run_id
    assert claimed.delivery_id == recorded.delivery_id
    assert (claimed.handler, claimed.lane, claimed.app) == (GREET, "urgent", "contacts")
    assert claimed.attempt == 1
    assert claimed.deadline_at == NOW + seconds(18)
    assert claimed.received_at == NOW
    assert claimed.payload == b"<xml>1</xml>"
    assert not claimed.outcome_unknown


def test_the_run_is_running_until_the_lease_ends(journal: Journal) -> None:
    a_claimed_run(journal)

    run = _run(journal)

    assert (run.status, run.attempt, run.lease_until) == ("running", 1, NOW + LEASE)


def test_a_claimed_run_is_not_to_be_had_again(journal: Journal) -> None:
    claimed = a_claimed_run(journal)

    assert journal.claim(claimed.run_id, now=NOW + seconds(9.9), lease=LEASE) is None


@pytest.mark.parametrize("run_id", [0, -1, 4711, 2**63 - 1])
def test_a_run_that_does_not_exist_is_not_to_be_had(journal: Journal, run_id: int) -> None:
    assert journal.claim(run_id, now=NOW, lease=LEASE) is None


def test_a_fresh_run_is_had_by_a_worker_whose_clock_is_behind(journal: Journal) -> None:
    run_id = a_recorded_run(journal)

    assert journal.claim(run_id, now=NOW - seconds(5), lease=LEASE) is not None


def test_a_retry_is_not_to_be_had_before_it_is_due(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, status="retry", due_at=NOW + seconds(5)))

    assert journal.claim(claimed.run_id, now=NOW + seconds(4.999), lease=LEASE) is None
    assert journal.claim(claimed.run_id, now=NOW + seconds(5), lease=LEASE) is not None


def test_one_of_32_threads_has_it(journal: Journal) -> None:
    run_id = a_recorded_run(journal)

    with ThreadPoolExecutor(32) as threads:
        claims = list(threads.map(lambda _: journal.claim(run_id, now=NOW, lease=LEASE), range(64)))

    assert sum(claim is not None for claim in claims) == 1
    assert _run(journal).attempt == 1


def test_the_first_of_two_claims_in_one_transaction_has_it(journal: Journal) -> None:
    claim = operations.Claim(run_id=a_recorded_run(journal), now=NOW, lease=LEASE)

    with held_up(journal):
        first, second = (journal._writer.submit(operations.claim, claim) for _ in range(2))

    assert first.result(10) is not None
    assert second.result(10) is None


def test_each_run_goes_to_one_of_three_processes(
    journal: Journal, database_url: str, processes: ProcessPoolExecutor
) -> None:
    run_ids = [a_recorded_run(journal) for _ in range(150)]
    orders = [run_ids, run_ids[::-1], run_ids[75:] + run_ids[:75]]
    start_at = journal_processes.soon()

    futures = [
        processes.submit(journal_processes.claim_runs, database_url, start_at, order)
        for order in orders
    ]

    had = [run_id for future in futures for run_id in future.result(timeout=60)]
    assert sorted(had) == run_ids
    assert journal.count() == {"running": 150}


def test_a_lost_run_is_taken_over_when_its_lease_ends(journal: Journal) -> None:
    lost = a_claimed_run(journal)

    taken_over = journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)

    assert taken_over is not None
    assert taken_over.attempt == 2
    assert taken_over.outcome_unknown
    assert _run(journal).attempts == (
        Attempt(
            number=1,
            started_at=None,
            finished_at=None,
            outcome="lost",
            result=None,
            errcode=None,
            error=None,
            calls=[],
        ),
    )


def test_a_run_lost_twice_is_still_taken_over(journal: Journal) -> None:
    lost = a_claimed_run(journal)
    journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)

    third = journal.claim(lost.run_id, now=NOW + LEASE * 2, lease=LEASE)

    assert third is not None
    assert third.attempt == 3
    assert [attempt.outcome for attempt in _run(journal).attempts] == ["lost", "lost"]


def test_a_run_that_all_its_workers_die_of_is_given_up(journal: Journal) -> None:
    run_id = a_claimed_run(journal).run_id
    for number in range(1, 21):
        taken_over = journal.claim(run_id, now=NOW + LEASE * number, lease=LEASE)
        assert taken_over is not None

    assert journal.claim(run_id, now=NOW + LEASE * 21, lease=LEASE) is None

    run = _run(journal)
    assert (run.status, run.result, run.lease_until) == ("failed", "lost", None)
    assert "died again and again" in (run.error or "")
    assert len(run.attempts) == 21
    assert journal.deliveries()[0].status == "failed"
    assert journal.sweep(["default"], now=NOW + LEASE * 100) == []


def test_many_retries_are_no_reason_to_give_up_a_run_that_was_lost(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    for _ in range(30):
        journal.conclude(a_conclusion(claimed, "retry", due_at=NOW))
        again = journal.claim(claimed.run_id, now=NOW, lease=LEASE)
        assert again is not None
        claimed = again

    taken_over = journal.claim(claimed.run_id, now=NOW + LEASE, lease=LEASE)

    assert taken_over is not None
    assert taken_over.attempt == 32


def test_an_outcome_once_unknown_stays_so_for_later_attempts(journal: Journal) -> None:
    first = a_claimed_run(journal)
    journal.conclude(a_conclusion(first, "retry", due_at=NOW, outcome_unknown=True))
    second = journal.claim(first.run_id, now=NOW, lease=LEASE)
    assert second is not None
    journal.conclude(a_conclusion(second, "retry", due_at=NOW))

    third = journal.claim(first.run_id, now=NOW, lease=LEASE)

    assert second.outcome_unknown
    assert third is not None
    assert third.outcome_unknown


def test_a_failure_with_an_answer_leaves_nothing_unknown(journal: Journal) -> None:
    first = a_claimed_run(journal)
    journal.conclude(a_conclusion(first, "retry", due_at=NOW, errcode=-1))

    second = journal.claim(first.run_id, now=NOW, lease=LEASE)

    assert second is not None
    assert not second.outcome_unknown


def test_past_its_deadline_it_expires_and_never_runs(journal: Journal) -> None:
    run_id = a_recorded_run(journal, a_welcome(deadline_at=NOW + seconds(18)))

    assert journal.claim(run_id, now=NOW + seconds(18), lease=LEASE) is None

    run = _run(journal)
    assert (run.status, run.result, run.attempt) == ("expired", "too_late", 0)
    assert journal.deliveries()[0].status == "failed"


def test_just_before_its_deadline_it_runs(journal: Journal) -> None:
    run_id = a_recorded_run(journal, a_welcome(deadline_at=NOW + seconds(18)))

    assert journal.claim(run_id, now=NOW + seconds(17.999), lease=LEASE) is not None


def test_a_lost_run_past_its_deadline_expires_with_its_attempt_lost(journal: Journal) -> None:
    lost = a_claimed_run(journal, a_welcome(deadline_at=NOW + seconds(18)))

    assert journal.claim(lost.run_id, now=NOW + seconds(20), lease=LEASE) is None

    run = _run(journal)
    assert run.status == "expired"
    assert run.lease_until is None
    assert [attempt.outcome for attempt in run.attempts] == ["lost"]


def test_a_live_lease_is_respected_past_the_deadline(journal: Journal) -> None:
    claimed = a_claimed_run(
        journal, a_welcome(deadline_at=NOW + seconds(18)), now=NOW + seconds(17)
    )

    assert journal.claim(claimed.run_id, now=NOW + seconds(19), lease=LEASE) is None

    assert _run(journal).status == "running"


def test_one_expired_run_does_not_close_the_delivery_of_an_open_one(journal: Journal) -> None:
    welcome, _ = recorded_runs(journal, a_welcome(), a_planned_run(handler=TAG))

    journal.claim(welcome.run_id, now=NOW + seconds(30), lease=LEASE)

    assert journal.deliveries()[0].status == "open"


def test_renewing_prolongs_the_lease(journal: Journal) -> None:
    claimed = a_claimed_run(journal)

    journal.renew([claimed], NOW + seconds(60))

    assert journal.claim(claimed.run_id, now=NOW + seconds(59), lease=LEASE) is None
    assert journal.sweep(["default"], now=NOW + seconds(59)) == []
    assert journal.claim(claimed.run_id, now=NOW + seconds(60), lease=LEASE) is not None


def test_renewing_prolongs_many_at_once(journal: Journal) -> None:
    claimed = [a_claimed_run(journal) for _ in range(5)]

    journal.renew(claimed, NOW + seconds(60))

    leases = {run.lease_until for delivery in journal.deliveries() for run in delivery.runs}
    assert leases == {NOW + seconds(60)}


def test_renewing_does_not_touch_another_attempt(journal: Journal) -> None:
    lost = a_claimed_run(journal)
    journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)

    journal.renew([lost], NOW + seconds(3600))

    assert _run(journal).lease_until == NOW + LEASE * 2


def test_renewing_does_not_reopen_a_concluded_run(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))

    journal.renew([claimed], NOW + seconds(60))

    run = _run(journal)
    assert (run.status, run.lease_until) == ("done", None)


def test_renewing_nothing_is_nothing(journal: Journal) -> None:
    claimed = a_claimed_run(journal)

    journal.renew([], NOW + seconds(3600))

    assert journal.claim(claimed.run_id, now=NOW + LEASE, lease=LEASE) is not None
