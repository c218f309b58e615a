"""Answers callbacks while WeCom waits: in time, or not at all (被动回复, doc 90238)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

import structlog

from errors import WeComError
from events import Event
from handlers.context import Context
from handlers.replies import replies_to
from handlers.router import ReplyRoute, Router

log = structlog.get_logger(__name__)

_MOST_REMEMBERED = 512
_LARGEST_REMEMBERED_BYTES = 262_144

MakeContext = Callable[[str, str, str], Context]


@dataclass(eq=False)
class _Job:
    """One event being answered, or answered."""

    future: Future[bytes | None]
    late: bool = False


class Answers:
    """Calls the function registered for an event, for at most so many seconds.

    make_context: builds what it gets, given the names of the app and of the function, and the
    corp the event is of. One that takes longer goes on, and what it returns then is dropped. WeCom
    repeats a callback whose answer it did not get; a repeated one gets the same reply, as long as
    it is remembered.
    """

    def __init__(
        self,
        router: Router,
        make_context: MakeContext,
        *,
        threads: int,
        seconds: float,
        now: Callable[[], datetime],
    ) -> None:
        self._router = router
        self._make_context = make_context
        self._threads = threads
        self._seconds = seconds
        self._now = now
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reply")
        self._lock = threading.Lock()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._busy = 0

    def __call__(self, event: Event, app: str, key: str) -> bytes | None:
        """Return the plaintext of the reply, None for the empty answer.

        key: the same for the repetitions of one event.
        """
        route = self._router.reply_to(type(event))
        if route is None:
            return None
        job = self._job(route, event, app, key)
        if job is None:
            log.warning("reply_skipped", handler=route.name, app=app, hint="all threads are busy")
            return None
        wait([job.future], self._seconds)
        if not job.future.done() and self._give_up(job):
            log.warning("reply_late", handler=route.name, app=app, hint="WeCom got no reply")
        return _result(job.future)

    def close(self) -> None:
        """Take no more; what is running is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _job(self, route: ReplyRoute, event: Event, app: str, key: str) -> _Job | None:
        """Return the job of an event, begun now or before; None when no thread is free for it.

        A request thread waits for each job, and there are as many of both: all are busy only when
        late ones hold them.
        """
        with self._lock:
            if job := self._jobs.get(key):
                self._jobs.move_to_end(key)
                return job
            if self._busy >= self._threads:
                return None
            self._busy += 1
            job = _Job(self._pool.submit(self._answer, route, event, app))
            self._jobs[key] = job
            while len(self._jobs) > _MOST_REMEMBERED:
                self._jobs.popitem(last=False)
        job.future.add_done_callback(lambda _: self._finish(job, route, app, key))
        return job

    def _answer(self, route: ReplyRoute, event: Event, app: str) -> bytes | None:
        reply = route.answer(event, self._make_context(app, route.name, event.corpid))
        if reply is None:
            return None
        kinds = replies_to(type(event))
        if not isinstance(reply, kinds):
            allowed = ", ".join(kind.__name__ for kind in kinds)
            raise _WrongReply(f"{event.name} takes {allowed}, not {type(reply).__name__}")
        return reply.write(event, self._now())

    def _give_up(self, job: _Job) -> bool:
        """Wait no longer; True for the first who does."""
        job.future.cancel()  # it may not have begun
        with self._lock:
            first = not job.late
            job.late = True
        return first

    def _finish(self, job: _Job, route: ReplyRoute, app: str, key: str) -> None:
        result = _result(job.future)
        forget = _failed(job.future) or len(result or b"") > _LARGEST_REMEMBERED_BYTES
        with self._lock:
            self._busy -= 1
            late = job.late
            if forget:  # a repetition is answered anew
                self._jobs.pop(key, None)
        if _failed(job.future) and not job.future.cancelled():
            log.error("reply_failed", handler=route.name, app=app, **_fault(job.future.exception()))
        elif late and result is not None:
            log.warning("reply_dropped", handler=route.name, app=app)


class _WrongReply(WeComError):
    """A reply of a kind that does not answer this event."""


def _failed(future: Future[bytes | None]) -> bool:
    return future.cancelled() or future.exception() is not None


def _result(future: Future[bytes | None]) -> bytes | None:
    return future.result() if future.done() and not _failed(future) else None


def _fault(error: BaseException | None) -> dict[str, str]:
    """Tell the type alone of a foreign exception: its text may hold anything."""
    told = f"{type(error).__name__}: {error}" if isinstance(error, WeComError) else ""
    return {"error": told or type(error).__name__}
