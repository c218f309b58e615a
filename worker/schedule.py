"""Does what is due every so often, once over all processes: the duties of the router."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from errors import JournalUnavailable, WeComError
from handlers import Context, Duty, Router
from journal import DutyClaim, DutyEnd, DutyKey, Journal
from worker.trace import trace

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=20)

_TICK_SECONDS = 0.5
_MOST_AT_ONCE = 4
_LONGEST_SLEEP = timedelta(seconds=30)  # what another process changed is seen by then
_STOP_SECONDS = 10.0


class DutyContexts(Protocol):
    """Knows for whom duties are done, and builds what a duty gets."""

    def duty_targets(self) -> Iterable[tuple[str, str]]:
        """Return (app, corpid) of every app that has a secret; of a suite, of each corp."""
        ...

    def for_duty(self, app: str, corpid: str, duty: str) -> Context:
        """Return the context of one turn."""
        ...


@dataclass(eq=False)
class _Turn:
    """A turn under way in this process."""

    key: DutyKey
    number: int
    duty: Duty
    started_at: datetime
    renewed_at: datetime
    thread: threading.Thread | None = None


@dataclass(kw_only=True)
class Schedule:
    """Asks the journal for turns and takes those it gets, a few at a time.

    It asks for a duty only when it may be due, so a thousand duties cost no more than their turns.
    """

    journal: Journal
    router: Router
    lanes: tuple[str, ...]
    contexts: DutyContexts
    now: Callable[[], datetime]
    lease: timedelta = LEASE
    _ask_at: dict[DutyKey, datetime] = field(default_factory=dict)
    _turns: set[_Turn] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more turns; those under way get some seconds, then another worker has them."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        until = time.monotonic() + _STOP_SECONDS
        for turn in self._under_way():
            if turn.thread is not None:
                turn.thread.join(max(0.0, until - time.monotonic()))

    def tick(self) -> None:
        """Renew the leases of what is under way here, and take the turns that are due."""
        now = self.now()
        for turn in self._under_way():
            if not timedelta(0) <= now - turn.renewed_at < self.lease / 4:  # it may be set back
                self.journal.renew_duty(turn.key, turn.number, now + self.lease)
                turn.renewed_at = now
        for key, duty in self._due(now):
            if len(self._under_way()) >= _MOST_AT_ONCE:
                return
            self._ask(key, duty, now)

    def _run(self) -> None:
        while not self._stop.wait(_TICK_SECONDS):
            try:
                self.tick()
            except JournalUnavailable as error:
                log.warning("journal_unavailable", step="duties", error=str(error))
            except Exception as error:  # noqa: BLE001 - the thread lives on
                log.error("schedule_fault", trace=trace(error))  # noqa: TRY400 - without its text

    def _due(self, now: datetime) -> list[tuple[DutyKey, Duty]]:
        duties = [duty for duty in self.router.duties() if duty.lane in self.lanes]
        if not duties:
            return []
        wanted = [
            (DutyKey(app=app, corpid=corpid, name=duty.name), duty)
            for app, corpid in self.contexts.duty_targets()
            for duty in duties
        ]
        here = {turn.key for turn in self._under_way()}
        return [
            (key, duty)
            for key, duty in wanted
            if key not in here
            # A time that far ahead is of a clock that was set back since.
            and not now < self._ask_at.get(key, now) <= now + _LONGEST_SLEEP
        ]

    def _ask(self, key: DutyKey, duty: Duty, now: datetime) -> None:
        claim = DutyClaim(
            key=key,
            now=now,
            lease=self.lease,
            interval=duty.interval,
            first_due=now if duty.at_start else now + duty.interval,
        )
        got = self.journal.claim_duty(claim)
        self._ask_at[key] = min(got.look_again_at, now + _LONGEST_SLEEP)
        if got.turn is None:
            return
        turn = _Turn(key=key, number=got.turn, duty=duty, started_at=now, renewed_at=now)
        # A thread of its own, and one that does not hold up the end of the process.
        turn.thread = threading.Thread(
            target=self._take, args=(turn,), name=f"duty-{duty.name}", daemon=True
        )
        with self._lock:
            self._turns.add(turn)
        try:
            turn.thread.start()
        except RuntimeError:  # the system has no thread left: the lease ends, and is asked for anew
            with self._lock:
                self._turns.discard(turn)
            raise

    def _take(self, turn: _Turn) -> None:
        structlog.contextvars.bind_contextvars(
            app=turn.key.app, corpid=turn.key.corpid, duty=turn.key.name
        )
        try:
            self._finish(turn, *self._do(turn))
        except JournalUnavailable as error:
            # Its lease ends; the duty is done again, here or elsewhere.
            log.warning("journal_unavailable", step="duties", error=str(error))
        finally:
            with self._lock:
                self._turns.discard(turn)
            structlog.contextvars.clear_contextvars()

    def _do(self, turn: _Turn) -> tuple[str, str | None]:
        """Return outcome and error."""
        try:
            context = self.contexts.for_duty(turn.key.app, turn.key.corpid, turn.key.name)
            turn.duty.do(context)
        except BaseException as error:  # noqa: BLE001 - answers for any duty, sys.exit() included
            sentence = _sentence(error)
            bug = {} if isinstance(error, WeComError) else {"trace": trace(error)}
            log.error("duty_failed", error=sentence, **bug)  # noqa: TRY400 - without its text
            return "failed", sentence
        return context.conclusion or "done", None

    def _finish(self, turn: _Turn, outcome: str, error: str | None) -> None:
        finished_at = self.now()
        due_at = turn.started_at + turn.duty.interval
        written = self.journal.finish_duty(
            DutyEnd(
                key=turn.key,
                turn=turn.number,
                finished_at=finished_at,
                due_at=max(due_at, finished_at),
                outcome=outcome,
                error=error,
            )
        )
        milliseconds = round((finished_at - turn.started_at).total_seconds() * 1000)
        log.debug("duty_ended", outcome=outcome, ms=milliseconds, taken_over=not written)

    def _under_way(self) -> list[_Turn]:
        with self._lock:
            return list(self._turns)


def _sentence(error: BaseException) -> str:
    """Say what went wrong; a foreign exception's text may hold anything, so only its type."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, WeComError) else name
