"""Duties are done once an interval, by one of all processes, whatever becomes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from handler_context import Stage

from errors import APIUnreachable, ConfigurationError
from handlers import Context, Router
from journal import DutyRecord, Journal
from worker.schedule import LEASE, Schedule

HOUR = timedelta(hours=1)


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Contexts:
    """Two apps with secrets, and what was asked for."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)
    targets: tuple[tuple[str, str], ...] = (("contacts", "ww1"),)

    def duty_targets(self) -> Iterable[tuple[str, str]]:
        return self.targets

    def for_duty(self, app: str, corpid: str, duty: str) -> Context:
        self.asked.append((app, corpid, duty))
        return Stage().context(app=app)


class Workers:
    """Several schedules over one journal, as in several processes, moved on by hand."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.clock = Clock()
        self.router = Router()
        self.contexts = Contexts()

    def worker(self, *lanes: str) -> Schedule:
        return Schedule(
            journal=self.journal,
            router=self.router,
            lanes=lanes or ("bulk",),
            contexts=self.contexts,
            now=self.clock,
        )

    def tick(self, *workers: Schedule) -> None:
        """Let each look once, and wait for what they begin."""
        for worker in workers:
            worker.tick()
        for worker in workers:
            for turn in worker._under_way():
                assert turn.thread is not None
                turn.thread.join(10)

    def record(self) -> DutyRecord:
        (record,) = self.journal.duties()
        return record


@pytest.fixture
def workers(journal: Journal) -> Workers:
    return Workers(journal)


def eventually(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


def nothing(ctx: Context) -> None:
    """Do nothing, well."""
    ctx.conclude("nothing")


def test_of_several_workers_one_does_it_each_interval(workers: Workers) -> None:
    workers.router.every(HOUR, at_start=True)(nothing)
    both = workers.worker(), workers.worker()

    for _ in range(4):
        workers.tick(*both)
        workers.clock.at += HOUR / 2

    assert len(workers.contexts.asked) == 2
    assert workers.record().last_outcome == "nothing"


def test_without_at_start_the_first_turn_comes_after_an_interval(workers: Workers) -> None:
    workers.router.every(HOUR)(nothing)
    worker = workers.worker()

    workers.tick(worker)
    assert workers.contexts.asked == []
    workers.clock.at += HOUR
    workers.tick(worker)

    assert len(workers.contexts.asked) == 1


def test_it_is_done_for_each_app_and_corp(workers: Workers) -> None:
    workers.contexts.targets = (("a", "ww1"), ("a", "ww2"), ("b", "ww1"))
    workers.router.every(HOUR, at_start=True, name="sync")(nothing)

    workers.tick(workers.worker())

    assert sorted(workers.contexts.asked) == [
        ("a", "ww1", "sync"),
        ("a", "ww2", "sync"),
        ("b", "ww1", "sync"),
    ]


def test_a_worker_does_only_what_is_in_its_lanes(workers: Workers) -> None:
    workers.router.every(HOUR, at_start=True, lane="default")(nothing)

    workers.tick(workers.worker("urgent", "bulk"))
    assert workers.contexts.asked == []
    workers.tick(workers.worker("default"))

    assert len(workers.contexts.asked) == 1


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (APIUnreachable("no answer"), "APIUnreachable: no answer"),
        (ValueError("a name that must not be told"), "ValueError"),
        (SystemExit(), "SystemExit"),
    ],
)
def test_a_failure_is_told_and_tried_again_at_the_next_turn(
    workers: Workers, logged: list[Any], error: BaseException, sentence: str
) -> None:
    errors: list[BaseException] = [error]

    def fail_once(ctx: Context) -> None:
        if errors:
            raise errors.pop()
        ctx.conclude("mended")

    workers.router.every(HOUR, at_start=True)(fail_once)
    worker = workers.worker()

    workers.tick(worker)
    failed = workers.record()
    workers.tick(worker)
    workers.clock.at += HOUR
    workers.tick(worker)

    assert (failed.last_outcome, failed.last_error) == ("failed", sentence)
    assert workers.record().last_outcome == "mended"
    assert [entry["error"] for entry in logged if entry["event"] == "duty_failed"] == [sentence]
    assert len(workers.contexts.asked) == 2


def test_a_turn_whose_worker_is_silent_is_taken_over(workers: Workers) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def block_at_first(_ctx: Context) -> None:
        if not begun.is_set():
            begun.set()
            go_on.wait(20)

    workers.router.every(HOUR, at_start=True)(block_at_first)
    silent, other = workers.worker(), workers.worker()
    silent.tick()
    assert begun.wait(20)

    workers.clock.at += LEASE + timedelta(seconds=1)
    workers.tick(other)
    assert len(workers.contexts.asked) == 2
    go_on.set()
    eventually(lambda: not silent._under_way())

    assert workers.record().turn == 2
    assert workers.record().last_outcome == "done"


def test_a_long_turn_is_left_to_who_is_at_it(workers: Workers) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def block(_ctx: Context) -> None:
        begun.set()
        go_on.wait(20)

    workers.router.every(HOUR, at_start=True)(block)
    busy, other = workers.worker(), workers.worker()
    busy.tick()
    assert begun.wait(20)

    for _ in range(5):
        workers.clock.at += LEASE / 2
        busy.tick()
        other.tick()
    go_on.set()
    eventually(lambda: not busy._under_way())

    assert len(workers.contexts.asked) == 1


def test_the_schedule_ticks_by_itself_and_stops(workers: Workers) -> None:
    workers.router.every(HOUR, at_start=True)(nothing)
    worker = workers.worker()

    worker.start()
    eventually(lambda: bool(workers.contexts.asked))
    worker.stop()

    assert workers.record().last_outcome == "nothing"


def test_a_turn_that_gets_no_thread_is_left_to_another_worker(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: object) -> None:
        raise RuntimeError("can't start new thread")

    workers.router.every(HOUR, at_start=True)(nothing)
    without, other = workers.worker(), workers.worker()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(RuntimeError):
            without.tick()

    workers.clock.at += LEASE + timedelta(seconds=1)
    without.tick()
    workers.tick(other)

    assert len(workers.contexts.asked) == 1


def test_a_schedule_outlives_a_journal_that_is_away(workers: Workers, logged: list[Any]) -> None:
    workers.router.every(HOUR, at_start=True)(nothing)
    workers.journal.close()
    worker = workers.worker()

    worker.start()
    eventually(lambda: any(entry["event"] == "journal_unavailable" for entry in logged))
    worker.stop()

    assert workers.contexts.asked == []


def test_two_duties_of_one_name_are_refused() -> None:
    router = Router()
    router.every(HOUR)(nothing)

    with pytest.raises(ConfigurationError, match="two duties are named"):
        router.every(HOUR)(nothing)


def test_an_interval_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="a second or more"):
        Router().every(timedelta(0))(nothing)


def test_routers_merge_their_duties() -> None:
    one, other = Router(), Router()
    one.every(HOUR)(nothing)
    other.every(HOUR, name="again")(nothing)

    merged = Router(one, other)

    assert [duty.name for duty in merged.duties()] == [f"{__name__}.nothing", "again"]


def test_duties_go_on_soon_after_the_clock_was_set_back(workers: Workers) -> None:
    workers.router.every(HOUR, at_start=True)(nothing)
    worker = workers.worker()
    workers.tick(worker)

    workers.clock.at -= 24 * HOUR
    workers.tick(worker)
    workers.clock.at += HOUR
    workers.tick(worker)

    assert len(workers.contexts.asked) == 2


def test_a_turn_under_way_is_kept_while_the_clock_is_set_back(workers: Workers) -> None:
    begun, go_on = threading.Event(), threading.Event()

    @workers.router.every(HOUR, at_start=True)
    def long(_ctx: Context) -> None:
        begun.set()
        go_on.wait(20)

    at_it, other = workers.worker(), workers.worker()
    at_it.tick()
    assert begun.wait(10)

    workers.clock.at -= 24 * HOUR
    other.tick()
    at_it.tick()
    workers.clock.at += LEASE / 2
    at_it.tick()
    workers.clock.at += LEASE / 2
    other.tick()
    go_on.set()
    workers.tick(at_it)

    assert len(workers.contexts.asked) == 1
