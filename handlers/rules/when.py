"""The time conditions of rules: weekdays, hours, dates."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from language import Mistake

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHINESE_DAYS = "一二三四五六日"
_HOURS = re.compile(r"(\d\d?):(\d\d)\s*-\s*(\d\d?):(\d\d)")
_MINUTES_A_DAY = 24 * 60
_FIRST, _LAST = dt.date.min, dt.date.max

Minutes = tuple[int, int]
Dates = tuple[dt.date, dt.date]


def weekdays(values: Sequence[object]) -> frozenset[int]:
    """Return ISO weekdays of `mon`, `mon-fri`, 1, `周一`. Raises Mistake for anything else."""
    days: set[int] = set()
    for value in values:
        first, dash, last = str(value).strip().lower().partition("-")
        start = _weekday(first, value)
        end = _weekday(last, value) if dash else start
        length = (end - start) % 7 + 1
        days.update((start - 1 + step) % 7 + 1 for step in range(length))
    return frozenset(days)


def hours(value: str) -> Minutes:
    """Return the minutes of the day from and until of `09:00-18:00`; until may be the smaller."""
    match = _HOURS.fullmatch(value.strip())
    if match is None:
        raise Mistake(
            en=f'"{value}" must be written 09:00-18:00', zh=f'"{value}" 应写成 09:00-18:00'
        )
    start, end = _minute(match[1], match[2], value), _minute(match[3], match[4], value)
    if start == end:
        raise Mistake(
            en=f'"{value}" is no time at all; leave hours out for the whole day',
            zh=f'"{value}" 不包含任何时间；全天有效请去掉 hours',
        )
    return start, end


def dates(value: object) -> Dates:
    """Return first and last day of `2026-02-10`, `2026-02-10..2026-02-20` or `2026-02-10..`."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value, value
    first, dots, last = str(value).partition("..")
    start = _date(first, value) if first.strip() or not dots else _FIRST
    end = (_date(last, value) if last.strip() else _LAST) if dots else start
    if end < start:
        raise Mistake(en=f'"{value}" ends before it begins', zh=f'"{value}" 结束早于开始')
    return start, end


def in_hours(spans: Sequence[Minutes], moment: dt.datetime) -> bool:
    """Whether a moment is in one of the spans; the end is not in it, midnight may be."""
    minute = moment.hour * 60 + moment.minute
    return any(
        start <= minute < end if start < end else minute >= start or minute < end
        for start, end in spans
    )


def in_dates(spans: Sequence[Dates], moment: dt.datetime) -> bool:
    """Whether a moment is on one of the days."""
    return any(first <= moment.date() <= last for first, last in spans)


def _weekday(text: str, value: object) -> int:
    text = text.strip()
    if text[:3] in _DAYS:
        return _DAYS.index(text[:3]) + 1
    if text.isdecimal() and 1 <= int(text) <= len(_DAYS):
        return int(text)
    chinese = text.removeprefix("周").removeprefix("星期").replace("天", "日")
    if len(chinese) == 1 and chinese in _CHINESE_DAYS:
        return _CHINESE_DAYS.index(chinese) + 1
    raise Mistake(
        en=f'"{value}" is no weekday; write mon, mon-fri, 1 (Monday) or 周一',
        zh=f'"{value}" 不是星期几；请写 mon、mon-fri、1（周一）或 周一',
    )


def _minute(hour: str, minute: str, value: str) -> int:
    total = int(hour) * 60 + int(minute)
    if int(minute) >= 60 or total > _MINUTES_A_DAY:  # noqa: PLR2004 - minutes of an hour
        raise Mistake(
            en=f'"{value}" names a time that no clock shows', zh=f'"{value}" 中有不存在的时刻'
        )
    return total


def _date(text: str, value: object) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise Mistake(
            en=f'"{value}" must be written 2026-02-10, or 2026-02-10..2026-02-20',
            zh=f'"{value}" 应写成 2026-02-10 或 2026-02-10..2026-02-20',
        ) from None
