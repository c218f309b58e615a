"""Engines for the two databases the journal runs on."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from errors import ConfigurationError

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
)


def connect(database_url: str) -> sa.Engine:
    """Return an engine for a journal database; nothing is opened yet.

    Raises ConfigurationError when the URL is of another kind than SQLite or PostgreSQL.
    """
    try:
        url = sa.make_url(database_url)
    except SQLAlchemyError as error:
        raise ConfigurationError(
            "database_url cannot be read: write sqlite:///var/journal.db"
            " or postgresql+psycopg://user:password@host/database"
        ) from error
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if url.get_backend_name() == "postgresql":
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            connect_args={"connect_timeout": 3},
        )
    raise ConfigurationError(
        f"database_url names {url.get_backend_name()}, the journal runs on sqlite or postgresql"
    )


@contextlib.contextmanager
def write(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open one writing transaction; committed at the end, rolled back on an error."""
    with (
        _turn(engine),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextlib.contextmanager
def _turn(engine: sa.Engine) -> Iterator[None]:
    """Wait for this process's turn to write to an SQLite file.

    SQLite's own waiting is sleeping in steps of up to 100 ms; a file lock wakes the next writer at
    once. It is released by the kernel when a process dies.
    """
    lock_path = engine.get_execution_options().get("lock_path")
    if lock_path is None:
        yield
        return
    with Path(lock_path).open("ab") as lock, _locked(lock):
        yield


@contextlib.contextmanager
def _locked(file: IO[bytes]) -> Iterator[None]:
    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError("database_url must name a file: sqlite:///var/journal.db")
    path = Path(url.database)
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, execution_options={"lock_path": f"{path}.lock"})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver's own transaction handling would begin too late; `_begin_sqlite` does it.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
