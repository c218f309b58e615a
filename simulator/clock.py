"""The simulated time, which every limit and every timestamp reads."""

from __future__ import annotations

import time


class Clock:
    """Real time moved by an offset, or standing still."""

    def __init__(self) -> None:
        self._offset_seconds = 0.0
        self._stopped_at: float | None = None

    @property
    def running(self) -> bool:
        """False while the time stands still."""
        return self._stopped_at is None

    def now(self) -> float:
        """Return the simulated seconds since the epoch."""
        if self._stopped_at is not None:
            return self._stopped_at
        return time.time() + self._offset_seconds

    def set(self, seconds: float) -> None:
        """Go to a point in time, forwards or backwards."""
        if self._stopped_at is not None:
            self._stopped_at = seconds
        else:
            self._offset_seconds = seconds - time.time()

    def advance(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self.set(self.now() + seconds)

    def stop(self) -> None:
        """Stand still until `go`."""
        self._stopped_at = self.now()

    def go(self) -> None:
        """Run again, from the time where it stood."""
        if self._stopped_at is not None:
            self._offset_seconds = self._stopped_at - time.time()
            self._stopped_at = None
