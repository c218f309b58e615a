from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from journal import Journal, tables
from journal.database import write
from journal_factories import (
    LEASE,
    NOW,
    a_claimed_run,
    a_conclusion,
    a_delivery,
    a_recorded_run,
    seconds,
)

RETENTION_ENDS = NOW + seconds(1)


def _rows(journal: Journal) -> dict[str, int]:
    with journal._engine.connect() as connection:
        return {
            table.name: connection.scalars(sa.select(sa.func.count()).select_from(table)).one()
            for table in (tables.deliveries, tables.runs, tables.attempts)
        }


def test_closed_deliveries_go_with_all_that_hangs_on_them(journal: Journal) -> None:
    journal.conclude(a_conclusion(a_claimed_run(journal)))
    journal.conclude(a_conclusion(a_claimed_run(journal), "failed"))
    journal.record(a_delivery(plan=()))

    assert journal.purge(RETENTION_ENDS) == 3

    assert _rows(journal) == {"deliveries": 0, "runs": 0, "attempts": 0}


def test_open_deliveries_stay_however_old(journal: Journal) -> None:
    a_recorded_run(journal)
    a_claimed_run(journal)
    journal.conclude(a_conclusion(a_claimed_run(journal), "retry", due_at=NOW))

    assert journal.purge(RETENTION_ENDS) == 0

    assert _rows(journal) == {"deliveries": 3, "runs": 3, "attempts": 1}


def test_young_deliveries_stay(journal: Journal) -> None:
    journal.record(a_delivery(plan=(), received_at=RETENTION_ENDS))
    journal.record(a_delivery(plan=(), received_at=RETENTION_ENDS - seconds(0.001)))

    assert journal.purge(RETENTION_ENDS) == 1

    assert [each.received_at for each in journal.deliveries()] == [RETENTION_ENDS]


def test_a_purged_event_pushed_again_is_new(journal: Journal) -> None:
    new = a_delivery(plan=())
    journal.record(new)
    journal.purge(RETENTION_ENDS)

    assert journal.record(new).new


def test_goes_in_portions(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.operations._PURGE_CHUNK", 10)
    transactions: list[object] = []
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(journal.record, [a_delivery(plan=()) for _ in range(95)]))
    a_recorded_run(journal)
    sa.event.listen(journal._engine, "commit", transactions.append)

    assert journal.purge(RETENTION_ENDS) == 95

    assert len(transactions) == 11  # ten portions, and one that finds nothing
    assert _rows(journal)["deliveries"] == 1


def test_nothing_else_waits_for_it(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journal.operations._PURGE_CHUNK", 20)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(journal.record, [a_delivery(plan=()) for _ in range(500)]))
        young = [a_delivery(received_at=RETENTION_ENDS) for _ in range(200)]

        purged = threads.submit(journal.purge, RETENTION_ENDS)
        recorded = list(threads.map(journal.record, young))

        assert purged.result(30) == 500
    assert all(each.new for each in recorded)
    assert _rows(journal) == {"deliveries": 200, "runs": 200, "attempts": 0}


def test_two_at_once_share_the_work(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(journal.record, [a_delivery(plan=()) for _ in range(100)]))

        counts = list(threads.map(lambda _: journal.purge(RETENTION_ENDS), range(2)))

    assert sum(counts) == 100


def test_what_a_replay_holds_is_left_alone(postgresql_url: str) -> None:
    journal = Journal(postgresql_url)
    claimed = a_claimed_run(journal)
    journal.conclude(a_conclusion(claimed))
    with write(journal._engine) as connection:
        connection.execute(
            sa.select(tables.deliveries.c.id)
            .where(tables.deliveries.c.id == claimed.delivery_id)
            .with_for_update(key_share=True)
        )

        assert journal.purge(RETENTION_ENDS) == 0

    journal.replay(claimed.delivery_id, [], now=NOW)
    assert journal.claim(claimed.run_id, now=NOW, lease=LEASE) is not None
    journal.close()
