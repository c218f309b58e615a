"""Now: what comes in, what waits, how soon customers are greeted, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint
from werkzeug.wrappers import Response as AnyResponse

from console import charts, page
from console.access import Access
from console.parts import Parts
from console.series import Series
from journal import Node
from journal.overview import MINUTE, LaneState, RecentWork

_MINUTES = 60
_KEPT_SECONDS = 2.0  # however many look, the journal is asked once in this time
_ALIVE = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    """Everything the page shows of the journal."""

    minutes: list[tuple[datetime, int | None]]
    last_minute: int
    lanes: tuple[LaneState, ...]
    work: RecentWork
    nodes: list[Node]


class _Kept:
    """Keeps a snapshot for a moment."""

    def __init__(self, take: Callable[[], _Snapshot]) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._until = 0.0
        self._snapshot: _Snapshot | None = None

    def __call__(self) -> _Snapshot:
        """Return a snapshot that is not older than a moment."""
        with self._lock:
            if self._snapshot is None or time.monotonic() >= self._until:
                self._snapshot = self._take()
                self._until = time.monotonic() + _KEPT_SECONDS
            return self._snapshot


def add(blueprint: Blueprint, parts: Parts, access: Access) -> None:  # noqa: ARG001 - every page is added alike
    """Add the page."""
    journal = parts.journal
    received = Series(journal.received_between, span=MINUTE, length=_MINUTES)

    def take() -> _Snapshot:
        at = parts.now()
        return _Snapshot(
            minutes=received.up_to(at),
            last_minute=journal.received_between(at - MINUTE, at),
            lanes=journal.lane_states(parts.lanes, at),
            work=journal.recent_work(at - MINUTE * _MINUTES),
            nodes=journal.nodes(),
        )

    kept = _Kept(take)

    @blueprint.get("/")
    def now() -> AnyResponse:
        """Show what goes on; the page asks again by itself."""
        t, seen, at = page.language(), kept(), parts.now()
        greeted = seen.work.greeted_after_seconds

        def alive(node: Node) -> bool:
            return at - node.seen_at <= _ALIVE

        return page.render(
            "now_live" if page.is_fragment() else "now",
            seen=seen,
            states=parts.token_states(),
            meaning=parts.meaning,
            alive=alive,
            forsaken=[
                lane
                for lane in parts.lanes
                if not any(lane in node.lanes and alive(node) for node in seen.nodes)
            ],
            per_minute=charts.bars(
                [(page.clock(start), count or 0) for start, count in seen.minutes]
            ),
            welcomes=charts.bars(
                list(zip(_edges(t), charts.histogram(greeted), strict=True)),
                late_from=len(charts.EDGES),
            ),
            median=charts.percentile(greeted, 50),
            slowest=charts.percentile(greeted, 99),
            counting=any(count is None for _, count in seen.minutes),
            waiting=sum(lane.waiting for lane in seen.lanes),
            oldest_at=min((lane.oldest_at for lane in seen.lanes if lane.oldest_at), default=None),
            given_up=sum(
                each.number for each in seen.work.outcomes if each.status in {"failed", "expired"}
            ),
            most=max((each.number for each in seen.work.outcomes), default=1),
        )


def _edges(t: Callable[..., str]) -> list[str]:
    language = page.language()
    return [
        *(t("chart.up_to", span=language.span(edge)) for edge in charts.EDGES),
        t("chart.beyond", span=language.span(charts.EDGES[-1])),
    ]
