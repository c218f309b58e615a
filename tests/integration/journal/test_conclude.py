from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import journal_processes
import pytest
from journal_writer import held_up

from journal import ClaimedRun, Journal, Run, operations
from journal.tables import RunStatus
from journal_factories import (
    LEASE,
    NOW,
    TAG,
    a_claimed_run,
    a_conclusion,
    a_delivery,
    a_planned_run,
    a_welcome,
    recorded_runs,
    seconds,
)


def _run(journal: Journal) -> Run:
    """The only run there is."""
    ((run,),) = (delivery.runs for delivery in journal.deliveries())
    return run


def _claimed_runs(journal: Journal, number: int) -> list[ClaimedRun]:
    """Claim all runs of one new delivery."""
    plan = [a_planned_run(handler=f"h{each}") for each in range(number)]
    claims = [
        journal.claim(run.run_id, now=NOW, lease=LEASE) for run in recorded_runs(journal, *plan)
    ]
    return [claim for claim in claims if claim is not None]


def test_writes_down_how_the_attempt_ended(journal: Journal) -> None:
    claimed = a_claimed_run(journal)

    journal.conclude(
        a_conclusion(
            claimed,
            "failed",
            started_at=NOW,
            finished_at=NOW + seconds(0.25),
            result="refused",
            errcode=41051,
            error="客户已开始聊天",
            calls=(("externalcontact/send_welcome_msg", 12.5, 41051), ("gettoken", 3.0, None)),
        )
    )

    run = _run(journal)
    assert (run.status, run.result, run.errcode, run.error, run.lease_until) == (
        "failed",
        "refused",
        41051,
        "客户已开始聊天",
        None,
    )
    (attempt,) = run.attempts
    assert (attempt.number, attempt.outcome, attempt.result) == (1, "failed", "refused")
    assert (attempt.started_at, attempt.finished_at) == (NOW, NOW + seconds(0.25))
    assert (attempt.errcode, attempt.error) == (41051, "客户已开始聊天")
    assert attempt.calls == [
        ["externalcontact/send_welcome_msg", 12.5, 41051],
        ["gettoken", 3.0, None],
    ]


def test_a_retry_is_due_again_at_its_time(journal: Journal) -> None:
    claimed = a_claimed_run(journal)

    journal.conclude(a_conclusion(claimed, "retry", due_at=NOW + seconds(3)))

    run = _run(journal)
    assert (run.status, run.due_at, run.lease_until) == ("retry", NOW + seconds(3), None)
    assert journal.deliveries()[0].status == "open"
    assert journal.claim(claimed.run_id, now=NOW + seconds(2.9), lease=LEASE) is None
    again = journal.claim(claimed.run_id, now=NOW + seconds(3), lease=LEASE)
    assert again is not None
    assert again.attempt == 2


@pytest.mark.parametrize("status", ["done", "failed", "expired"])
def test_the_end_is_final(journal: Journal, status: RunStatus) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, status))

    journal.conclude(a_conclusion(claimed, "retry", due_at=NOW))

    assert _run(journal).status == status
    assert journal.claim(claimed.run_id, now=NOW + seconds(3600), lease=LEASE) is None
    assert journal.sweep(["default"], now=NOW + seconds(3600)) == []


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["done"], "done"),
        (["failed"], "failed"),
        (["expired"], "failed"),
        (["retry"], "open"),
        (["done", "done"], "done"),
        (["done", "failed"], "failed"),
        (["expired", "done"], "failed"),
        (["failed", "retry"], "open"),
        (["done", None], "open"),
    ],
)
def test_the_delivery_follows_its_runs(
    journal: Journal, statuses: list[RunStatus | None], status: str
) -> None:
    for claimed, end in zip(_claimed_runs(journal, len(statuses)), statuses, strict=True):
        if end is not None:
            journal.conclude(a_conclusion(claimed, end))

    assert journal.deliveries()[0].status == status


def test_an_attempt_that_lost_its_lease_changes_its_own_row_only(journal: Journal) -> None:
    lost = a_claimed_run(journal)
    taken_over = journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)
    assert taken_over is not None

    journal.conclude(a_conclusion(lost, "done", result="sent", outcome_unknown=False))

    run = _run(journal)
    assert (run.status, run.attempt, run.result) == ("running", 2, None)
    assert run.lease_until == NOW + LEASE * 2
    assert [(each.number, each.outcome, each.result) for each in run.attempts] == [
        (1, "done", "sent")
    ]
    assert journal.deliveries()[0].status == "open"


def test_the_attempt_that_took_over_concludes_the_run(journal: Journal) -> None:
    lost = a_claimed_run(journal)
    taken_over = journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)
    assert taken_over is not None
    journal.conclude(a_conclusion(taken_over, "failed", errcode=41050))

    journal.conclude(a_conclusion(lost, "done", result="sent"))

    run = _run(journal)
    assert (run.status, run.errcode) == ("failed", 41050)
    assert [each.outcome for each in run.attempts] == ["done", "failed"]


def test_two_attempts_of_one_run_may_conclude_in_one_transaction(journal: Journal) -> None:
    lost = a_claimed_run(journal)
    taken_over = journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)
    assert taken_over is not None
    ends: list[tuple[ClaimedRun, RunStatus]] = [(taken_over, "done"), (lost, "failed")]

    with held_up(journal):
        futures = [
            journal._writer.submit(operations.conclude, a_conclusion(each, status))
            for each, status in ends
        ]

    assert [future.result(10) for future in futures] == [None, None]
    assert _run(journal).status == "done"


def test_the_same_conclusion_twice_is_one(journal: Journal) -> None:
    claimed = a_claimed_run(journal)

    with held_up(journal):
        futures = [
            journal._writer.submit(operations.conclude, a_conclusion(claimed, result="sent"))
            for _ in range(2)
        ]

    assert [future.result(10) for future in futures] == [None, None]
    assert [each.result for each in _run(journal).attempts] == ["sent"]


@pytest.mark.parametrize("odd", ["a\0b", "a\ud800b", "长" * 100_000], ids=["nul", "half", "long"])
def test_any_words_of_others_are_written_down(journal: Journal, odd: str) -> None:
    claimed = a_claimed_run(journal)

    journal.conclude(a_conclusion(claimed, "failed", result=odd, error=odd, errcode=2**40))

    run = _run(journal)
    whole = odd.replace("\0", "").encode("utf-8", "replace").decode()
    assert (run.status, run.result, run.error, run.errcode) == ("failed", whole[:64], whole, None)
    assert (run.attempts[0].result, run.attempts[0].error) == (whole[:64], whole)


@pytest.mark.parametrize("errcode", [-1, 0, 2**31 - 1, None])
def test_an_errcode_is_kept(journal: Journal, errcode: int | None) -> None:
    claimed = a_claimed_run(journal)

    journal.conclude(a_conclusion(claimed, errcode=errcode))

    assert _run(journal).errcode == errcode


def test_runs_of_one_delivery_concluding_at_once_in_two_processes_close_it(
    journal: Journal, database_url: str, processes: ProcessPoolExecutor
) -> None:
    pairs = [_claimed_runs(journal, 2) for _ in range(60)]
    start_at = journal_processes.soon()

    futures = [
        processes.submit(
            journal_processes.conclude_runs,
            database_url,
            start_at,
            [pair[which].run_id for pair in pairs],
        )
        for which in (0, 1)
    ]

    for future in futures:
        future.result(timeout=60)
    assert {delivery.status for delivery in journal.deliveries(limit=100)} == {"done"}


def test_a_late_conclusion_leaves_an_expired_run_expired(journal: Journal) -> None:
    claimed = a_claimed_run(journal, a_welcome(deadline_at=NOW + seconds(5)))
    journal.sweep(["urgent"], now=NOW + LEASE)

    journal.conclude(a_conclusion(claimed, "done", result="sent"))

    run = _run(journal)
    assert run.status == "expired"
    assert [each.outcome for each in run.attempts] == ["done"]


def test_a_run_purged_meanwhile_is_its_own_trouble(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))
    journal.purge(NOW + seconds(1))
    other = a_claimed_run(journal)

    journal.conclude(a_conclusion(claimed))  # alone

    with held_up(journal):
        gone = journal._writer.submit(operations.conclude, a_conclusion(claimed))
        kept = journal._writer.submit(operations.conclude, a_conclusion(other))

    assert gone.result(10) is None
    assert kept.result(10) is None
    assert journal.count() == {"done": 1}


def test_a_repeated_delivery_stays_as_it_is(journal: Journal) -> None:
    new = a_delivery(plan=(a_planned_run(handler=TAG),))
    (run,) = journal.record(new).runs
    claimed = journal.claim(run.run_id, now=NOW, lease=LEASE)
    assert claimed is not None
    journal.conclude(a_conclusion(claimed))

    journal.record(new)

    assert journal.deliveries()[0].status == "done"
    assert journal.count() == {"done": 1}
