"""The geometry of the charts."""

from __future__ import annotations

import itertools

import pytest

from console.charts import EDGES, HEIGHT, TimeLine, bars, histogram, pairs, percentile


def test_the_highest_bar_stays_below_the_top() -> None:
    chart = bars([("a", 0), ("b", 3), ("c", 37)])

    assert (chart.top, chart.total) == (50, 40)
    assert [bar.height for bar in chart.bars] == [0.0, 8.4, 103.6]
    assert all(bar.y + bar.height == pytest.approx(HEIGHT, abs=0.2) for bar in chart.bars)


def test_bars_stand_side_by_side_and_end_at_the_right_edge() -> None:
    chart = bars([(str(n), n) for n in range(60)])

    edges = [(bar.x, bar.x + bar.width) for bar in chart.bars]
    assert all(left[1] < right[0] for left, right in itertools.pairwise(edges))
    assert edges[-1][1] < 100


def test_one_of_thousands_can_still_be_seen() -> None:
    assert bars([("a", 1), ("b", 100_000)]).bars[0].height > 1


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (1, 1), (2, 2), (6, 10), (10, 10), (11, 20), (501, 1000)]
)
def test_the_scale_ends_at_a_round_number(value: int, top: int) -> None:
    assert bars([("a", value)]).top == top


def test_no_bars_are_no_error() -> None:
    assert bars([]).bars == ()


def test_two_numbers_a_label_share_a_scale() -> None:
    chart = pairs([("a", 10, 5), ("b", 0, 0)])

    assert [bar.value for bar in chart.bars] == [10, 0]
    assert [bar.value for bar in chart.stacked] == [5, 0]
    assert chart.bars[0].height == 2 * chart.stacked[0].height


def test_what_comes_after_twenty_seconds_is_in_the_last_place() -> None:
    assert histogram([0.05, 0.051, 19.999, 20.0, 20.001, 900]) == [1, 1, 0, 0, 0, 0, 0, 0, 2, 2]
    assert len(histogram([])) == len(EDGES) + 1


def test_only_the_bars_from_the_deadline_on_are_late() -> None:
    assert [bar.late for bar in bars([("a", 1), ("b", 1)], late_from=1).bars] == [False, True]


def test_percentiles() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile(list(range(100)), 99) == 99
    assert percentile([], 50) is None


@pytest.mark.parametrize("longest", [0.0, 0.04, 5.0, 20.0, 90.0, 86400.0, 1e7])
def test_a_time_line_begins_at_its_left_and_ends_at_its_right(longest: float) -> None:
    line = TimeLine(longest)

    assert (line.x(-1), line.x(0), line.x(longest * 2 + 1)) == (0, 0, 100)
    marks = [line.x(tick) for tick in line.ticks()]
    assert marks == sorted(marks)
    assert all(right - left > 5 for left, right in itertools.pairwise(marks))
