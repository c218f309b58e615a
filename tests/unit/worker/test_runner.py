"""What becomes of a run: claimed once, judged by how its handler ended, written down."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from handler_context import Stage
from journal_in_memory import JournalInMemory

import errors
from events import Event
from factories import an_external_contact_added
from handlers import Context, Router
from journal import ClaimedRun, Conclusion
from language import Text
from wecom import Call
from wecom.external_contact import send_welcome_msg
from worker import Runner
from worker import runner as runner_module
from worker.pace import Pace

EVENT = an_external_contact_added(welcome_code="SECRET_CODE")


def _no_thread(_pool: object) -> None:
    raise RuntimeError("can't start new thread")


def now() -> datetime:
    return datetime.now(UTC)


class Work:
    """A runner over a journal in memory; `handler` registers what its runs execute."""

    def __init__(self, threads: dict[str, int]) -> None:
        self.journal = JournalInMemory()
        self.router = Router()
        self.stage = Stage()
        self.contexts: list[ClaimedRun] = []
        self.runner = Runner(
            self.journal,  # type: ignore[arg-type]  # as much of it as a runner needs
            self.router,
            threads=threads,
            make_context=self.make_context,
            now=now,
        )

    def make_context(
        self, run: ClaimedRun, _event: Event, observe: Callable[[Call], None]
    ) -> Context:
        self.contexts.append(run)
        context = self.stage.context(attempt=run.attempt, outcome_unknown=run.outcome_unknown)
        return replace(context, api=context.api.bound(observe=observe))

    def handler(self, handler: Callable[[Event, Context], None], name: str = "h") -> None:
        self.router.on(Event, name=name)(handler)

    def raising(self, *raised: Exception | None) -> None:
        """Let the handler end so, the last one again and again."""
        left = list(raised)

        def end(_event: Event, _ctx: Context) -> None:
            error = left.pop(0) if len(left) > 1 else left[0]
            if error is not None:
                raise error

        self.handler(end)

    def blocking(self, name: str = "h") -> tuple[threading.Event, threading.Event]:
        """Register a handler that tells when it has begun and waits until it may go on."""
        begun, go_on = threading.Event(), threading.Event()

        def block(_event: Event, _ctx: Context) -> None:
            begun.set()
            go_on.wait(10)

        self.handler(block, name)
        return begun, go_on

    def conclusion(
        self,
        *,
        handler: str = "h",
        lane: str = "default",
        attempt: int = 1,
        deadline_at: datetime | None = None,
        outcome_unknown: bool = False,
    ) -> Conclusion:
        """Execute one run and return how its first attempt ended."""
        run_id = self.journal.add(
            EVENT,
            handler,
            lane=lane,
            attempt=attempt,
            deadline_at=deadline_at,
            outcome_unknown=outcome_unknown,
        )
        self.runner.accept(lane, [run_id])
        return self.journal.wait(1)[0]


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work({"urgent": 2, "default": 2, "bulk": 1})
    yield work
    work.runner.stop()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


def test_a_handler_gets_the_event_and_its_run_is_done(work: Work) -> None:
    got: list[Event] = []

    def handle(event: Event, ctx: Context) -> None:
        got.append(event)
        ctx.conclude("sent")

    work.handler(handle)

    conclusion = work.conclusion(attempt=3)

    assert got == [EVENT]
    assert (conclusion.status, conclusion.result, conclusion.attempt) == ("done", "sent", 3)
    assert (conclusion.error, conclusion.errcode, conclusion.due_at) == (None, None, None)
    assert not conclusion.outcome_unknown
    assert conclusion.started_at <= conclusion.finished_at


def test_a_handler_need_not_say_how_it_ended(work: Work) -> None:
    work.raising(None)

    assert work.conclusion().result is None


def test_a_handler_learns_of_earlier_attempts(work: Work) -> None:
    seen: list[tuple[int, bool]] = []
    work.handler(lambda _event, ctx: seen.append((ctx.attempt, ctx.outcome_unknown)))

    work.conclusion(attempt=2, outcome_unknown=True)

    assert seen == [(2, True)]


def test_writes_down_every_api_call(work: Work) -> None:
    work.handler(lambda _event, ctx: send_welcome_msg(ctx.api, "C", text="x"))

    conclusion = work.conclusion()

    assert [(endpoint, errcode) for endpoint, _, errcode in conclusion.calls] == [
        ("gettoken", 0),
        ("externalcontact/send_welcome_msg", 0),
    ]
    assert all(milliseconds >= 0 for _, milliseconds, _ in conclusion.calls)


def test_a_run_is_executed_once_however_often_it_is_told(work: Work) -> None:
    _, go_on = work.blocking()
    run_id = work.journal.add(EVENT, "h")

    work.runner.accept("default", [run_id, run_id])
    work.runner.accept("default", [run_id])
    go_on.set()
    work.journal.wait(1)
    work.runner.accept("default", [run_id])
    work.runner.stop()

    assert len(work.journal.conclusions) == 1


def test_a_run_that_another_has_is_let_go(work: Work) -> None:
    work.raising(None)

    work.runner.accept("default", [4711])
    work.runner.stop()

    assert work.journal.conclusions == []
    assert work.contexts == []


@pytest.mark.parametrize(("lane", "lease"), [("urgent", 4), ("default", 15), ("bulk", 15)])
def test_each_lane_has_its_lease(work: Work, lane: str, lease: int) -> None:
    work.raising(None)

    conclusion = work.conclusion(lane=lane)

    assert work.journal.leases == {conclusion.run_id: timedelta(seconds=lease)}


def test_a_passing_fault_is_tried_again_by_a_timer(work: Work) -> None:
    work.raising(errors.HandlerRetry("not yet", after=timedelta(milliseconds=30)), None)
    work.conclusion()

    first, second = work.journal.wait(2)

    assert (first.status, second.status) == ("retry", "done")
    assert (first.attempt, second.attempt) == (1, 2)
    assert first.due_at is not None
    assert second.started_at >= first.due_at
    assert first.error == "HandlerRetry: not yet"


@pytest.mark.parametrize(
    ("error", "level"),
    [(errors.HandlerRetry("not yet"), "info"), (errors.SystemBusy(-1), "warning")],
)
def test_waiting_on_request_is_no_fault_in_the_log(
    work: Work, logged: list[Any], error: Exception, level: str
) -> None:
    work.raising(error)

    work.conclusion()

    assert [each["log_level"] for each in logged if each["event"] == "run_retry"] == [level]


def test_a_retry_far_ahead_is_left_to_the_sweeper(work: Work) -> None:
    work.raising(errors.HandlerRetry(after=timedelta(hours=1)))

    conclusion = work.conclusion()

    assert conclusion.status == "retry"
    assert work.runner._timers == set()


@pytest.mark.parametrize(
    ("error", "errcode", "sentence"),
    [
        (
            errors.APIError(48002, "api forbidden", endpoint="x/y"),
            48002,
            "APIError: x/y: errcode 48002 api forbidden",
        ),
        (errors.WelcomeCodeInvalid(41050), 41050, "WelcomeCodeInvalid: API call: errcode 41050"),
        (
            errors.ConfigurationError(Text.same("there is no app")),
            None,
            "ConfigurationError: there is no app",
        ),
        (
            errors.ArgumentRejected("text", "must not be empty"),
            None,
            "ArgumentRejected: text: must not be empty",
        ),
    ],
)
def test_a_final_fault_fails_with_its_code_and_sentence(
    work: Work, error: Exception, errcode: int | None, sentence: str
) -> None:
    work.raising(error)

    conclusion = work.conclusion()

    assert (conclusion.status, conclusion.errcode, conclusion.error) == (
        "failed",
        errcode,
        sentence,
    )


def test_a_bug_is_tried_a_few_times_and_its_text_goes_nowhere(
    work: Work, logged: list[Any]
) -> None:
    work.raising(RuntimeError("password of Zhang San"))

    for attempt, status in ((1, "retry"), (3, "retry"), (4, "failed")):
        work.journal.conclusions.clear()
        conclusion = work.conclusion(attempt=attempt)
        assert (conclusion.status, conclusion.error) == (status, "RuntimeError")

    work.runner.stop()
    given_up = next(entry for entry in logged if entry["event"] == "run_given_up")
    assert "raise error" in given_up["trace"]
    assert "Zhang San" not in str(logged) + str(work.journal.conclusions)


def test_the_fields_of_a_foreign_exception_are_not_taken_for_ours(work: Work) -> None:
    class Foreign(Exception):
        errcode = "not a number"
        sent = True

    work.raising(Foreign())

    conclusion = work.conclusion()

    assert (conclusion.errcode, conclusion.outcome_unknown) == (None, False)


def test_a_handler_that_calls_exit_fails_like_any_other(work: Work) -> None:
    def leave(_event: Event, _ctx: Context) -> None:
        raise SystemExit(1)

    work.handler(leave)

    conclusion = work.conclusion(attempt=4)

    assert (conclusion.status, conclusion.error) == ("failed", "SystemExit")


def test_a_bug_in_an_urgent_handler_fails_it_does_not_expire(work: Work) -> None:
    work.raising(RuntimeError())

    conclusion = work.conclusion(deadline_at=now() + timedelta(milliseconds=100))

    assert conclusion.status == "failed"


def test_a_handler_that_is_gone_is_a_bug(work: Work) -> None:
    conclusion = work.conclusion(handler="of_yesterday")

    assert (conclusion.status, conclusion.error) == ("retry", "KeyError")


def test_a_context_that_cannot_be_made_fails_the_run(work: Work) -> None:
    def refuse(*_: object) -> Context:
        raise errors.ConfigurationError(Text.same("it is wrong"))

    work.runner._make_context = refuse
    work.raising(None)

    assert work.conclusion().status == "failed"


def test_a_run_of_an_unknown_app_is_left_for_a_worker_that_knows_it(work: Work) -> None:
    def refuse(*_: object) -> Context:
        raise errors.AppUnknown

    work.runner._make_context = refuse
    work.raising(None)

    assert work.conclusion().status == "retry"


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (errors.APIUnreachable(sent=True), True),
        (errors.APIUnreachable(sent=False), False),
        (errors.APIPaused(), False),
        (errors.SystemBusy(-1), False),
        (errors.DeadlinePassed(), False),
        (TimeoutError(), False),
    ],
)
def test_the_outcome_is_unknown_only_when_a_request_may_have_arrived(
    work: Work, error: Exception, *, unknown: bool
) -> None:
    work.raising(error)

    assert work.conclusion().outcome_unknown is unknown


def test_an_urgent_run_expires_when_the_next_attempt_would_be_too_late(work: Work) -> None:
    work.raising(errors.SystemBusy(-1))

    conclusion = work.conclusion(lane="urgent", deadline_at=now() + timedelta(milliseconds=100))

    assert (conclusion.status, conclusion.result, conclusion.due_at) == (
        "expired",
        "too_late",
        None,
    )


def test_a_first_attempt_that_would_be_cut_off_is_left_out_for_those_that_have_time(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "needed", lambda _pace, _handler: timedelta(minutes=1))
    work.raising(None)
    soon, later = now() + timedelta(seconds=30), now() + timedelta(minutes=30)

    left_out = work.conclusion(lane="urgent", deadline_at=soon)
    assert (left_out.status, left_out.result, left_out.calls) == ("expired", "too_late", ())
    assert work.contexts == []

    for deadline_at, attempt in ((later, 1), (soon, 2)):
        run_id = work.journal.add(
            EVENT, "h", lane="urgent", deadline_at=deadline_at, attempt=attempt
        )
        work.runner.accept("urgent", [run_id])
    assert [each.status for each in work.journal.wait(3)[1:]] == ["done", "done"]


def test_an_urgent_run_is_tried_again_while_there_is_time(work: Work) -> None:
    work.raising(errors.SystemBusy(-1), None)
    work.conclusion(lane="urgent", deadline_at=now() + timedelta(seconds=10))

    first, second = work.journal.wait(2)

    assert (first.status, second.status) == ("retry", "done")
    assert (second.started_at - first.finished_at).total_seconds() < 0.3 * 1.2 + 0.5


@pytest.mark.parametrize(
    ("error", "outcome_unknown", "word"),
    [
        (errors.DeadlinePassed(), False, "too_late"),
        (errors.DeadlinePassed(), True, "unanswered"),
        (errors.APIUnreachable(sent=True), False, "unanswered"),
        (errors.APIUnreachable(sent=False), False, "too_late"),
    ],
)
def test_an_expired_run_tells_whether_it_may_have_acted(
    work: Work, error: Exception, word: str, *, outcome_unknown: bool
) -> None:
    work.raising(error)

    conclusion = work.conclusion(lane="urgent", deadline_at=now(), outcome_unknown=outcome_unknown)

    assert (conclusion.status, conclusion.result) == ("expired", word)


def test_the_handlers_own_word_wins(work: Work) -> None:
    def busy(_event: Event, ctx: Context) -> None:
        ctx.conclude("used_by_another_app")
        raise errors.WelcomeBeingSent(41096)

    work.handler(busy)

    conclusion = work.conclusion(lane="urgent", deadline_at=now())

    assert (conclusion.status, conclusion.result) == ("expired", "used_by_another_app")


def test_concludes_when_the_journal_is_back(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []
    monkeypatch.setattr(time, "sleep", naps.append)
    work.journal.refusals = 3
    work.raising(None)

    assert work.conclusion().status == "done"
    assert len(naps) == 3


def test_gives_a_conclusion_up_when_the_journal_stays_away(
    work: Work, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "_CONCLUDE_PATIENCE_SECONDS", -1.0)
    work.journal.refusals = 10
    work.raising(None)

    work.runner.accept("default", [work.journal.add(EVENT, "h")])
    work.runner.stop()

    assert work.journal.conclusions == []
    assert "journal_unavailable" in [entry["event"] for entry in logged]
    assert work.runner.running() == []


def test_a_fault_of_our_own_leaves_the_thread_alive(
    work: Work, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(conclusion: Conclusion) -> None:
        raise TypeError(EVENT.welcome_code)

    work.raising(None)
    with monkeypatch.context() as patch:
        patch.setattr(work.journal, "conclude", broken)
        work.runner.accept("bulk", [work.journal.add(EVENT, "h", lane="bulk")])
        while not any(entry["event"] == "worker_fault" for entry in logged):
            threading.Event().wait(0.005)

    assert work.conclusion(lane="bulk").status == "done"
    assert "SECRET_CODE" not in str(logged)


def test_runs_are_executed_when_the_system_has_no_thread_left(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = work.blocking()
    runs = [work.journal.add(EVENT, "h", lane="bulk") for _ in range(4)]
    work.runner.accept("urgent", [work.journal.add(EVENT, "h", lane="urgent")])
    work.runner.accept("bulk", runs[:1])
    begun.wait(10)

    with monkeypatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "_adjust_thread_count", _no_thread)
        work.runner.accept("bulk", runs[1:])
    go_on.set()

    assert len(work.journal.wait(5)) == 5


def test_a_full_lane_does_not_hold_another_up(work: Work) -> None:
    _, go_on = work.blocking("slow")
    work.raising(None)
    slow = [work.journal.add(EVENT, "slow", lane="bulk") for _ in range(20)]
    work.runner.accept("bulk", slow)

    assert work.conclusion(lane="urgent").status == "done"

    go_on.set()
    assert len(work.journal.wait(21)) == 21


def test_shows_what_is_running(work: Work) -> None:
    begun, go_on = work.blocking()
    run_id = work.journal.add(EVENT, "h")
    work.runner.accept("default", [run_id])

    assert begun.wait(10)
    assert [run.run_id for run in work.runner.running()] == [run_id]
    go_on.set()
    work.runner.stop()
    assert work.runner.running() == []


def test_a_stop_finishes_what_runs_and_hands_back_what_waits(work: Work) -> None:
    begun, go_on = work.blocking()
    first, *others = [work.journal.add(EVENT, "h", lane="bulk") for _ in range(4)]
    work.runner.accept("bulk", [first, *others])
    assert begun.wait(10)

    stopping = threading.Thread(target=work.runner.stop)
    stopping.start()
    go_on.set()
    stopping.join(10)

    assert [conclusion.run_id for conclusion in work.journal.conclusions] == [first]
    assert sorted(work.journal.released) == others


def test_a_stop_lets_retries_be(work: Work) -> None:
    work.raising(errors.HandlerRetry(after=timedelta(seconds=5)))
    work.conclusion()

    work.runner.stop()

    assert len(work.journal.conclusions) == 1
    assert work.journal.released == []


def test_takes_nothing_after_the_stop(work: Work) -> None:
    work.raising(None)
    work.runner.stop()

    work.runner.accept("default", [work.journal.add(EVENT, "h")])

    assert work.journal.conclusions == []


def test_a_retry_that_ends_during_the_stop_starts_no_timer(work: Work) -> None:
    begun = threading.Event()

    def retry(_event: Event, _ctx: Context) -> None:
        begun.set()
        while not work.runner._stopping:
            threading.Event().wait(0.005)
        raise errors.HandlerRetry(after=timedelta(seconds=1))

    work.handler(retry)
    work.runner.accept("default", [work.journal.add(EVENT, "h")])
    assert begun.wait(10)
    work.runner.stop()

    assert [conclusion.status for conclusion in work.journal.conclusions] == ["retry"]
    assert work.runner._timers == set()


def test_logs_identifiers_and_outcome(work: Work, logged: list[Any]) -> None:
    def sent(_event: Event, ctx: Context) -> None:
        ctx.conclude("sent")

    work.handler(sent)
    work.conclusion()
    work.runner.stop()

    (entry,) = [entry for entry in logged if entry["event"] == "run_done"]
    assert entry.keys() == {"event", "log_level", "run_id", "result", "errcode", "ms"}
    assert "SECRET_CODE" not in str(logged)


def test_tells_its_lanes(work: Work) -> None:
    assert work.runner.lanes == ("urgent", "default", "bulk")
