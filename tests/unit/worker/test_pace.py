"""What attempts take lately decides which runs cannot make it any more."""

from __future__ import annotations

from datetime import timedelta

from worker.pace import Pace

SECOND = timedelta(seconds=1)


def a_pace(*seconds: float, cut_off: bool = False) -> Pace:
    pace = Pace()
    for each in seconds:
        pace.note("h", each * SECOND, cut_off=cut_off)
    return pace


def test_nothing_is_needed_while_little_is_known() -> None:
    assert a_pace(*[2] * 19).needed("h") == timedelta(0)


def test_the_time_in_which_most_attempts_end_is_needed() -> None:
    assert a_pace(*[1] * 15, *[2] * 5).needed("h") == 2 * SECOND
    assert a_pace(*[1] * 16, *[2] * 4).needed("h") == SECOND


def test_the_last_attempts_count() -> None:
    assert a_pace(*[3] * 20, *[1] * 16).needed("h") == SECOND


def test_one_that_was_cut_off_would_have_taken_longer() -> None:
    assert a_pace(*[2] * 20, cut_off=True).needed("h") == 3 * SECOND


def test_a_platform_that_hangs_leaves_those_a_chance_that_have_time() -> None:
    assert a_pace(*[15] * 20).needed("h") == 5 * SECOND


def test_each_handler_has_its_own() -> None:
    assert a_pace(*[2] * 20).needed("other") == timedelta(0)
