from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import datetime

import journal_processes

from journal import Journal, PublishableRun, Run
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

LANES = ("urgent", "default", "bulk")
LATE = NOW + seconds(30)


def _swept(journal: Journal, now: datetime) -> list[int]:
    return [run.run_id for run in journal.sweep(LANES, now=now)]


def _run(journal: Journal) -> Run:
    """The only run there is."""
    ((run,),) = (delivery.runs for delivery in journal.deliveries())
    return run


def test_an_empty_journal_needs_nothing(journal: Journal) -> None:
    assert journal.sweep(LANES, now=NOW) == []


def test_a_fresh_run_is_left_to_the_workers_for_half_a_minute(journal: Journal) -> None:
    run_id = a_recorded_run(journal)

    assert _run(journal).published_at == NOW
    assert _swept(journal, NOW + seconds(29.9)) == []
    assert _swept(journal, NOW + seconds(30)) == [run_id]


def test_an_urgent_run_is_taken_up_sooner(journal: Journal) -> None:
    run_id = a_recorded_run(journal, a_welcome())

    assert _swept(journal, NOW + seconds(2.9)) == []
    assert _swept(journal, NOW + seconds(3)) == [run_id]


def test_a_run_handed_back_is_found_at_once(journal: Journal) -> None:
    run_id = a_recorded_run(journal)

    journal.release([run_id])

    assert _run(journal).published_at is None
    assert journal.sweep(LANES, now=NOW) == [
        PublishableRun(run_id=run_id, handler=GREET, lane="default")
    ]
    assert _run(journal).published_at == NOW


def test_what_was_swept_is_left_alone_for_a_while(journal: Journal) -> None:
    run_id = a_recorded_run(journal)
    journal.sweep(LANES, now=NOW + seconds(30))

    assert _swept(journal, NOW + seconds(59.9)) == []
    assert _swept(journal, NOW + seconds(60)) == [run_id]


def test_a_claimed_run_is_the_claimers(journal: Journal) -> None:
    run_id = a_recorded_run(journal)
    journal.claim(run_id, now=NOW, lease=LEASE)

    assert _swept(journal, NOW + seconds(9.9)) == []
    assert _swept(journal, NOW + LEASE) == [run_id]


def test_a_retry_is_found_when_it_is_due(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, "retry", due_at=NOW + seconds(5)))

    assert _swept(journal, NOW + seconds(4.9)) == []
    assert _swept(journal, NOW + seconds(5)) == [claimed.run_id]


def test_a_retry_without_a_time_is_found_when_the_lease_would_have_ended(
    journal: Journal,
) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, "retry"))

    assert _swept(journal, NOW + LEASE) == [claimed.run_id]


def test_a_live_lease_is_respected(journal: Journal) -> None:
    a_claimed_run(journal)

    assert _swept(journal, NOW + LEASE - seconds(0.001)) == []


def test_a_lost_run_is_found_and_taken_over(journal: Journal) -> None:
    lost = a_claimed_run(journal)

    assert _swept(journal, NOW + LEASE) == [lost.run_id]

    taken_over = journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)
    assert taken_over is not None
    assert taken_over.attempt == 2


def test_a_worker_that_was_only_slow_keeps_its_run(journal: Journal) -> None:
    slow = a_claimed_run(journal)
    journal.sweep(LANES, now=NOW + LEASE)

    journal.conclude(a_conclusion(slow, result="sent"))

    assert (_run(journal).status, _run(journal).result) == ("done", "sent")
    assert _swept(journal, NOW + seconds(3600)) == []


def test_a_run_past_its_deadline_expires_and_is_not_published(journal: Journal) -> None:
    a_recorded_run(journal, a_welcome(deadline_at=LATE))

    assert _swept(journal, LATE) == []

    run = _run(journal)
    assert (run.status, run.result, run.attempts) == ("expired", "too_late", ())
    assert journal.deliveries()[0].status == "failed"


def test_a_lost_run_past_its_deadline_expires_with_its_attempt_lost(journal: Journal) -> None:
    a_claimed_run(journal, a_welcome(deadline_at=LATE))

    assert _swept(journal, LATE) == []

    run = _run(journal)
    assert run.status == "expired"
    assert [attempt.outcome for attempt in run.attempts] == ["lost"]


def test_a_retry_past_its_deadline_expires_and_keeps_its_word(journal: Journal) -> None:
    claimed = a_claimed_run(journal, a_welcome(deadline_at=LATE))
    journal.conclude(a_conclusion(claimed, "retry", due_at=LATE, result="busy", errcode=-1))

    assert _swept(journal, LATE) == []

    run = _run(journal)
    assert (run.status, run.result, run.errcode) == ("expired", "busy", -1)


def test_one_run_expires_and_its_neighbour_is_published(journal: Journal) -> None:
    _, tag = recorded_runs(journal, a_welcome(deadline_at=LATE), a_planned_run(handler=TAG))

    assert _swept(journal, LATE) == [tag.run_id]
    assert journal.deliveries()[0].status == "open"


def test_only_the_lanes_asked_for_are_swept(journal: Journal) -> None:
    urgent, bulk = recorded_runs(journal, a_welcome(), a_planned_run(handler=TAG, lane="bulk"))

    assert [run.run_id for run in journal.sweep(["bulk"], now=NOW + seconds(30))] == [bulk.run_id]
    assert [run.run_id for run in journal.sweep(["urgent"], now=NOW + seconds(3))] == [
        urgent.run_id
    ]
    assert journal.sweep([], now=NOW + seconds(60)) == []


def test_the_longest_waiting_come_first_up_to_the_limit(journal: Journal) -> None:
    late = journal.record(a_delivery(received_at=NOW + seconds(2))).runs[0]
    early = journal.record(a_delivery(received_at=NOW)).runs[0]
    middle = journal.record(a_delivery(received_at=NOW + seconds(1))).runs[0]

    first = journal.sweep(LANES, now=NOW + seconds(60), limit=2)
    rest = journal.sweep(LANES, now=NOW + seconds(60), limit=2)

    assert first == [early, middle]
    assert rest == [late]


def test_a_flood_of_bulk_does_not_hide_an_urgent_run(journal: Journal) -> None:
    for _ in range(5):
        journal.record(a_delivery(plan=(a_planned_run(lane="bulk"),)))
    welcome = a_welcome(deadline_at=NOW + seconds(90))
    urgent = journal.record(a_delivery(received_at=NOW + seconds(1), plan=(welcome,))).runs[0]

    swept = journal.sweep(("bulk", "urgent"), now=NOW + seconds(60), limit=3)

    assert urgent in swept
    assert len(swept) == 4


def test_each_run_goes_to_one_of_many_threads(journal: Journal) -> None:
    run_ids = [a_recorded_run(journal) for _ in range(50)]

    with ThreadPoolExecutor(8) as threads:
        portions = list(
            threads.map(lambda _: journal.sweep(LANES, now=NOW + seconds(60), limit=9), range(16))
        )

    assert sorted(run.run_id for portion in portions for run in portion) == run_ids


def test_each_run_goes_to_one_of_three_processes(
    journal: Journal, database_url: str, processes: ProcessPoolExecutor
) -> None:
    run_ids = [a_recorded_run(journal) for _ in range(200)]
    start_at = journal_processes.soon()

    futures = [
        processes.submit(journal_processes.sweep_all, database_url, start_at, NOW + seconds(60))
        for _ in range(3)
    ]

    found = [run_id for future in futures for run_id in future.result(timeout=60)]
    # A sweeper may end while another still holds what is left.
    missed = _swept(journal, NOW + seconds(60))
    assert sorted(found + missed) == run_ids


def test_released_runs_are_found_at_once(journal: Journal) -> None:
    runs = [run for _ in range(3) for run in recorded_runs(journal)]

    journal.release([run.run_id for run in runs[:2]])

    assert _swept(journal, NOW) == [runs[0].run_id, runs[1].run_id]


def test_a_released_retry_waits_for_its_time(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed, "retry", due_at=NOW + seconds(5)))

    journal.release([claimed.run_id])

    assert _swept(journal, NOW + seconds(4.9)) == []
    assert _swept(journal, NOW + seconds(5)) == [claimed.run_id]


def test_releasing_touches_neither_running_nor_closed_runs(journal: Journal) -> None:
    running = a_claimed_run(journal)
    closed = a_claimed_run(journal)
    journal.conclude(a_conclusion(closed))

    journal.release([running.run_id, closed.run_id, 4711])
    journal.release([])

    assert journal.count() == {"running": 1, "done": 1}
    assert _swept(journal, NOW) == []


def test_a_dead_workers_lease_ends_soon_although_its_clock_was_set_back(journal: Journal) -> None:
    lost = a_claimed_run(journal, now=NOW + seconds(86400))

    journal.cut_leases("default", NOW + LEASE)

    assert _run(journal).lease_until == NOW + LEASE
    assert _swept(journal, NOW + LEASE - seconds(0.001)) == []
    assert _swept(journal, NOW + LEASE) == [lost.run_id]
    assert journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE) is not None


def test_a_living_worker_keeps_its_run_when_its_lease_is_cut(journal: Journal) -> None:
    claimed = a_claimed_run(journal, now=NOW + seconds(86400))
    journal.cut_leases("default", NOW + LEASE)

    journal.renew([claimed], NOW + 2 * LEASE)

    assert _swept(journal, NOW + LEASE) == []
    assert journal.claim(claimed.run_id, now=NOW + LEASE, lease=LEASE) is None


def test_only_what_is_too_long_in_that_lane_is_cut(journal: Journal) -> None:
    a_claimed_run(journal)
    a_claimed_run(journal, a_planned_run(lane="bulk"), now=NOW + seconds(60))
    a_recorded_run(journal)

    journal.cut_leases("default", NOW + LEASE)

    assert {delivery.runs[0].lease_until for delivery in journal.deliveries()} == {
        NOW + LEASE,
        NOW + seconds(60) + LEASE,
        None,
    }
