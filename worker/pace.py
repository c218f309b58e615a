"""Knows what attempts take lately, so that no time is spent on runs that cannot make it any more.

When more welcomes come than can be sent, those that waited longest are taken first. Without this,
each call would be cut off by its deadline, and nobody greeted at all.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from datetime import timedelta

_REMEMBERED = 20
_MOST = 15  # of so many in order: three of four are quicker
_AT_LEAST = 1.5  # how much longer one would have taken that the deadline cut off
_LONGEST = timedelta(seconds=5)


class Pace:
    """The last attempts of each handler."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._took: defaultdict[str, deque[timedelta]] = defaultdict(
            lambda: deque(maxlen=_REMEMBERED)
        )

    def note(self, handler: str, took: timedelta, *, cut_off: bool) -> None:
        """Remember an attempt that called the API; cut_off: it had no time to end."""
        with self._lock:
            self._took[handler].append(took * _AT_LEAST if cut_off else took)

    def needed(self, handler: str) -> timedelta:
        """Return the time in which most attempts end; none while too few are known."""
        with self._lock:
            took = sorted(self._took[handler])
        return min(took[_MOST], _LONGEST) if len(took) == _REMEMBERED else timedelta(0)
