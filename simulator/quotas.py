"""Limits of single APIs that count by the hour, the day or the month (doc 90312)."""

from __future__ import annotations

from errors import CallRefused

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS


class Quotas:
    """How often each thing was done in the running window."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], tuple[int, int]] = {}

    def count(self, what: str, now: float, *, most: int, seconds: int, times: int = 1) -> None:
        """Count one more. Raises CallRefused 45009 when the window is full."""
        window = int(now // seconds)
        last, counted = self._counts.get((what, seconds), (window, 0))
        counted = times + (counted if last == window else 0)
        if counted > most:
            raise CallRefused(45009)
        self._counts[what, seconds] = (window, counted)
