"""What is over is counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from console.series import Series

NOW = datetime(2026, 3, 2, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Counter:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[datetime, datetime]] = []

    def __call__(self, since: datetime, until: datetime) -> int:
        self.asked.append((since, until))
        return len(self.asked)


def test_the_spans_end_with_the_one_under_way() -> None:
    series = Series(Counter(), span=MINUTE, length=3)

    starts = [start for start, _ in series.up_to(NOW)]

    assert starts == [datetime(2026, 3, 2, 9, minute, tzinfo=UTC) for minute in (28, 29, 30)]


def test_only_what_is_not_settled_is_counted_again() -> None:
    counter = Counter()
    series = Series(counter, span=MINUTE, length=5)
    series.up_to(NOW)
    counter.asked.clear()

    again = series.up_to(NOW + timedelta(seconds=5))

    assert {since.minute for since, _ in counter.asked} == {29, 30}
    assert [count for _, count in again][:3] == [5, 4, 3]


def test_what_left_the_window_is_forgotten() -> None:
    counter = Counter()
    series = Series(counter, span=MINUTE, length=2)
    series.up_to(NOW)

    series.up_to(NOW + timedelta(hours=1))
    counter.asked.clear()
    series.up_to(NOW)

    assert len(counter.asked) == 2


def test_days_begin_at_midnight_of_the_reader() -> None:
    beijing = timezone(timedelta(hours=8))
    series = Series(Counter(), span=timedelta(days=1), length=2)

    starts = [start.astimezone(beijing) for start, _ in series.up_to(NOW, timedelta(hours=8))]

    assert starts == [datetime(2026, 3, day, tzinfo=beijing) for day in (1, 2)]


def test_what_takes_too_long_is_counted_when_it_is_asked_for_again() -> None:
    series = Series(Counter(), span=MINUTE, length=4, patience_seconds=0)

    first = [count for _, count in series.up_to(NOW)]
    second = [count for _, count in series.up_to(NOW + timedelta(hours=1))]

    assert first == [None, None, None, 1]  # the newest is never left out
    assert second[-1] is not None


def test_bit_by_bit_all_is_counted() -> None:
    series = Series(Counter(), span=MINUTE, length=4, patience_seconds=10)
    later = NOW + timedelta(minutes=2)

    series.up_to(NOW)

    assert None not in [count for _, count in series.up_to(later)]
