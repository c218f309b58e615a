"""Hands run ids to the broker, after the commit and off the request thread."""

from __future__ import annotations

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from errors import JournalUnavailable
from journal import Journal, PublishableRun
from worker.trace import trace

log = structlog.get_logger(__name__)

_MOST_IN_ONE_MESSAGE = 100
# The more came at once, the longer the next message waits for more; at rest nothing waits.
_PAUSE_SECONDS_EACH = 0.002
_LONGEST_PAUSE_SECONDS = 0.04


class Publisher:
    """One thread that publishes what has gathered, in one message a handler.

    Publishing costs by the message, not by the run id: at rest a message holds one id, under load
    a few dozen. When the broker is down the runs stay where they are safe, in the journal, and are
    handed back to the sweepers.
    """

    def __init__(self, celery: Celery, journal: Journal) -> None:
        self._celery = celery
        self._journal = journal
        self._queue: queue.SimpleQueue[tuple[PublishableRun, ...] | None] = queue.SimpleQueue()
        self._broker_is_up = True
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()

    def publish(self, runs: Sequence[PublishableRun]) -> None:
        """Queue runs for publishing and return at once."""
        if runs:
            self._queue.put(tuple(runs))

    def close(self) -> None:
        """Publish what is queued and stop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            runs, stop = self._gather(first)
            self._publish_safely(runs)
            if stop:
                return
            time.sleep(min(_LONGEST_PAUSE_SECONDS, _PAUSE_SECONDS_EACH * len(runs)))

    def _gather(self, first: Sequence[PublishableRun]) -> tuple[list[PublishableRun], bool]:
        gathered = list(first)
        while not self._queue.empty():
            more = self._queue.get()
            if more is None:
                return gathered, True
            gathered.extend(more)
        return gathered, False

    def _publish_safely(self, runs: Iterable[PublishableRun]) -> None:
        try:
            self._publish(runs)
        except Exception as error:  # noqa: BLE001 - the thread lives on, the sweepers take the runs up
            log.error("publisher_fault", trace=trace(error))  # noqa: TRY400 - without its text

    def _publish(self, runs: Iterable[PublishableRun]) -> None:
        messages = _messages(runs)
        for handler, lane, message in messages:
            if not self._send(handler, lane, message):
                self._release([*message, *(run for *_, others in messages for run in others)])

    def _send(self, handler: str, lane: str, runs: Sequence[PublishableRun]) -> bool:
        """Send one message now; False when the broker cannot be reached."""
        try:
            self._celery.send_task(
                handler,
                args=([run.run_id for run in runs],),
                queue=lane,
                retry=False,
                ignore_result=True,
            )
        except (OperationalError, OSError) as error:
            self._note(up=False, error=error)
            return False
        self._note(up=True)
        return True

    def _release(self, runs: Iterable[PublishableRun]) -> None:
        """Leave them to the sweepers at once; if that fails too, they take them a little later."""
        with suppress(JournalUnavailable):
            self._journal.release(run.run_id for run in runs)

    def _note(self, *, up: bool, error: Exception | None = None) -> None:
        """Log that the broker went or came back, once each."""
        if up == self._broker_is_up:
            return
        self._broker_is_up = up
        if up:
            log.info("broker_back")
        else:
            log.warning("broker_unreachable", error=type(error).__name__)


def _messages(
    runs: Iterable[PublishableRun],
) -> Iterator[tuple[str, str, Sequence[PublishableRun]]]:
    """Put the runs of one handler together, the urgent ones first."""
    by_handler: dict[tuple[str, str], list[PublishableRun]] = defaultdict(list)
    for run in runs:
        by_handler[run.handler, run.lane].append(run)
    # `sorted` is stable and False comes before True.
    for (handler, lane), group in sorted(
        by_handler.items(), key=lambda item: item[0][1] != "urgent"
    ):
        for start in range(0, len(group), _MOST_IN_ONE_MESSAGE):
            yield handler, lane, group[start : start + _MOST_IN_ONE_MESSAGE]
