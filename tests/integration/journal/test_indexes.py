"""Every query of the hot path and of the sweeper finds its rows by an index."""

from __future__ import annotations

import re
from functools import partial

import pytest
import sqlalchemy as sa
from journal_plans import plans_of

from journal import Journal, tables
from journal.database import write
from journal_factories import (
    CORPID,
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
    seconds,
)

ROWS = 5000
MUCH_LATER = NOW + seconds(3600)


@pytest.fixture
def full_journal(journal: Journal) -> Journal:
    """A journal with a long past and a few open runs."""
    past = NOW - seconds(1800)
    numbers = range(1000, 1000 + ROWS)
    with write(journal._engine) as connection:
        connection.execute(sa.insert(tables.deliveries), [_old_delivery(each) for each in numbers])
        connection.execute(
            sa.insert(tables.runs),
            [
                {
                    "id": number,
                    "delivery_id": number,
                    "handler": GREET,
                    "lane": "default",
                    "status": "done" if number % 200 else "pending",
                    "due_at": past,
                    "sweep_at": past,
                }
                for number in numbers
            ],
        )
        connection.execute(
            sa.insert(tables.attempts),
            [
                {
                    "run_id": number,
                    "number": 1,
                    "outcome": "done",
                    "outcome_unknown": False,
                    "calls": [],
                }
                for number in numbers
            ],
        )
    with journal._engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    return journal


def _old_delivery(number: int) -> dict[str, object]:
    return {
        "id": number,
        "app": "contacts",
        "corpid": CORPID,
        "event_key": f"old {number}",
        "event": "e",
        "userid": "zhangsan",
        "subject": f"wm{number}",
        "received_at": NOW - seconds(1800),
        "payload": b"<xml/>",
        "status": "done",
    }


def _record_new(journal: Journal) -> None:
    journal.record(a_delivery(plan=(a_welcome(), a_planned_run(handler=TAG))))


def _record_again(journal: Journal) -> None:
    new = a_delivery()
    journal.record(new)
    journal.record(new)


def _claim(journal: Journal) -> None:
    runs = journal.record(a_delivery()).runs
    journal.claim(runs[0].run_id, now=NOW, lease=LEASE)


def _take_over(journal: Journal) -> None:
    lost = a_claimed_run(journal)
    journal.claim(lost.run_id, now=NOW + LEASE, lease=LEASE)


def _expire(journal: Journal) -> None:
    journal.claim(a_recorded_run(journal, a_welcome()), now=MUCH_LATER, lease=LEASE)


def _renew_and_conclude(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.renew([claimed], NOW + LEASE)
    journal.cut_leases("default", NOW + LEASE / 2)
    journal.conclude(a_conclusion(claimed))


def _sweep(journal: Journal) -> None:
    a_recorded_run(journal, a_welcome())
    assert len(journal.sweep(["urgent", "default"], now=MUCH_LATER, limit=10)) == 10


def _release(journal: Journal) -> None:
    journal.release([a_recorded_run(journal)])


def _replay(journal: Journal) -> None:
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))
    journal.replay(claimed.delivery_id, [a_planned_run(handler=TAG)], now=NOW)


def _purge(journal: Journal) -> None:
    journal.record(a_delivery(plan=(), received_at=NOW - seconds(86400)))
    assert journal.purge(NOW - seconds(43200)) == 1


def _look(journal: Journal) -> None:
    journal.delivery(5000)
    journal.deliveries(limit=50, before_id=9000)


HOT_PATH = (
    _record_new,
    _record_again,
    _claim,
    _take_over,
    _expire,
    _renew_and_conclude,
    _sweep,
    _release,
    _replay,
    _purge,
    _look,
)


SCANS = re.compile(r"(Seq Scan on|^SCAN) (deliveries|runs|attempts)\b(?! USING)", re.MULTILINE)


def test_a_statement_that_reads_a_whole_table_is_noticed(full_journal: Journal) -> None:
    (plan,) = plans_of(full_journal, full_journal.count)

    assert SCANS.search(plan)


def test_no_statement_reads_a_whole_table(full_journal: Journal) -> None:
    for act in HOT_PATH:
        for plan in plans_of(full_journal, partial(act, full_journal)):
            assert not SCANS.search(plan), f"{act.__name__}: {plan}"


def test_the_sweeper_reads_open_runs_only_and_sorts_nothing(full_journal: Journal) -> None:
    plans = plans_of(
        full_journal, lambda: full_journal.sweep(["urgent", "default"], now=MUCH_LATER, limit=10)
    )

    looks_at_runs = [plan for plan in plans if "runs" in plan and "ix_runs_open" in plan]
    assert len(looks_at_runs) == 2  # is there anything, and what is it
    assert not any(re.search(r"Sort|TEMP B-TREE", plan) for plan in looks_at_runs)


def test_a_conflict_is_found_by_the_key(full_journal: Journal) -> None:
    if full_journal._engine.dialect.name == "sqlite":
        pytest.skip("SQLite does not explain conflicts; it finds them by the unique index always")
    plans = plans_of(full_journal, lambda: _record_again(full_journal))

    assert any("uq_deliveries_event_key" in plan for plan in plans)
