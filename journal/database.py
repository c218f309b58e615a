"""Engines for the two databases the journal runs on."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

import foreign
from errors import ConfigurationError
from language import Text

PATIENCE_SECONDS = 5.0  # with whoever holds a lock; WeCom waits no longer for an answer either

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000:.0f}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # what was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
)
_POSTGRESQL_SETTINGS = (
    f"SET lock_timeout = {PATIENCE_SECONDS * 1000:.0f}",
    "SET idle_in_transaction_session_timeout = 10000",  # a halted process gives its locks back
)
_READ_ONLY_TRANSACTION = "25006"
# A server that vanished without a word is noticed within seconds (libpq's names).
_POSTGRESQL_CONNECTION = {
    "connect_timeout": 3,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}


def connect(database_url: str) -> sa.Engine:
    """Return an engine for a journal database; nothing is opened yet.

    Raises ConfigurationError when the URL is of another kind than SQLite or PostgreSQL.
    """
    try:
        url = sa.make_url(database_url)
    except SQLAlchemyError as error:
        raise ConfigurationError(
            Text(
                en="database_url cannot be read: write sqlite:///var/journal.db"
                " or postgresql+psycopg://user:password@host/database",
                zh="database_url 无法识别，请写成 sqlite:///var/journal.db"
                " 或 postgresql+psycopg://用户:密码@主机/库名",
            )
        ) from error
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    raise ConfigurationError(
        Text(
            en=f"database_url names {url.get_backend_name()}, the journal runs on sqlite or"
            " postgresql",
            zh=f"database_url 是 {url.get_backend_name()}，日志库只支持 sqlite 或 postgresql",
        )
    )


@contextlib.contextmanager
def write(
    engine: sa.Engine, *, patience_seconds: float = PATIENCE_SECONDS
) -> Iterator[sa.Connection]:
    """Open one writing transaction; committed at the end, rolled back on an error."""
    with (
        _turn(engine, patience_seconds),
        engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        yield connection


@contextlib.contextmanager
def _turn(engine: sa.Engine, patience_seconds: float) -> Iterator[None]:
    """Wait for this process's turn to write to an SQLite file.

    SQLite's own waiting is sleeping in steps of up to 100 ms; a file lock wakes the next writer at
    once. It is released by the kernel when a process dies.
    """
    lock_path = engine.get_execution_options().get("lock_path")
    if lock_path is None:
        yield
        return
    with Path(lock_path).open("ab") as lock:
        _lock(lock, patience_seconds)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)  # closing is not enough if the process has forked


def _lock(file: IO[bytes], patience_seconds: float) -> None:
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    # Only a thread can wait for the lock and be left behind. It waits on a duplicate, which shares
    # the lock with the file: when we gave up and closed ours, closing the duplicate releases it.
    duplicate = os.dup(file.fileno())
    waiter = threading.Thread(target=_wait_for, args=(duplicate,), daemon=True)
    try:
        waiter.start()
    except RuntimeError as error:
        os.close(duplicate)
        raise OSError("The system has no thread left to wait for the journal.") from error
    waiter.join(patience_seconds)
    if waiter.is_alive():
        raise TimeoutError("Another process does not let go of the journal.")


def _wait_for(lock: int) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
    finally:
        os.close(lock)


def _postgresql(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        isolation_level="READ COMMITTED",  # each statement sees what it has waited for
        pool_pre_ping=True,
        connect_args=_POSTGRESQL_CONNECTION,
    )
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "handle_error", _let_go_of_a_standby)
    return engine


def _let_go_of_a_standby(context: ExceptionContext) -> None:
    """Connect anew when a session may not write: its server is not the primary any more."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY_TRANSACTION:
        context.is_disconnect = True


def _prepare_postgresql(connection: DBAPIConnection, _entry: object) -> None:
    _execute(connection, _POSTGRESQL_SETTINGS)
    connection.commit()


def _sqlite(url: sa.URL) -> sa.Engine:
    if not url.database or url.database == ":memory:":
        raise ConfigurationError(
            Text(
                en="database_url must name a file: sqlite:///var/journal.db",
                zh="database_url 应写明文件，如 sqlite:///var/journal.db",
            )
        )
    path = Path(url.database)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what customers sent is here
    except OSError as error:
        raise ConfigurationError(
            Text(
                en=f"database_url: the folder {path.parent} cannot be made: ",
                zh=f"database_url: 无法创建目录 {path.parent}: ",
            )
            + foreign.fault(error)
        ) from error
    engine = sa.create_engine(
        url.set(drivername="sqlite"), execution_options={"lock_path": f"{path}.lock"}
    )

    def prepare(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling would begin too late; `_begin_sqlite` does it.
        connection.isolation_level = None
        _execute(connection, _SQLITE_PRAGMAS)
        entry.info["file"] = _file_at(path)

    def require_same_file(_: object, entry: ConnectionPoolEntry, __: object) -> None:
        # What is written to a file that was moved away or deleted would be lost.
        if entry.info["file"] != _file_at(path):
            raise DisconnectionError

    event.listen(engine, "connect", prepare)
    event.listen(engine, "checkout", require_same_file)

    def require_writable_files(*_: object) -> None:
        # SQLite would open them for reading, and stay with that when they can be written again.
        files = [path, Path(f"{path}-wal"), Path(f"{path}-shm")]
        if not all(os.access(each, os.W_OK, effective_ids=True) for each in files if each.exists()):
            raise sqlite3.OperationalError("the journal is read-only")

    event.listen(engine, "do_connect", require_writable_files)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _file_at(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - on every checkout, and twice as quick as Path's
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _execute(connection: DBAPIConnection, statements: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
