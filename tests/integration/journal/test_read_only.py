"""A journal that could not be written for a while is written again, without a restart."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from errors import JournalUnavailable
from journal import Journal
from journal_factories import a_delivery, why_refused

_NOBODY = 65534


@contextmanager
def _unprivileged() -> Iterator[None]:
    """Be somebody whom a file's mode stops."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_file_that_was_read_only_when_it_was_opened_is_written_once_it_may_be() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = _an_empty_journal(Path(name))
        path.chmod(0o444)
        with _unprivileged():
            journal = Journal(f"sqlite:///{path}")
            why_refused(journal)

            for each in path.parent.iterdir():
                each.chmod(0o644)

            assert journal.record(a_delivery()).new
            journal.close()


def test_a_server_that_took_no_writes_is_asked_anew_once_it_does(
    migrated_postgres: sa.Engine, postgresql_url: str
) -> None:
    # A session keeps what it began with, like one to a standby that was the primary.
    journal = Journal(postgresql_url)
    with _only_new_sessions_read(migrated_postgres):
        why_refused(journal)
        with pytest.raises(JournalUnavailable):
            journal.record_all(a_delivery() for _ in range(20))

    assert journal.record(a_delivery()).new
    journal.close()


def _an_empty_journal(folder: Path) -> Path:
    path = folder / "journal.db"
    journal = Journal(f"sqlite:///{path}")
    journal.migrate()
    journal.close()
    if os.geteuid() == 0:
        for each in (folder, *folder.iterdir()):
            os.chown(each, _NOBODY, _NOBODY)
    return path


@contextmanager
def _only_new_sessions_read(server: sa.Engine) -> Iterator[None]:
    with server.connect() as connection:
        name = server.url.database
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    try:
        yield
    finally:
        with server.connect() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            connection.exec_driver_sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
