"""A log that cannot be written costs its lines, and neither an acknowledgement nor a run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from server import ONE_WORKER, Process, Server, command, running

_PIPE_BYTES = 4096


@contextmanager
def _full_disk(_folder: Path) -> Iterator[Path]:
    yield Path("/dev/full")


@contextmanager
def _stuck_pipe(folder: Path) -> Iterator[Path]:
    """Yield a pipe that is full already, and whose reader sleeps."""
    with _pipe(folder) as path:
        writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        with suppress(BlockingIOError):
            while True:
                os.write(writer, b".")
        try:
            yield path
        finally:
            os.close(writer)


@contextmanager
def _pipe(folder: Path) -> Iterator[Path]:
    path = folder / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    try:
        yield path
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "log", [_full_disk, _stuck_pipe], ids=["the disk is full", "nobody reads the pipe"]
)
def test_customers_are_greeted_once_when_nothing_can_be_logged(
    log: Callable[[Path], AbstractContextManager[Path]], tmp_path: Path
) -> None:
    with running(tmp_path, start=False) as server, log(tmp_path) as path:
        _start(server, path)

        _everybody_is_greeted_once(server)


def test_customers_are_greeted_once_when_the_reader_of_the_log_has_gone(tmp_path: Path) -> None:
    with running(tmp_path, start=False) as server:
        with _pipe(tmp_path) as path:
            _start(server, path)

        _everybody_is_greeted_once(server)


def _start(server: Server, log: Path) -> None:
    for name, arguments in (("web", ["web"]), (ONE_WORKER, ["worker", "--lanes", ONE_WORKER])):
        server.processes[name] = Process(command(server.settings, *arguments), log)
    server.wait_until_ready()


def _everybody_is_greeted_once(server: Server) -> None:
    customers = [server.simulator.add_customer("zhangsan", state="spring-1") for _ in range(5)]
    deliveries = [server.settled(customer) for customer in customers]

    for customer, delivery in zip(customers, deliveries, strict=True):
        (push,) = server.simulator.pushes(subject=customer, outcome="delivered")
        assert [each["status"] for each in push["tries"]] == [200]
        assert [run.attempt for run in delivery.runs] == [1, 1]
        assert len(server.simulator.welcomes(external_userid=customer)) == 1
