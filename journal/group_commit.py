"""Many small writes in one transaction.

A commit costs one trip to the disk, however much it holds. So writers hand their operation to one
thread, which commits all that has gathered while the disk was busy with the one before.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError, StatementError

from errors import JournalUnavailable
from journal.database import write

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Operation = Callable[[sa.Connection, Sequence[Argument]], Sequence[Result]]

_MOST_IN_ONE_COMMIT = 256
# Where many write, the next batch waits for its latecomers; a lone writer waits for nobody.
_CROWD = 4
_GATHERING_SECONDS = 0.003
# Of what is committed in any case; the bound is for a database that stays away.
_MOST_WAITING = 10_000
_BETWEEN_TRIES_SECONDS = 0.2


@dataclass(eq=False)
class _Waiting(Generic[Argument, Result]):
    operation: Operation[Argument, Result]
    argument: Argument
    future: Future[Result] = field(default_factory=Future)
    insistent: bool = False
    error: Exception | None = None


class GroupCommit:
    """The one writer of a process. Start it after the process has forked; close it to stop."""

    def __init__(self, engine: sa.Engine, order: Sequence[Operation[Any, Any]] = ()) -> None:
        """Take the engine to write with, and the order of operations inside one transaction."""
        self._engine = engine
        self._rank = {operation: rank for rank, operation in enumerate(order)}
        self._queue: queue.SimpleQueue[_Waiting[Any, Any] | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def submit(self, operation: Operation[Argument, Result], argument: Argument) -> Future[Result]:
        """Queue one operation; the future is done when it is committed.

        operation: works on all the arguments that gathered and returns a result for each, in order.
        The future raises JournalUnavailable when the database could not be written.
        """
        waiting = _Waiting(operation, argument)
        self._put(waiting)
        return waiting.future

    def insist(
        self,
        operation: Operation[Argument, Result],
        argument: Argument,
        *,
        seconds: float,
        late: Callable[[Result], None],
    ) -> Result:
        """Queue one operation that is committed in any case, however long the database is away.

        Raises JournalUnavailable when that takes longer than some seconds; `late` is told of the
        result then, and must return at once.
        """
        if self._queue.qsize() >= _MOST_WAITING:
            raise JournalUnavailable("Too much waits for the journal.")
        waiting = _Waiting(operation, argument, insistent=True)
        self._put(waiting)
        try:
            return waiting.future.result(seconds)
        except TimeoutError:
            waiting.future.add_done_callback(partial(_tell_late, late))
            if waiting.error is None:
                raise JournalUnavailable("The journal does not answer.") from None
            raise _as_unavailable(waiting.error) from waiting.error

    def close(self) -> None:
        """Commit what is queued and stop."""
        with self._door:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _put(self, waiting: _Waiting[Any, Any]) -> None:
        with self._door:
            if self._closed:
                raise JournalUnavailable("The journal is closed.")
            self._queue.put(waiting)

    def _run(self) -> None:
        crowded = False
        while (first := self._queue.get()) is not None:
            if crowded:
                time.sleep(_GATHERING_SECONDS)
            batch, stop = self._gather(first)
            crowded = len(batch) >= _CROWD
            # What was put off has a transaction of its own: it may be what the database refuses.
            put_off = [each for each in batch if each.error is not None]
            fresh = [each for each in batch if each.error is None]
            self._commit([each for each in fresh if each.future.set_running_or_notify_cancel()])
            self._commit(put_off)
            if stop:
                return

    def _gather(self, first: _Waiting[Any, Any]) -> tuple[list[_Waiting[Any, Any]], bool]:
        batch = [first]
        while len(batch) < _MOST_IN_ONE_COMMIT:
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _commit(self, batch: Sequence[_Waiting[Any, Any]], tries: int = 3) -> None:
        if not batch:
            return
        try:
            outcomes = self._transact(batch)
        except Exception as error:  # noqa: BLE001 - whatever it was, the waiting threads must hear of it
            if _is_deadlock(error) and tries > 1:
                self._commit(batch, tries - 1)
            else:
                self._refuse(batch, error)
            return
        for waiting, outcome in outcomes:
            waiting.future.set_result(outcome)

    def _transact(
        self, batch: Iterable[_Waiting[Any, Any]]
    ) -> list[tuple[_Waiting[Any, Any], Any]]:
        outcomes: list[tuple[_Waiting[Any, Any], Any]] = []
        with write(self._engine) as connection:
            for _, group in groupby(sorted(batch, key=self._place), key=self._place):
                together = list(group)
                arguments = [waiting.argument for waiting in together]
                results = together[0].operation(connection, arguments)
                outcomes.extend(zip(together, results, strict=True))
        return outcomes

    def _place(self, waiting: _Waiting[Any, Any]) -> tuple[int, str]:
        rank = self._rank.get(waiting.operation, len(self._rank))
        return rank, waiting.operation.__qualname__

    def _refuse(self, batch: Sequence[_Waiting[Any, Any]], error: Exception) -> None:
        """Fail a single one; of several commit each alone, so that only the bad one fails."""
        if _is_outage(error):
            self._put_off(batch, error)
            return
        if len(batch) == 1:
            batch[0].future.set_exception(_as_unavailable(error))
            return
        for waiting in batch:
            self._commit([waiting])

    def _put_off(self, batch: Sequence[_Waiting[Any, Any]], error: Exception) -> None:
        """Fail what need not be committed, and put the rest back into the queue."""
        insistent = [waiting for waiting in batch if waiting.insistent]
        for waiting in batch:
            waiting.error = error
            if not waiting.insistent:
                waiting.future.set_exception(_as_unavailable(error))
        if insistent:
            time.sleep(_BETWEEN_TRIES_SECONDS)
        for waiting in insistent:
            try:
                self._put(waiting)
            except JournalUnavailable as closed:
                waiting.future.set_exception(closed)


def _tell_late(late: Callable[[Result], None], future: Future[Result]) -> None:
    if future.exception() is None:
        late(future.result())


def _is_deadlock(error: Exception) -> bool:
    """Whether PostgreSQL broke a deadlock between two processes' batches at our expense."""
    return _sqlstate(error) in {"40P01", "40001"}


def _is_outage(error: Exception) -> bool:
    """Whether the database is out of reach, rather than unwilling to take one of the rows."""
    if isinstance(error, OSError | MemoryError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        return True
    return isinstance(error, OperationalError) and not _sqlstate(error).startswith("54")


def _sqlstate(error: Exception) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def _as_unavailable(error: Exception) -> BaseException:
    if isinstance(error, StatementError) and not isinstance(error, DBAPIError):
        return error.orig or error  # a fault of the caller's: the database was not asked
    if not isinstance(error, SQLAlchemyError | OSError | MemoryError):
        return error
    unavailable = JournalUnavailable(f"The journal cannot be written: {type(error).__name__}.")
    unavailable.__cause__ = error
    return unavailable
