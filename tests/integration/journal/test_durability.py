from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import sqlalchemy as sa

from journal import Journal
from journal.tables import deliveries, runs
from journal_factories import a_delivery

ROOT = Path(__file__).parents[3]


def test_every_pooled_connection_to_sqlite_is_durable(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)
    settings = ("synchronous", "journal_mode", "foreign_keys", "busy_timeout")

    with ExitStack() as stack:
        connections = [stack.enter_context(journal._engine.connect()) for _ in range(8)]
        found = {
            tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in settings)
            for connection in connections
        }

    assert found == {(2, "wal", 1, 5000)}  # 2 is FULL
    journal.close()


def test_every_pooled_connection_to_postgresql_waits_for_locks_and_not_for_ever(
    postgresql_url: str,
) -> None:
    journal = Journal(postgresql_url)
    settings = ("lock_timeout", "transaction_isolation", "idle_in_transaction_session_timeout")

    with ExitStack() as stack:
        connections = [stack.enter_context(journal._engine.connect()) for _ in range(8)]
        found = {
            tuple(connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in settings)
            for connection in connections
        }

    assert found == {("5s", "read committed", "10s")}
    journal.close()


def test_what_was_recorded_survives_a_killed_process(journal: Journal, database_url: str) -> None:
    recorder = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-u", "-m", "journal_processes", database_url],
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert recorder.stdout is not None
    with recorder, recorder.stdout as output:
        acknowledged = [next(output).strip() for _ in range(300)]
        recorder.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in output if line.endswith("\n")]

    assert journal.record(a_delivery(event_key="the next one")).new  # no lock was left behind
    with journal._engine.connect() as connection:
        kept = set(connection.scalars(sa.select(deliveries.c.event_key)))
        without_runs = connection.scalars(
            sa.select(deliveries.c.id).where(deliveries.c.id.not_in(sa.select(runs.c.delivery_id)))
        ).all()
    assert set(acknowledged) - kept == set()
    assert without_runs == []


def test_a_killed_process_leaves_the_file_intact(sqlite_url: str) -> None:
    for _ in range(3):
        recorder = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-u", "-m", "journal_processes", sqlite_url],
            env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
            stdout=subprocess.PIPE,
        )
        assert recorder.stdout is not None
        with recorder:
            recorder.stdout.readline()
            recorder.kill()

    with sqlite3.connect(str(sa.make_url(sqlite_url).database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
