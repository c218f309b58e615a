"""Whole days of a place, as spans of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo


def days_until(
    now: datetime, count: int, zone: tzinfo
) -> Iterator[tuple[date, datetime, datetime]]:
    """Yield the last `count` days of a zone with start and end, oldest first; today is the last."""
    today = now.astimezone(zone).date()
    for back in range(count - 1, -1, -1):
        day = today - timedelta(days=back)
        yield day, _midnight(day, zone), _midnight(day + timedelta(days=1), zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone)
