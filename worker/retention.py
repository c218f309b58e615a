"""Deletes what is older than the operator wants to keep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from errors import JournalUnavailable
from journal import Journal

log = structlog.get_logger(__name__)

_EACH_SECONDS = 3600.0


class Retention:
    """Each hour, purge what is older than it is kept; several processes may do it at once.

    keep: how long closed deliveries stay. keep_audit: the console's record of who did what.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        keep: timedelta,
        keep_audit: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._keep = keep
        self._keep_audit = keep_audit
        self._now = now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention", daemon=True)

    def start(self) -> None:
        """Begin, with a first purge at once."""
        self._thread.start()

    def stop(self) -> None:
        """End after the purge under way."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                gone = self._journal.purge(self._now() - self._keep)
                deeds = self._journal.purge_deeds(self._now() - self._keep_audit)
            except JournalUnavailable as error:
                log.warning("journal_unavailable", step="purge", error=str(error))
            else:
                log.info("journal_purged", deliveries=gone, deeds=deeds)
            if self._stop.wait(_EACH_SECONDS):
                return
