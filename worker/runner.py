"""Executes runs: claim, call the handler, write down what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

import events
from errors import (
    APIError,
    APIUnreachable,
    CorpNotAuthorised,
    DeadlinePassed,
    HandlerRetry,
    JournalUnavailable,
    WeComError,
)
from events import Event
from handlers import Context, Router
from journal import ClaimedRun, Conclusion, Journal, RunStatus
from wecom import Call
from worker.pace import Pace
from worker.retry import delay_after
from worker.trace import trace

log = structlog.get_logger(__name__)

# A claimed run belongs to its worker this long without a sign of life.
LEASES = {"urgent": timedelta(seconds=4)}
DEFAULT_LEASE = timedelta(seconds=15)

_CONCLUDE_PATIENCE_SECONDS = 60.0
_TIMER_MARGIN_SECONDS = 0.01  # two clocks: the timer's and the one that `due_at` is written in

Observe = Callable[[ClaimedRun, Conclusion], None]
MakeContext = Callable[[ClaimedRun, Event, Callable[[Call], None]], Context]


@dataclass(kw_only=True)
class _Lane:
    """The threads of one lane; what is queued here is not claimed yet."""

    pool: ThreadPoolExecutor
    queued: set[int] = field(default_factory=set)


class Runner:
    """The executing half of a worker: a thread pool a lane, so that none can starve another.

    make_context: builds what a handler gets, given the run, its event and who to tell of API calls.
    observe: told of every attempt that ended.
    """

    def __init__(
        self,
        journal: Journal,
        router: Router,
        *,
        threads: dict[str, int],
        make_context: MakeContext,
        now: Callable[[], datetime],
        observe: Observe = lambda _run, _conclusion: None,
    ) -> None:
        self._observe = observe
        self._journal = journal
        self._router = router
        self._make_context = make_context
        self._now = now
        self._lock = threading.Lock()
        self._stopping = False
        self._running: dict[int, ClaimedRun] = {}
        self._timers: set[threading.Timer] = set()
        self._pace = Pace()
        self._lanes = {
            lane: _Lane(pool=ThreadPoolExecutor(count, thread_name_prefix=lane))
            for lane, count in threads.items()
        }

    @property
    def lanes(self) -> tuple[str, ...]:
        """The lanes this worker has threads for."""
        return tuple(self._lanes)

    def knows(self, handler: str) -> bool:
        """Whether this worker has the handler; during an upgrade an old one lacks the new."""
        return handler in self._router

    def running(self) -> list[ClaimedRun]:
        """Return the runs being executed now."""
        with self._lock:
            return list(self._running.values())

    def accept(self, lane: str, run_ids: Iterable[int]) -> None:
        """Queue runs for execution; what is queued or running here already is left out."""
        queue = self._lanes[lane]
        with self._lock:
            if self._stopping:
                return
            fresh = [
                run_id
                for run_id in run_ids
                if run_id not in queue.queued and run_id not in self._running
            ]
            queue.queued.update(fresh)
            for run_id in fresh:
                with suppress(RuntimeError):  # the system has no thread left: those there take it
                    queue.pool.submit(self._run, lane, run_id)

    def stop(self) -> None:
        """Finish what is running, and hand back what has not begun."""
        with self._lock:
            self._stopping = True
            for timer in self._timers:
                timer.cancel()
        for lane in self._lanes.values():
            lane.pool.shutdown(wait=True, cancel_futures=True)
        left = [run_id for lane in self._lanes.values() for run_id in lane.queued]
        if left:
            with suppress(JournalUnavailable):
                self._journal.release(left)

    def _run(self, lane: str, run_id: int) -> None:
        try:
            claimed = self._claim(lane, run_id)
            if claimed is not None:
                self._execute(claimed)
        except JournalUnavailable as error:
            # The sweeper brings the run back when the journal is there again.
            log.warning("journal_unavailable", run_id=run_id, error=str(error))
        except Exception as error:  # noqa: BLE001 - the thread lives on, the sweeper brings the run back
            log.error("worker_fault", run_id=run_id, trace=trace(error))  # noqa: TRY400 - without its text
        finally:
            with self._lock:
                self._lanes[lane].queued.discard(run_id)
                self._running.pop(run_id, None)

    def _claim(self, lane: str, run_id: int) -> ClaimedRun | None:
        claimed = self._journal.claim(
            run_id, now=self._now(), lease=LEASES.get(lane, DEFAULT_LEASE)
        )
        if claimed is not None:
            with self._lock:
                self._running[run_id] = claimed
        return claimed

    def _execute(self, run: ClaimedRun) -> None:
        structlog.contextvars.bind_contextvars(
            delivery_id=run.delivery_id, handler=run.handler, attempt=run.attempt
        )
        try:
            conclusion = self._attempt(run)
            self._conclude(conclusion)
            self._observe(run, conclusion)
        finally:
            structlog.contextvars.clear_contextvars()
        if conclusion.status == "retry" and conclusion.due_at is not None:
            self._again_at(run, conclusion.due_at)

    def _attempt(self, run: ClaimedRun) -> Conclusion:
        started_at = self._now()
        calls: list[Call] = []
        context: Context | None = None
        error: BaseException | None = None
        try:
            self._require_time(run)
            event = events.parse(self._journal.opened(run.payload))
            context = self._make_context(run, event, calls.append)
            self._router[run.handler].handler(event, context)
        except BaseException as raised:  # noqa: BLE001 - answers for any handler, sys.exit() included
            error = raised
        conclusion = self._judge(
            run, error, started_at, word=context.conclusion if context else None, calls=calls
        )
        if run.deadline_at is not None and calls:
            took = conclusion.finished_at - started_at
            self._pace.note(run.handler, took, cut_off=conclusion.status == "expired")
        _report(run, conclusion, error)
        return conclusion

    def _require_time(self, run: ClaimedRun) -> None:
        """Raise DeadlinePassed where a first attempt would be cut off: others have a chance yet."""
        if run.deadline_at is None or run.attempt > 1:
            return
        needed = self._pace.needed(run.handler)
        if needed and run.deadline_at - self._now() < needed:
            raise DeadlinePassed

    def _judge(
        self,
        run: ClaimedRun,
        error: BaseException | None,
        started_at: datetime,
        *,
        word: str | None,
        calls: list[Call],
    ) -> Conclusion:
        finished_at = self._now()
        due_at: datetime | None = None
        status: RunStatus = "done"
        if isinstance(error, CorpNotAuthorised):
            word = "not_authorised"
            error = error if error.retryable else None  # the corp left: nothing is left to do
        unanswered = isinstance(error, APIUnreachable) and error.sent
        if error is not None:
            delay = delay_after(error, attempt=run.attempt, urgent=run.deadline_at is not None)
            due_at = finished_at + delay if delay is not None else None
            late = isinstance(error, DeadlinePassed) or (
                due_at is not None and run.deadline_at is not None and due_at >= run.deadline_at
            )
            broken = not isinstance(error, WeComError)
            if due_at is not None and not late:
                status = "retry"
            else:
                status = "expired" if late and not broken else "failed"
            word = word or _word_for_an_end(unanswered=unanswered or run.outcome_unknown, late=late)
        return Conclusion(
            run_id=run.run_id,
            attempt=run.attempt,
            status=status,
            started_at=started_at,
            finished_at=finished_at,
            due_at=due_at if status == "retry" else None,
            result=word,
            errcode=error.errcode if isinstance(error, APIError) else None,
            error=_sentence(error),
            outcome_unknown=unanswered,
            calls=tuple(
                (call.endpoint, round(call.milliseconds, 1), call.errcode) for call in calls
            ),
        )

    def _conclude(self, conclusion: Conclusion) -> None:
        """Write it down, patiently: the handler has acted, and the journal must know."""
        give_up = time.monotonic() + _CONCLUDE_PATIENCE_SECONDS
        while True:
            try:
                self._journal.conclude(conclusion)
            except JournalUnavailable:
                if self._stopping or time.monotonic() > give_up:
                    raise
                time.sleep(0.5)
            else:
                return

    def _again_at(self, run: ClaimedRun, due_at: datetime) -> None:
        """Be on time for a retry that is near; the sweeper takes care of the rest."""
        seconds = (due_at - self._now()).total_seconds()
        if seconds > DEFAULT_LEASE.total_seconds():
            return

        def again() -> None:
            with self._lock:
                self._timers.discard(timer)
            self.accept(run.lane, [run.run_id])

        timer = threading.Timer(max(seconds, 0) + _TIMER_MARGIN_SECONDS, again)
        timer.daemon = True
        with self._lock:
            if self._stopping:
                return
            self._timers.add(timer)
            timer.start()


def _word_for_an_end(*, unanswered: bool, late: bool) -> str | None:
    """Name an end that the handler could not name itself."""
    if unanswered:
        return "unanswered"
    return "too_late" if late else None


def _sentence(error: BaseException | None) -> str | None:
    """Say what went wrong; a foreign exception's text may hold anything, so only its type."""
    if error is None:
        return None
    if isinstance(error, WeComError):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__


def _report(run: ClaimedRun, conclusion: Conclusion, error: BaseException | None) -> None:
    facts = {
        "result": conclusion.result,
        "errcode": conclusion.errcode,
        "ms": round((conclusion.finished_at - conclusion.started_at).total_seconds() * 1000),
    }
    if conclusion.status == "done":
        log.info("run_done", run_id=run.run_id, **facts)
    elif conclusion.status == "retry":
        # A handler that asks for it waits for something, which is no fault.
        say = log.info if isinstance(error, HandlerRetry) else log.warning
        say("run_retry", run_id=run.run_id, error=conclusion.error, **facts)
    else:
        bug = error if error is not None and not isinstance(error, WeComError) else None
        log.error(
            "run_given_up",
            run_id=run.run_id,
            status=conclusion.status,
            error=conclusion.error,
            **({"trace": trace(bug)} if bug else {}),
            **facts,
        )
