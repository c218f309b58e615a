"""How many customers were lost in one stretch of time, whenever a worker asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from worker.rule_memory import most_together

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(*minutes: float) -> list[tuple[datetime, str]]:
    """Return losses of wm0, wm1 ... so many minutes after ten."""
    return [(TEN + timedelta(minutes=each), f"wm{n}") for n, each in enumerate(minutes)]


@pytest.mark.parametrize(
    ("minutes", "of_first", "of_last"),
    [
        ((), 0, 0),
        ((0,), 1, 1),
        ((0, 0, 0), 3, 3),
        ((0, 30, 60), 3, 3),
        ((0, 30, 60.0001), 2, 2),
        ((0, 59, 60, 61, 119), 3, 4),
        ((0, 61, 122), 1, 1),
        ((0, 50, 70, 110), 2, 3),
    ],
)
def test_the_fullest_hour_that_holds_the_loss_counts(
    minutes: tuple[float, ...], of_first: int, of_last: int
) -> None:
    losses = at(*minutes)

    assert most_together(losses, "wm0", within=HOUR) == of_first
    assert most_together(losses[::-1], f"wm{len(minutes) - 1}", within=HOUR) == of_last


def test_a_customer_who_was_lost_twice_counts_once() -> None:
    assert most_together(at(0, 10) + at(20, 30), "wm1", within=HOUR) == 2


def test_who_was_never_lost_was_lost_with_nobody() -> None:
    assert most_together(at(0, 1, 2), "wm9", within=HOUR) == 0
