from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import journal_processes
import pytest
import sqlalchemy as sa

from journal import Journal

LENGTH = timedelta(seconds=3)


@pytest.mark.slow
def test_a_web_process_and_two_workers_never_stand_in_each_others_way(
    journal: Journal, database_url: str, processes: ProcessPoolExecutor
) -> None:
    start_at = journal_processes.soon()

    futures = [
        processes.submit(function, database_url, start_at, LENGTH)
        for function in (journal_processes.serve, journal_processes.work, journal_processes.work)
    ]

    loads = [future.result(timeout=60) for future in futures]
    assert [load.errors for load in loads] == [[], [], []]
    assert [load.refused for load in loads] == [[], [], []]
    assert all(load.done for load in loads)
    assert _deliveries_that_do_not_follow_their_runs(journal) == []


def _deliveries_that_do_not_follow_their_runs(journal: Journal) -> list[int]:
    query = sa.text("""
        SELECT d.id FROM deliveries d WHERE d.status <> (
            SELECT CASE WHEN SUM(CASE WHEN r.status IN ('pending', 'running', 'retry')
                                      THEN 1 ELSE 0 END) > 0 THEN 'open'
                        WHEN SUM(CASE WHEN r.status IN ('failed', 'expired')
                                      THEN 1 ELSE 0 END) > 0 THEN 'failed'
                        ELSE 'done' END
            FROM runs r WHERE r.delivery_id = d.id)
    """)
    with journal._engine.connect() as connection:
        return list(connection.scalars(query))
