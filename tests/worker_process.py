"""A worker process whose one handler does nothing; importable by a spawn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from handler_context import Stage

from events import Event
from handlers import Context, Router
from journal import ClaimedRun, Journal
from wecom import Call
from worker import WorkerNode, make_celery

ROUTER = Router()


@ROUTER.on(Event, name="h")
def do_nothing(_event: Event, ctx: Context) -> None:
    """Conclude that it was executed."""
    ctx.conclude("executed")


def now() -> datetime:
    return datetime.now(UTC)


def make_context(run: ClaimedRun, _event: Event, _observe: Callable[[Call], None]) -> Context:
    return Stage().context(attempt=run.attempt, outcome_unknown=run.outcome_unknown)


def work(database_url: str, redis_url: str) -> None:
    """Work in the lanes default and bulk until told to stop."""
    journal = Journal(database_url)
    node = WorkerNode(
        make_celery(redis_url),
        journal,
        ROUTER,
        threads={"default": 2, "bulk": 1},
        make_context=make_context,
        keep=timedelta(days=90),
        keep_audit=timedelta(days=365),
        now=now,
    )
    status = node.run()
    journal.close()
    sys.exit(status)
