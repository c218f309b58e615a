"""Counts over equal spans of time; what is over is counted once and remembered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Count = TypeVar("Count")

# An event is received a moment before it is committed, so a span is final only a while after it.
_SETTLING = timedelta(seconds=60)


class Series(Generic[Count]):
    """Counts of the spans up to now.

    count: counts from a time on and before another.
    """

    def __init__(
        self, count: Callable[[datetime, datetime], Count], *, span: timedelta, length: int
    ) -> None:
        self._count = count
        self._span = span
        self._length = length
        self._known: dict[datetime, Count] = {}
        self._lock = threading.Lock()

    def up_to(
        self, now: datetime, offset: timedelta = timedelta(0)
    ) -> list[tuple[datetime, Count]]:
        """Return start and count of each span, the oldest first; the last one is not over yet.

        offset: of the zone in which days begin.
        """
        last = _floor(now + offset, self._span) - offset
        starts = [last - self._span * back for back in reversed(range(self._length))]
        with self._lock:
            known = {start: self._known[start] for start in starts if start in self._known}
            counted = [
                (start, known[start] if start in known else self._count(start, start + self._span))
                for start in starts
            ]
            self._known = {
                start: count for start, count in counted if start + self._span + _SETTLING <= now
            }
        return counted


def _floor(at: datetime, span: timedelta) -> datetime:
    epoch = datetime.fromtimestamp(0, at.tzinfo)
    return epoch + (at - epoch) // span * span
