"""One event: what it says, what each handler did with it and when, and the way to do it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, g, redirect, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

import events
from console import page
from console.access import Access, needs
from console.charts import TimeLine
from console.disclosure import disclosed
from console.parts import Parts
from journal import Attempt, Delivery, Run

_LONGEST_HANDLER = 255


@dataclass(frozen=True, kw_only=True)
class Strip:
    """One attempt on the time line, in percent; calls: (x, width, endpoint, ms, errcode)."""

    number: int
    outcome: str
    x: float
    width: float
    starts_seconds: float
    takes_seconds: float
    calls: tuple[tuple[float, float, str, float, int | None], ...]


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One handler's run on the time line."""

    run: Run
    strips: tuple[Strip, ...]
    deadline_x: float | None


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:
    """Add the page and what can be done there."""

    def existing(delivery_id: int) -> Delivery:
        found = parts.journal.delivery(delivery_id)
        if found is None:
            raise NotFound
        return found

    @blueprint.get("/events/<int:delivery_id>")
    def event(delivery_id: int) -> AnyResponse:
        """Show one event whole."""
        delivery = existing(delivery_id)
        parsed = events.parse(delivery.payload)
        scale = TimeLine(_longest(delivery, parts.now()))
        return page.render(
            "event_runs" if page.is_fragment() else "event",
            delivery=delivery,
            chinese_name=parsed.chinese_name,
            doc=parsed.doc,
            fields=disclosed(parsed.fields, personal=g.operator.may("personal")),
            lanes=[_lane(run, delivery.received_at, scale) for run in delivery.runs],
            scale=scale,
            meaning=parts.meaning,
            again=request.args.get("again", type=int),
        )

    @blueprint.post("/events/<int:delivery_id>/replay")
    @needs("replay")
    def replay(delivery_id: int) -> AnyResponse:
        """Run the handlers of an event again; a welcome is never sent late."""
        delivery = existing(delivery_id)
        parsed = events.parse(delivery.payload)
        planned = parts.plan(parsed, delivery.received_at)
        runs = parts.journal.replay(delivery.id, planned, now=parts.now())
        parts.publish(runs)
        access.note("replay", str(delivery_id), f"{len(runs)} runs")
        return redirect(url_for("console.event", delivery_id=delivery_id, again=len(runs)), 303)

    @blueprint.post("/events/<int:delivery_id>/retry")
    @needs("replay")
    def retry(delivery_id: int) -> AnyResponse:
        """Run one handler of an event again that was given up."""
        handler = request.form.get("handler", "")[:_LONGEST_HANDLER]
        delivery = existing(delivery_id)
        runs = parts.journal.retry([delivery.id], handler, now=parts.now())
        parts.publish(runs)
        access.note("retry", f"{delivery_id} {handler}", f"{len(runs)} runs")
        return redirect(url_for("console.event", delivery_id=delivery_id, again=len(runs)), 303)


def _longest(delivery: Delivery, now: datetime) -> float:
    """Return how many seconds after receipt the last thing happens that is shown."""
    moments = [
        moment
        for run in delivery.runs
        for moment in (run.deadline_at, *(attempt.finished_at for attempt in run.attempts))
        if moment is not None
    ]
    if any(run.status in {"pending", "running", "retry"} for run in delivery.runs):
        moments.append(now)
    last = max(moments, default=delivery.received_at)
    return (last - delivery.received_at).total_seconds() * 1.04


def _lane(run: Run, received_at: datetime, scale: TimeLine) -> Lane:
    deadline = run.deadline_at
    return Lane(
        run=run,
        strips=_strips(run.attempts, received_at, scale),
        deadline_x=scale.x((deadline - received_at).total_seconds()) if deadline else None,
    )


def _strips(
    attempts: Sequence[Attempt], received_at: datetime, scale: TimeLine
) -> tuple[Strip, ...]:
    return tuple(
        _strip(attempt, attempt.started_at, attempt.finished_at, received_at, scale)
        for attempt in attempts
        if attempt.started_at is not None and attempt.finished_at is not None
    )


def _strip(
    attempt: Attempt,
    started_at: datetime,
    finished_at: datetime,
    received_at: datetime,
    scale: TimeLine,
) -> Strip:
    begun = (started_at - received_at).total_seconds()
    ended = (finished_at - received_at).total_seconds()
    calls, at = [], begun
    for endpoint, milliseconds, errcode in attempt.calls:  # one after the other
        until = min(at + milliseconds / 1000, ended)
        calls.append((*_span(scale, at, until), endpoint, milliseconds, errcode))
        at = until
    x, width = _span(scale, begun, ended)
    return Strip(
        number=attempt.number,
        outcome=attempt.outcome,
        x=x,
        width=width,
        starts_seconds=begun,
        takes_seconds=ended - begun,
        calls=tuple(calls),
    )


def _span(scale: TimeLine, begun: float, ended: float) -> tuple[float, float]:
    return scale.x(begun), round(max(scale.x(ended) - scale.x(begun), 0.4), 2)
