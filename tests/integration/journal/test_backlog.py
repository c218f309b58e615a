"""What lies before each lane, on both databases."""

from __future__ import annotations

from journal import Journal, LaneBacklog
from journal_factories import (
    NOW,
    a_claimed_run,
    a_conclusion,
    a_delivery,
    a_recorded_run,
    a_welcome,
    seconds,
)


def test_an_idle_journal_has_no_backlog(journal: Journal) -> None:
    journal.record(a_delivery(plan=()))

    assert journal.backlogs(NOW) == []


def test_runs_nobody_has_begun_wait_since_they_were_due(journal: Journal) -> None:
    a_recorded_run(journal, a_welcome())
    journal.record(a_delivery(plan=(a_welcome(),), received_at=NOW + seconds(3)))

    assert journal.backlogs(NOW + seconds(5)) == [
        LaneBacklog(lane="urgent", waiting=2, running=0, later=0, oldest_due_at=NOW)
    ]


def test_a_claimed_run_does_not_wait(journal: Journal) -> None:
    a_claimed_run(journal)

    (backlog,) = journal.backlogs(NOW + seconds(5))

    assert (backlog.waiting, backlog.running, backlog.oldest_due_at) == (0, 1, None)


def test_a_retry_waits_only_when_it_is_due(journal: Journal) -> None:
    run = a_claimed_run(journal)
    journal.conclude(a_conclusion(run, status="retry", due_at=NOW + seconds(60)))

    (early,) = journal.backlogs(NOW + seconds(5))
    (late,) = journal.backlogs(NOW + seconds(61))

    assert (early.waiting, early.later) == (0, 1)
    assert (late.waiting, late.oldest_due_at) == (1, NOW + seconds(60))


def test_what_is_closed_is_no_backlog(journal: Journal) -> None:
    run = a_claimed_run(journal)
    journal.conclude(a_conclusion(run, status="done"))

    assert journal.backlogs(NOW + seconds(5)) == []


def test_the_journal_knows_its_size_on_disk(journal: Journal) -> None:
    before = journal.size_bytes()
    journal.record_all(a_delivery(payload=b"x" * 10_000) for _ in range(100))

    assert journal.size_bytes() > before > 0
