"""Spans of time that a call asks about."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.days import DAY_SECONDS, day_of

_KEPT_DAYS = 180
_LATEST = 2**40


def check_days(
    call: Call, begin: str, end: str, *, most_days: int, end_optional: bool = False
) -> range:
    """Return the days asked about, the last one included. Raises CallRefused 600018.

    Only the last 180 days are kept. Times are cut down to their day.
    """
    if not call.has(begin):
        raise CallRefused(600018)
    first = call.integer(begin, low=0, high=_LATEST)
    if not end_optional and not call.has(end):
        raise CallRefused(600018)
    last = call.integer(end, first, low=0, high=_LATEST)
    days = range(day_of(first), day_of(last) + 1)
    if not 1 <= len(days) <= most_days + 1 or days[0] < day_of(call.now) - _KEPT_DAYS:
        raise CallRefused(600018)
    return days


def check_span(call: Call, *, most_days: int) -> tuple[int, int]:
    """Return start_time and end_time. Raises CallRefused 600018."""
    if not call.has("start_time") or not call.has("end_time"):
        raise CallRefused(600018)
    start = call.integer("start_time", low=0, high=_LATEST)
    end = call.integer("end_time", low=0, high=_LATEST)
    if not 0 <= end - start <= most_days * DAY_SECONDS:
        raise CallRefused(600018)
    return start, end
