"""From an event to the runs its handlers will make."""

from __future__ import annotations

from datetime import datetime, timedelta

from events import Event
from handlers import Router, Rules
from journal import PlannedRun


def plan(
    router: Router,
    event: Event,
    received_at: datetime,
    *,
    margin: timedelta,
    rules: Rules | None = None,
) -> tuple[PlannedRun, ...]:
    """Return one run per handler that wants the event, the urgent ones first as routed.

    rules: those in force, which may leave a handler without work.
    """
    rules = rules or Rules()
    return tuple(
        PlannedRun(
            handler=route.name,
            lane=route.lane,
            deadline_at=route.deadline(event, received_at, margin),
        )
        for route in router.fetch(type(event))
        if route.is_wanted(event, rules)
    )
