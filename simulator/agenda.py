"""Things that happen by themselves when the simulated time has come: jobs end, results arrive."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable

from simulator.clock import Clock

_LONGEST_SLEEP_SECONDS = 60.0


class Agenda:
    """A heap of (due time, action) and the thread that carries them out."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Carry the action out at that simulated time."""
        with self._changed:
            heapq.heappush(self._entries, (due, next(self._numbers), action))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="agenda", daemon=True)
                self._thread.start()
            self._changed.notify()

    def wake(self) -> None:
        """Look again, because the clock was moved."""
        with self._changed:
            self._changed.notify()

    def clear(self) -> None:
        """Forget everything that was to come."""
        with self._changed:
            self._entries.clear()

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            action()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                if self._entries and self._entries[0][0] <= self._clock.now():
                    return heapq.heappop(self._entries)[2]
                self._changed.wait(self._sleep_seconds())
            return None

    def _sleep_seconds(self) -> float:
        if not self._entries or not self._clock.running:
            return _LONGEST_SLEEP_SECONDS
        return max(0.0, min(self._entries[0][0] - self._clock.now(), _LONGEST_SLEEP_SECONDS))
