"""What may be done only so often: by the minute, the hour, the day, the month (doc 90312)."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass

from errors import CallRefused
from simulator.days import DAY_SECONDS, beginning, day_of


@dataclass(slots=True)
class _Window:
    began_at: float
    times: int = 0
    blocked_until: float = 0.0


class Quotas:
    """Counts what is done in windows, and keeps out who overran one.

    For as long as the window: 60 s, 60 minutes, 30 days; a day's block ends at midnight in China.
    """

    def __init__(self) -> None:
        self._windows: dict[tuple[Hashable, int], _Window] = {}

    def count(self, what: Hashable, now: float, *, most: int, seconds: int, times: int = 1) -> None:
        """Count once more. Raises CallRefused 45009 beyond the most, and while blocked."""
        if not self.take(what, now, most=most, seconds=seconds, times=times):
            raise CallRefused(45009)

    def take(self, what: Hashable, now: float, *, most: int, seconds: int, times: int = 1) -> bool:
        """Count once more, and return whether that was still within the most."""
        window = self._windows.setdefault((what, seconds), _Window(_begins(now, seconds)))
        if now < window.blocked_until:
            return False
        if not 0 <= now - window.began_at < seconds:
            window.began_at, window.times = _begins(now, seconds), 0
        window.times += times
        if window.times <= most:
            return True
        window.blocked_until = (window.began_at if seconds == DAY_SECONDS else now) + seconds
        return False

    def blocks(self, what: Hashable, now: float, *, seconds: int) -> bool:
        """Return whether somebody is kept out, without counting."""
        window = self._windows.get((what, seconds))
        return window is not None and now < window.blocked_until


class Recent:
    """When things were done lately; nobody is kept out, what is too much is dropped."""

    def __init__(self) -> None:
        self._times: dict[Hashable, deque[float]] = {}

    def take(self, what: Hashable, now: float, *limits: tuple[int, int]) -> bool:
        """Do it once more unless one of the limits, (most, seconds), is reached; false if so."""
        times = self._times.setdefault(what, deque())
        longest = max(seconds for _, seconds in limits)
        while times and now - times[0] >= longest:
            times.popleft()
        if any(len(times) >= most and now - times[-most] < seconds for most, seconds in limits):
            return False
        times.append(now)
        return True


def _begins(now: float, seconds: int) -> float:
    return beginning(day_of(now)) if seconds == DAY_SECONDS else now
