"""Holding up a journal's writer, so that what gathers meanwhile goes into one transaction."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from journal import Journal


@contextlib.contextmanager
def held_up(journal: Journal) -> Iterator[None]:
    """Keep the writer busy inside a transaction while the block runs."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_: sa.Connection, waiting: Sequence[None]) -> list[None]:
        begun.set()
        assert go_on.wait(10)
        return list(waiting)

    held = journal._writer.submit(hold, None)
    assert begun.wait(10)
    try:
        yield
    finally:
        go_on.set()
        held.result(10)
