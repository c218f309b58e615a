"""Geometry of the charts, in percent across and pixels down, so that they fit any width."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

HEIGHT = 140
WELCOME_SECONDS = 20.0
# The upper edges of what the times to a welcome are sorted into.
EDGES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, WELCOME_SECONDS)

_GAP = 0.18  # of a bar's place
_LEAST = 1.5  # pixels of a bar that is not zero
_LINEAR_SECONDS = 0.05  # up to here the time line is nearly even


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar: x and width in percent, y and height in pixels."""

    x: float
    width: float
    y: float
    height: float
    label: str
    value: int
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Bars side by side; top: the value of the highest gridline."""

    bars: tuple[Bar, ...]
    top: int
    total: int
    height: int = HEIGHT
    stacked: tuple[Bar, ...] = field(default=())


def bars(values: Sequence[tuple[str, int]], *, late_from: int | None = None) -> Bars:
    """Return the bars of labelled numbers; those from `late_from` on are late."""
    top = _round_up(max((value for _, value in values), default=0))
    return Bars(
        bars=tuple(
            _bar(place, len(values), label, value, top, late=_is_late(place, late_from))
            for place, (label, value) in enumerate(values)
        ),
        top=top,
        total=sum(value for _, value in values),
    )


def pairs(values: Sequence[tuple[str, int, int]]) -> Bars:
    """Return two bars beside each other for each label."""
    top = _round_up(max((max(one, other) for _, one, other in values), default=0))
    halves = [(label, value) for label, one, other in values for value in (one, other)]
    drawn = [
        _bar(place, len(halves), label, value, top, late=False)
        for place, (label, value) in enumerate(halves)
    ]
    return Bars(
        bars=tuple(drawn[::2]),
        stacked=tuple(drawn[1::2]),
        top=top,
        total=sum(value for _, value in halves),
    )


def histogram(seconds: Sequence[float]) -> list[int]:
    """Count how many fall up to each edge, and beyond the last."""
    counts = [0] * (len(EDGES) + 1)
    for value in seconds:
        counts[next((i for i, edge in enumerate(EDGES) if value <= edge), len(EDGES))] += 1
    return counts


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the value that so many percent do not exceed."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


class TimeLine:
    """Places moments between 0 and `longest` seconds, on a logarithmic scale."""

    TICKS = (0.1, 0.5, 2, 5, 10, 20, 60, 300, 1800, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400)

    def __init__(self, longest: float) -> None:
        self._longest = max(longest, 0.05)

    def x(self, seconds: float) -> float:
        """Return the place of a moment in percent."""
        within = min(max(seconds, 0.0), self._longest)
        return round(100 * self._scaled(within) / self._scaled(self._longest), 2)

    def ticks(self, most: int = 6) -> list[float]:
        """Return round moments to mark."""
        fitting = [tick for tick in self.TICKS if tick <= self._longest]
        marks: list[float] = []
        for tick in reversed(fitting):
            if all(abs(self.x(tick) - self.x(mark)) >= 100 / (most + 2) for mark in marks):
                marks.append(tick)
        return [mark for mark in reversed(marks) if self.x(mark) >= 100 / (most + 2)]

    def _scaled(self, seconds: float) -> float:
        return math.log1p(seconds / _LINEAR_SECONDS)


def _bar(place: int, places: int, label: str, value: int, top: int, *, late: bool) -> Bar:
    width = 100 / max(places, 1)
    height = max(value / top * HEIGHT, _LEAST) if value else 0.0
    return Bar(
        x=round(place * width + width * _GAP / 2, 3),
        width=round(width * (1 - _GAP), 3),
        y=round(HEIGHT - height, 1),
        height=round(height, 1),
        label=label,
        value=value,
        late=late,
    )


def _is_late(place: int, late_from: int | None) -> bool:
    return late_from is not None and place >= late_from


def _round_up(value: int) -> int:
    """Return the next number of the kind 1, 2, 5, 10, 20 ..."""
    magnitude = int(10 ** (len(str(value)) - 1))
    return next(step * magnitude for step in (1, 2, 5, 10) if step * magnitude >= value)
