"""A worker's parts together, over a real journal and a real broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import redis
import worker_process
from handler_context import Stage

import errors
from events import Event
from factories import an_external_contact_added
from handlers import Context, JobOutcome, Router, batch_job, group_chat, tagging, welcome
from handlers.context import MemberNews
from journal import ClaimedRun, Delivery, Journal, PublishableRun, Run
from journal.people import Deed
from journal_factories import a_batch_job, a_delivery, a_planned_run
from wecom import Call
from wecom.group_chat import GroupChat, GroupMember, Invitor
from worker import Publisher, Runner, Sweeper, WorkerNode, make_celery
from worker import sweeper as sweeper_module
from worker.keepers import ChatKeeper, JobKeeper
from worker.retention import Retention

EVENT = an_external_contact_added()


def now() -> datetime:
    return datetime.now(UTC)


def make_context(run: ClaimedRun, _event: Event, _observe: Callable[[Call], None]) -> Context:
    return Stage().context(attempt=run.attempt, outcome_unknown=run.outcome_unknown)


def record(
    journal: Journal,
    *,
    handler: str = "h",
    lane: str = "default",
    received_at: datetime | None = None,
) -> int:
    """Record one delivery with a run, and return the run's id."""
    (run,) = journal.record(
        a_delivery(
            plan=(a_planned_run(handler=handler, lane=lane),),
            payload=EVENT.raw,
            received_at=received_at or now(),
        )
    ).runs
    return run.run_id


def the_delivery(journal: Journal) -> Delivery:
    (delivery,) = journal.deliveries()
    found = journal.delivery(delivery.id)
    assert found is not None
    return found


def the_run(journal: Journal) -> Run:
    (run,) = the_delivery(journal).runs
    return run


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < ends
        time.sleep(0.01)


class Handler:
    """A handler named "h" that counts, and can be held up or made to fail."""

    def __init__(self) -> None:
        self.router = Router()
        self.router.on(Event, name="h")(self)
        self.calls = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.raises: list[Exception] = []

    def __call__(self, _event: Event, _ctx: Context) -> None:
        self.calls += 1
        self.begun.set()
        assert self.go_on.wait(10)
        if self.raises:
            raise self.raises.pop(0)


@pytest.fixture
def handler() -> Handler:
    return Handler()


@pytest.fixture
def runner(journal: Journal, handler: Handler) -> Iterator[Runner]:
    runner = Runner(
        journal,
        handler.router,
        threads={"default": 2},
        make_context=make_context,
        now=now,
    )
    yield runner
    handler.go_on.set()
    runner.stop()


def test_executes_a_run_of_the_journal_once(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    run_id = record(journal)

    for _ in range(3):
        runner.accept("default", [run_id])
    eventually(lambda: the_run(journal).status == "done")
    runner.accept("default", [run_id])
    runner.stop()

    assert handler.calls == 1
    assert the_delivery(journal).status == "done"


def test_two_workers_share_a_run_without_doubling_it(journal: Journal, handler: Handler) -> None:
    runners = [
        Runner(journal, handler.router, threads={"default": 4}, make_context=make_context, now=now)
        for _ in range(2)
    ]
    run_ids = [record(journal) for _ in range(50)]

    for runner in runners:
        runner.accept("default", run_ids)
    eventually(lambda: journal.count() == {"done": 50})
    for runner in runners:
        runner.stop()

    assert handler.calls == 50


def test_a_retry_is_on_time_without_a_sweeper(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    handler.raises = [errors.HandlerRetry(after=timedelta(milliseconds=50))]

    runner.accept("default", [record(journal)])
    eventually(lambda: the_run(journal).status == "done")

    first, second = the_run(journal).attempts
    assert (first.outcome, second.outcome) == ("retry", "done")
    assert first.finished_at is not None
    assert second.started_at is not None
    assert second.started_at - first.finished_at >= timedelta(milliseconds=50)


def test_a_stop_hands_back_what_was_not_begun(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    handler.go_on.clear()
    run_ids = [record(journal) for _ in range(5)]
    runner.accept("default", run_ids)
    eventually(lambda: handler.calls == 2)

    stopping = threading.Thread(target=runner.stop)
    stopping.start()
    handler.go_on.set()
    stopping.join(10)

    assert journal.count() == {"done": 2, "pending": 3}
    assert len(journal.sweep(["default"], now=now())) == 3


def test_the_sweeper_takes_up_what_nobody_published(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    record(journal, received_at=now() - timedelta(minutes=1))

    Sweeper(journal, runner, now=now).sweep()

    eventually(lambda: the_run(journal).status == "done")
    assert handler.calls == 1


def test_the_sweeper_leaves_fresh_runs_to_the_publisher(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    record(journal)

    Sweeper(journal, runner, now=now).sweep()
    runner.stop()

    assert handler.calls == 0


def test_the_sweeper_minds_its_own_lanes(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    record(journal, lane="bulk", received_at=now() - timedelta(hours=1))

    Sweeper(journal, runner, now=now).sweep()
    runner.stop()

    assert handler.calls == 0


def test_the_sweeper_leaves_a_newer_workers_handler_alone(journal: Journal, runner: Runner) -> None:
    record(journal, handler="of_the_next_version", received_at=now() - timedelta(minutes=1))

    Sweeper(journal, runner, now=now).sweep()
    runner.stop()

    assert the_run(journal).status == "pending"


def test_the_sweeper_takes_over_from_a_dead_worker(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    run_id = record(journal, received_at=now() - timedelta(minutes=1))
    journal.claim(run_id, now=now() - timedelta(seconds=30), lease=timedelta(seconds=15))

    Sweeper(journal, runner, now=now).sweep()

    eventually(lambda: the_run(journal).status == "done")
    assert [attempt.outcome for attempt in the_run(journal).attempts] == ["lost", "done"]


def test_the_sweeper_takes_over_from_the_dead_although_the_clock_was_set_back(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    clock = [now() + timedelta(days=1)]
    sweeper = Sweeper(journal, runner, now=lambda: clock[0])
    sweeper.sweep()
    run_id = record(journal, received_at=clock[0] - timedelta(minutes=1))
    journal.claim(run_id, now=clock[0], lease=timedelta(seconds=15))

    clock[0] = now() - timedelta(minutes=1)
    sweeper.sweep()
    clock[0] += timedelta(seconds=15)
    sweeper.sweep()

    eventually(lambda: the_run(journal).status == "done")
    assert handler.calls == 1


def test_a_run_that_takes_long_keeps_its_lease(
    journal: Journal, runner: Runner, handler: Handler
) -> None:
    handler.go_on.clear()
    runner.accept("default", [record(journal)])
    assert handler.begun.wait(10)
    before = the_run(journal).lease_until
    assert before is not None

    Sweeper(journal, runner, now=lambda: now() + timedelta(seconds=10)).renew()

    after = the_run(journal).lease_until
    assert after is not None
    assert after - before >= timedelta(seconds=9)


def test_the_sweeper_works_by_itself_and_survives_faults(
    journal: Journal,
    runner: Runner,
    handler: Handler,
    logged: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sweeper_module, "SWEEP_SECONDS", 0.01)
    faults = [errors.JournalUnavailable(), RuntimeError("sec" + "ret"), errors.JournalUnavailable()]

    class Failing:
        def sweep(self, lanes: tuple[str, ...], *, now: datetime) -> list[PublishableRun]:
            if faults:
                raise faults.pop(0)
            return journal.sweep(lanes, now=now)

        def cut_leases(self, lane: str, latest: datetime) -> None:
            journal.cut_leases(lane, latest)

        def renew(self, runs: list[ClaimedRun], lease_until: datetime) -> None:
            journal.renew(runs, lease_until)

    record(journal, received_at=now() - timedelta(minutes=1))
    sweeper = Sweeper(Failing(), runner, now=now)  # type: ignore[arg-type]  # as much as it needs

    sweeper.start()
    eventually(lambda: the_run(journal).status == "done")
    sweeper.stop()

    seen = [entry["event"] for entry in logged]
    assert (seen.count("journal_unavailable"), seen.count("sweeper_fault")) == (2, 1)
    assert "secret" not in str(logged)


def test_purges_what_is_older_than_the_operator_keeps(journal: Journal, logged: list[Any]) -> None:
    journal.record(a_delivery(plan=(), received_at=now() - timedelta(days=91)))
    journal.record(a_delivery(plan=(), received_at=now() - timedelta(days=89)))
    for days in (366, 364):
        journal.note_deed(
            Deed(
                at=now() - timedelta(days=days),
                name="li",
                address="192.0.2.1",
                action="sign_in",
                target="",
                outcome="done",
            )
        )
    retention = Retention(journal, keep=timedelta(days=90), keep_audit=timedelta(days=365), now=now)

    retention.start()
    eventually(lambda: bool(logged))
    retention.stop()

    assert len(journal.deliveries()) == 1
    assert len(journal.deeds()) == 1
    assert logged == [{"event": "journal_purged", "log_level": "info", "deliveries": 1, "deeds": 1}]


def test_purges_again_after_an_outage(
    journal: Journal, logged: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.retention._EACH_SECONDS", 0.01)
    faults: list[Exception] = [errors.JournalUnavailable()]

    class Failing:
        def purge(self, before: datetime) -> int:
            if faults:
                raise faults.pop()
            return journal.purge(before)

        def purge_deeds(self, before: datetime) -> int:
            return journal.purge_deeds(before)

    retention = Retention(
        Failing(),  # type: ignore[arg-type]  # as much as it needs
        keep=timedelta(days=90),
        keep_audit=timedelta(days=365),
        now=now,
    )
    retention.start()
    eventually(lambda: len(logged) >= 2)
    retention.stop()

    assert [entry["event"] for entry in logged][:2] == ["journal_unavailable", "journal_purged"]


def node(journal: Journal, url: str, router: Router, *lanes: str) -> WorkerNode:
    return WorkerNode(
        make_celery(url),
        journal,
        router,
        threads=dict.fromkeys(lanes, 2),
        make_context=make_context,
        keep=timedelta(days=90),
        keep_audit=timedelta(days=365),
        now=now,
    )


def test_registers_each_handler_as_a_task_of_its_name(journal: Journal, valkey_url: str) -> None:
    router = Router(welcome.router, tagging.router, group_chat.router, batch_job.router)

    celery = node(journal, valkey_url, router, "urgent")._celery

    celery.finalize()
    assert {name for name in celery.tasks if not name.startswith("celery.")} == {
        route.name for route in router
    }


def test_a_task_hands_its_run_ids_to_the_runner(
    journal: Journal, valkey_url: str, handler: Handler
) -> None:
    worker = node(journal, valkey_url, handler.router, "default")
    run_id = record(journal)

    worker._celery.tasks["h"]([run_id])

    eventually(lambda: the_run(journal).status == "done")
    worker._runner.stop()


def test_a_task_of_a_lane_without_threads_is_left_to_others(
    journal: Journal, valkey_url: str, handler: Handler
) -> None:
    worker = node(journal, valkey_url, handler.router, "urgent")

    worker._celery.tasks["h"]([record(journal)])

    worker._runner.stop()
    assert handler.calls == 0
    assert the_run(journal).status == "pending"


def test_a_process_takes_messages_from_the_broker_and_ends_when_told(
    journal: Journal, tmp_path: Path, valkey_url: str, redis_client: redis.Redis
) -> None:
    database_url = f"sqlite:///{tmp_path / 'journal.db'}"
    process = get_context("spawn").Process(
        target=worker_process.work, args=(database_url, valkey_url)
    )
    publisher = Publisher(make_celery(valkey_url), journal)
    (run,) = journal.record(
        a_delivery(plan=(a_planned_run(handler="h"),), payload=EVENT.raw, received_at=now())
    ).runs
    an_hour_on = now() + timedelta(hours=1)
    assert journal.sweep(["default"], now=an_hour_on) == [run]  # the sweepers leave it alone now

    publisher.publish([run])
    publisher.close()
    process.start()
    try:
        eventually(lambda: the_run(journal).status == "done", 30)
    finally:
        process.terminate()
        process.join(30)

    assert the_run(journal).result == "executed"
    assert process.exitcode == 0


def test_keeps_the_members_of_a_chat(journal: Journal) -> None:
    keeper = ChatKeeper(journal)
    chat = GroupChat(
        chat_id="wr1",
        name="群",
        owner="zhangsan",
        member_version="v1",
        member_list=(
            GroupMember(userid="zhangsan", type=1),
            GroupMember(
                userid="wm1", type=2, join_scene=3, invitor=Invitor(userid="lisi"), state="s"
            ),
        ),
    )

    first = keeper.store("ww1", chat, read_at=now(), told=None)
    later = GroupChat(chat_id="wr1", member_list=chat.member_list[:1])
    second = keeper.store(
        "ww1",
        later,
        read_at=now(),
        told=MemberNews(
            change="left", happened_at=now() - timedelta(minutes=1), userids=("wm1",), scene=1
        ),
    )

    assert second == (frozenset(), frozenset({"wm1"}))
    assert first[1] == frozenset()
    assert journal.chat_changes("ww1", "wr1")[-1] == ("wm1", "left", 1)


def test_keeps_who_invited_whom(journal: Journal) -> None:
    member = GroupMember(userid="wm1", type=2, join_scene=3, invitor=Invitor(userid="lisi"))

    ChatKeeper(journal).store(
        "ww1", GroupChat(chat_id="wr1", member_list=(member,)), read_at=now(), told=None
    )

    picture = journal.chat("ww1", "wr1")
    assert picture is not None
    (kept,) = picture.members
    assert (kept.userid, kept.type, kept.join_scene, kept.invitor) == ("wm1", 2, 3, "lisi")


def test_notes_that_a_chat_is_no_more(journal: Journal) -> None:
    ChatKeeper(journal).dismiss("ww1", "wr1", at := now())

    picture = journal.chat("ww1", "wr1")
    assert picture is not None
    assert picture.dismissed_at == at


def test_keeps_the_outcome_of_a_job(journal: Journal) -> None:
    job = a_batch_job(job_id="J", errcode=40092, errmsg="bad")

    JobKeeper(journal).store(
        JobOutcome(
            corpid=job.corpid,
            job_id=job.job_id,
            job_type=job.job_type,
            errcode=job.errcode,
            errmsg=job.errmsg,
            total=job.total,
            rows=job.result,
            finished_at=job.finished_at,
        )
    )

    assert journal.batch_job(job.corpid, "J") == job
