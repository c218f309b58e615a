"""Looks after every run that nobody else is looking after."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

import structlog

from errors import JournalUnavailable
from journal import Journal
from worker.runner import DEFAULT_LEASE, LEASES, Runner
from worker.trace import trace

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0


class Sweeper:
    """Each second: prolong the leases of what runs here, and take up what was left lying.

    Left lying are runs that were committed and never published, whose retry is due, or whose worker
    died. They are executed right here, without the broker, so that a welcome does not wait for
    Redis to come back.
    """

    def __init__(
        self,
        journal: Journal,
        runner: Runner,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._runner = runner
        self._now = now
        self._swept_at: datetime | None = None
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._each_second, args=(work,), name=name, daemon=True)
            for name, work in (("lease-renewal", self.renew), ("sweeper", self.sweep))
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def renew(self) -> None:
        """Tell the journal that the runs executing here are alive."""
        by_lease = defaultdict(list)
        for run in self._runner.running():
            by_lease[LEASES.get(run.lane, DEFAULT_LEASE)].append(run)
        for lease, runs in by_lease.items():
            self._journal.renew(runs, self._now() + lease)

    def sweep(self) -> None:
        """Take up what was left lying in this worker's lanes."""
        now = self._now()
        if self._swept_at is None or now < self._swept_at:
            self._cut_leases(now)
        self._swept_at = now
        swept = defaultdict(list)
        for run in self._journal.sweep(self._runner.lanes, now=now):
            if self._runner.knows(run.handler):
                swept[run.lane].append(run.run_id)
        for lane, run_ids in swept.items():
            log.info("runs_swept", lane=lane, count=len(run_ids))
            self._runner.accept(lane, run_ids)

    def _cut_leases(self, now: datetime) -> None:
        """See that nothing stays a dead worker's for as long as the clock was set back."""
        for lane in self._runner.lanes:
            self._journal.cut_leases(lane, now + LEASES.get(lane, DEFAULT_LEASE))

    def _each_second(self, work: Callable[[], None]) -> None:
        while not self._stop.wait(SWEEP_SECONDS):
            try:
                work()
            except JournalUnavailable as error:
                log.warning("journal_unavailable", step=work.__name__, error=str(error))
            except Exception as error:  # noqa: BLE001 - the thread lives on
                log.error("sweeper_fault", step=work.__name__, trace=trace(error))  # noqa: TRY400 - without its text
