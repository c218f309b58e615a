"""Tells the journal every few seconds that this process is alive."""

from __future__ import annotations

import os
import socket
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from importlib import metadata

import structlog

from errors import JournalUnavailable
from journal import Journal, Node
from worker.trace import trace

log = structlog.get_logger(__name__)

BEAT_SECONDS = 10.0


class Heartbeat:
    """One row in the journal for as long as the process lives.

    role: web or worker. lanes: of a worker.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        role: str,
        lanes: Sequence[str] = (),
        now: Callable[[], datetime],
    ) -> None:
        self._journal = journal
        self._now = now
        started_at = now()
        self._node = Node(
            id=uuid.uuid4().hex,
            name=f"{socket.gethostname()}:{os.getpid()}",
            role=role,
            lanes=tuple(lanes),
            started_at=started_at,
            seen_at=started_at,
            version=metadata.version("wecom-callback"),
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin, with a first beat at once."""
        self._thread.start()

    def stop(self) -> None:
        """Take this process off the list; one that was killed stays and grows old."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._tell(lambda: self._journal.beat(replace(self._node, seen_at=self._now())))
            if self._stop.wait(BEAT_SECONDS):
                break
        self._tell(lambda: self._journal.leave(self._node.id))

    def _tell(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except JournalUnavailable as error:
            log.warning("journal_unavailable", step="heartbeat", error=str(error))
        except Exception as error:  # noqa: BLE001 - the thread lives on
            log.error("heartbeat_fault", trace=trace(error))  # noqa: TRY400 - without its text
