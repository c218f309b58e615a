"""One worker process: a Celery worker that feeds a runner, a sweeper and a schedule beside it."""

from __future__ import annotations

import os
import signal
import socket
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import FrameType

import structlog
from celery import Celery, platforms
from celery.apps.worker import Worker
from celery.exceptions import SecurityWarning
from celery.worker import state

from handlers import Router
from journal import Journal
from worker.heartbeat import Heartbeat
from worker.retention import Retention
from worker.runner import MakeContext, Observe, Runner
from worker.schedule import DutyContexts, Schedule
from worker.sweeper import Sweeper

log = structlog.get_logger(__name__)


class WorkerNode:
    """Everything one worker process runs.

    threads: how many for each lane of this process. keep, keep_audit: how long closed deliveries
    and the console's record stay; the workers with the bulk lane see to it. duties: for whom the
    duties of the router are done.
    """

    def __init__(
        self,
        celery: Celery,
        journal: Journal,
        router: Router,
        *,
        threads: dict[str, int],
        make_context: MakeContext,
        keep: timedelta,
        keep_audit: timedelta,
        now: Callable[[], datetime],
        duties: DutyContexts | None = None,
        observe: Observe = lambda _run, _conclusion: None,
    ) -> None:
        self._celery = celery
        self._runner = Runner(
            journal, router, threads=threads, make_context=make_context, now=now, observe=observe
        )
        self._sweeper = Sweeper(journal, self._runner, now=now)
        self._heartbeat = Heartbeat(journal, role="worker", lanes=tuple(threads), now=now)
        self._retention = (
            Retention(journal, keep=keep, keep_audit=keep_audit, now=now)
            if "bulk" in threads
            else None
        )
        self._schedule = (
            Schedule(journal=journal, router=router, lanes=tuple(threads), contexts=duties, now=now)
            if duties is not None
            else None
        )
        for route in router:
            self._register(route.name, route.lane)

    def run(self) -> int:
        """Work until told to stop (SIGTERM, SIGINT); return the exit status.

        A stop takes no new runs, finishes those under way and hands the rest back.
        """
        with warnings.catch_warnings():
            # A container's root is fine: messages are numbers in JSON, never code.
            warnings.simplefilter("ignore", SecurityWarning)
            worker = _Worker(
                app=self._celery,
                pool="solo",  # tasks only hand run ids on; a thread for that would cost more
                queues=list(self._runner.lanes),
                hostname=f"{'-'.join(self._runner.lanes)}-{os.getpid()}@{socket.gethostname()}",
                loglevel="WARNING",
                quiet=True,
                without_gossip=True,
                without_mingle=True,
                without_heartbeat=True,
                task_events=False,
            )
        self._sweeper.start()
        self._heartbeat.start()
        if self._retention is not None:
            self._retention.start()
        if self._schedule is not None:
            self._schedule.start()
        try:
            worker.start()
        finally:
            self.close()
        return int(worker.exitcode or 0)

    def close(self) -> None:
        """Finish what is running and stop the threads."""
        if self._schedule is not None:
            self._schedule.stop()
        self._runner.stop()
        self._sweeper.stop()
        self._heartbeat.stop()
        if self._retention is not None:
            self._retention.stop()

    def _register(self, name: str, lane: str) -> None:
        def accept(run_ids: Sequence[int]) -> None:
            if lane in self._runner.lanes:
                self._runner.accept(lane, run_ids)

        self._celery.task(accept, name=name, ignore_result=True, shared=False)


class _Worker(Worker):  # type: ignore[misc]  # celery comes without types
    """Celery's worker, for which Ctrl-C is the same good end as SIGTERM."""

    def on_consumer_ready(self, consumer: object) -> None:
        super().on_consumer_ready(consumer)
        log.info("worker_ready", node=self.hostname)

    def install_platform_tweaks(self, worker: Worker) -> None:
        super().install_platform_tweaks(worker)
        platforms.signals["SIGTERM"] = platforms.signals["SIGINT"] = _stop


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Have Celery stop gently; who presses Ctrl-C again does not want to wait."""
    state.should_stop = platforms.EX_OK
    platforms.signals["SIGINT"] = signal.SIG_DFL
