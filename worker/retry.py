"""When a failed attempt is made again, if at all."""

from __future__ import annotations

import random
from datetime import timedelta

from errors import (
    APIPaused,
    ArgumentRejected,
    DeadlinePassed,
    HandlerRetry,
    RateLimited,
    WeComError,
)

# Seconds before the second, third ... attempt; the last one repeats.
_URGENT_STEPS = (0.3, 1.0, 3.0)
_PATIENT_STEPS = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0)
_MOST_ATTEMPTS = 12  # at the patient pace, about three hours
_MOST_ATTEMPTS_AFTER_A_BUG = 4
_MOST_ATTEMPTS_ON_REQUEST = 100  # a handler that always says "later" ends too


def delay_after(error: BaseException, *, attempt: int, urgent: bool) -> timedelta | None:
    """Return how long to wait before the next attempt; None when there should be none.

    urgent: the run has a deadline, which alone limits its attempts.
    """
    steps = _URGENT_STEPS if urgent else _PATIENT_STEPS
    step = timedelta(seconds=steps[min(attempt, len(steps)) - 1] * random.uniform(0.8, 1.2))  # noqa: S311 - spreads retries, guards nothing
    if isinstance(error, DeadlinePassed | ArgumentRejected):
        return None
    if isinstance(error, HandlerRetry):
        return (error.after or step) if attempt < _MOST_ATTEMPTS_ON_REQUEST else None
    is_bug = not isinstance(error, WeComError)  # perhaps of the moment, so it gets a few tries
    if not getattr(error, "retryable", is_bug):
        return None
    if not urgent and attempt >= (_MOST_ATTEMPTS_AFTER_A_BUG if is_bug else _MOST_ATTEMPTS):
        return None
    asked_for = (
        getattr(error, "after", None) if isinstance(error, APIPaused | RateLimited) else None
    )
    return max(step, asked_for) if asked_for else step
