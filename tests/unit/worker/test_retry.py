from __future__ import annotations

from datetime import timedelta

import pytest

import errors
from language import Text
from worker.retry import delay_after

URGENT = (0.3, 1.0, 3.0, 3.0, 3.0)
PATIENT = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 1800.0)
PASSING = [
    errors.SystemBusy(-1),
    errors.RateLimited(45033),
    errors.NotReady(302008),
    errors.WelcomeBeingSent(41096),
    errors.APIUnreachable(),
    errors.APIUnreachable(sent=False),
    errors.JournalUnavailable(),
]
FINAL = [
    errors.APIError(40058),
    errors.AccessTokenRejected(40014),
    errors.CredentialRejected(40001),
    errors.WelcomeCodeInvalid(41050),
    errors.ChatAlreadyStarted(41051),
    errors.NotExternalContact(84061),
    errors.MediaInvalid(40007),
    errors.ArgumentRejected("text", "too long"),
    errors.DeadlinePassed(),
    errors.ConfigurationError(Text.same("there is no app")),
]


def named(error: Exception) -> str:
    return type(error).__name__


def near(delay: timedelta | None, seconds: float) -> bool:
    return delay is not None and 0.8 * seconds <= delay.total_seconds() <= 1.2 * seconds


@pytest.mark.parametrize("error", PASSING, ids=named)
@pytest.mark.parametrize(("attempt", "seconds"), [*enumerate(URGENT, start=1)])
def test_an_urgent_run_tries_again_quickly(error: Exception, attempt: int, seconds: float) -> None:
    assert near(delay_after(error, attempt=attempt, urgent=True), seconds)


@pytest.mark.parametrize("error", PASSING, ids=named)
@pytest.mark.parametrize(("attempt", "seconds"), [*enumerate(PATIENT, start=1)])
def test_other_runs_wait_longer_each_time(error: Exception, attempt: int, seconds: float) -> None:
    assert near(delay_after(error, attempt=attempt, urgent=False), seconds)


@pytest.mark.parametrize("error", FINAL, ids=named)
@pytest.mark.parametrize("urgent", [True, False])
def test_what_is_final_is_not_tried_again(error: Exception, *, urgent: bool) -> None:
    assert delay_after(error, attempt=1, urgent=urgent) is None


@pytest.mark.parametrize(("attempt", "again"), [(11, True), (12, False), (99, False)])
def test_patience_ends_after_twelve_attempts(attempt: int, *, again: bool) -> None:
    assert (delay_after(errors.SystemBusy(-1), attempt=attempt, urgent=False) is not None) is again


@pytest.mark.parametrize(("attempt", "again"), [(1, True), (3, True), (4, False), (5, False)])
def test_a_bug_gets_four_attempts(attempt: int, *, again: bool) -> None:
    assert (delay_after(KeyError("x"), attempt=attempt, urgent=False) is not None) is again


@pytest.mark.parametrize("error", [errors.SystemBusy(-1), KeyError("x")])
def test_only_its_deadline_ends_the_attempts_of_an_urgent_run(error: Exception) -> None:
    assert delay_after(error, attempt=99, urgent=True) is not None


@pytest.mark.parametrize("urgent", [True, False])
def test_a_handler_may_name_the_time_itself(*, urgent: bool) -> None:
    retry = errors.HandlerRetry(after=timedelta(seconds=7))

    assert delay_after(retry, attempt=99, urgent=urgent) == timedelta(seconds=7)


def test_a_handler_need_not_name_a_time() -> None:
    assert near(delay_after(errors.HandlerRetry(), attempt=1, urgent=False), 1.0)


def test_a_handler_that_always_says_later_ends_too() -> None:
    error = errors.HandlerRetry(after=timedelta(seconds=5))

    assert delay_after(error, attempt=99, urgent=False) == timedelta(seconds=5)
    assert delay_after(error, attempt=100, urgent=False) is None


def test_waits_as_long_as_the_endpoint_rests() -> None:
    limited = errors.RateLimited(45009)
    limited.after = timedelta(seconds=60)

    for error in (limited, errors.APIPaused(after=timedelta(seconds=60))):
        assert delay_after(error, attempt=1, urgent=True) == timedelta(seconds=60)


def test_waits_its_own_time_where_that_is_longer() -> None:
    paused = errors.APIPaused(after=timedelta(seconds=1))

    assert near(delay_after(paused, attempt=4, urgent=False), 120.0)


def test_retries_are_spread() -> None:
    busy = errors.SystemBusy(-1)

    assert len({delay_after(busy, attempt=1, urgent=True) for _ in range(20)}) > 1
