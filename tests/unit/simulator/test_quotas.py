"""How long who overran a limit is kept out (doc 90312)."""

from __future__ import annotations

import pytest

from errors import CallRefused
from simulator.days import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, MONTH_SECONDS
from simulator.quotas import Quotas, Recent

MIDNIGHT_IN_CHINA = 1_799_942_400.0
NOON = MIDNIGHT_IN_CHINA + 12 * HOUR_SECONDS


@pytest.mark.parametrize("seconds", [MINUTE_SECONDS, HOUR_SECONDS, MONTH_SECONDS])
def test_a_block_is_as_long_as_its_window_from_the_hit_on(seconds: int) -> None:
    quotas = Quotas()
    at_the_end = NOON + seconds - 1

    quotas.count("x", NOON, most=1, seconds=seconds)
    with pytest.raises(CallRefused):
        quotas.count("x", at_the_end, most=1, seconds=seconds)

    assert not quotas.take("x", at_the_end + seconds - 1, most=1, seconds=seconds)
    assert quotas.take("x", at_the_end + seconds, most=1, seconds=seconds)


def test_a_days_block_ends_at_midnight_in_china() -> None:
    quotas = Quotas()
    midnight = MIDNIGHT_IN_CHINA + DAY_SECONDS

    assert [quotas.take("x", NOON, most=1, seconds=DAY_SECONDS) for _ in range(2)] == [True, False]
    assert not quotas.take("x", midnight - 1, most=1, seconds=DAY_SECONDS)
    assert quotas.take("x", midnight, most=1, seconds=DAY_SECONDS)


def test_each_subject_and_each_window_is_counted_apart() -> None:
    quotas = Quotas()

    assert quotas.take("x", NOON, most=1, seconds=MINUTE_SECONDS)
    assert quotas.take("y", NOON, most=1, seconds=MINUTE_SECONDS)
    assert quotas.take("x", NOON, most=1, seconds=HOUR_SECONDS)
    assert not quotas.take("x", NOON, most=1, seconds=MINUTE_SECONDS)


def test_asking_whether_somebody_is_kept_out_counts_nothing() -> None:
    quotas = Quotas()

    assert not quotas.blocks("x", NOON, seconds=HOUR_SECONDS)
    assert quotas.take("x", NOON, most=1, seconds=HOUR_SECONDS)
    assert not quotas.blocks("x", NOON, seconds=HOUR_SECONDS)


def test_what_is_dropped_keeps_nobody_out() -> None:
    recent = Recent()
    limits = (2, MINUTE_SECONDS), (3, HOUR_SECONDS)

    taken = [recent.take("x", NOON + after, *limits) for after in (0, 1, 2, 60, 120, 3600)]

    assert taken == [True, True, False, True, False, True]
