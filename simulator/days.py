"""Spans of time, and the platform's days, which begin at midnight in China."""

from __future__ import annotations

from datetime import UTC, date, datetime

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
MONTH_SECONDS = 30 * DAY_SECONDS
_CHINA_SECONDS = 8 * HOUR_SECONDS


def day_of(now: float) -> int:
    """Return the number of the day a moment falls on."""
    return int(now + _CHINA_SECONDS) // DAY_SECONDS


def date_of(now: float) -> date:
    """Return the date in China."""
    return datetime.fromtimestamp(now + _CHINA_SECONDS, UTC).date()


def beginning(day: int) -> int:
    """Return when a day begins, in seconds since the epoch."""
    return day * DAY_SECONDS - _CHINA_SECONDS
