"""Counts over equal spans of time; what is over is counted once and remembered."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Count = TypeVar("Count")

# An event is received a moment before it is committed, so a span is final only a while after it.
_SETTLING = timedelta(seconds=60)
_PATIENCE_SECONDS = 0.08


class Series(Generic[Count]):
    """Counts of the spans up to now.

    count: counts from a time on and before another. settling: how long after its end a span may
    still change. patience_seconds: what is not counted by then is None, and is counted when it is
    asked for again; so the first page over a large journal is as quick as the others.
    """

    def __init__(
        self,
        count: Callable[[datetime, datetime], Count],
        *,
        span: timedelta,
        length: int,
        settling: timedelta = _SETTLING,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._count = count
        self._span = span
        self._length = length
        self._settling = settling
        self._patience_seconds = patience_seconds
        self._known: dict[datetime, Count] = {}
        self._lock = threading.Lock()

    def up_to(
        self, now: datetime, offset: timedelta = timedelta(0)
    ) -> list[tuple[datetime, Count | None]]:
        """Return start and count of each span, the oldest first; the last one is not over yet.

        offset: of the zone in which days begin.
        """
        last = _floor(now + offset, self._span) - offset
        starts = [last - self._span * back for back in range(self._length)]
        until = time.monotonic() + self._patience_seconds
        with self._lock:
            counted: dict[datetime, Count] = {}
            for start in starts:
                if start in self._known:
                    counted[start] = self._known[start]
                elif not counted or time.monotonic() < until:
                    counted[start] = self._count(start, start + self._span)
            self._known = {
                start: count
                for start, count in counted.items()
                if start + self._span + self._settling <= now
            }
        return [(start, counted.get(start)) for start in reversed(starts)]


def _floor(at: datetime, span: timedelta) -> datetime:
    epoch = datetime.fromtimestamp(0, at.tzinfo)
    return epoch + (at - epoch) // span * span
