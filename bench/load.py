"""The load: a process that pushes prepared callbacks over kept connections.

Read from stdin: one JSON object, the fields of `Job`. Written to stdout: one, those of `Outcome`.
"""

from __future__ import annotations

import json
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from bench.callbacks import Callback, new_customer

_MOST_CONNECTIONS = 512
_PREPARING_SECONDS_EACH = 0.00015
_PATIENCE_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to push, and how.

    rate: callbacks a second, whatever the server does; None for as fast as it answers.
    """

    port: int
    series: str
    seconds: float
    connections: int = 16
    rate: float | None = None
    most: int = 0


@dataclass(kw_only=True)
class Outcome:
    """What the server did. Times are of the monotonic clock, which all processes share."""

    seconds: float
    acknowledged: int
    refused: int
    latencies_ms: list[float]
    pushed_at: dict[str, float] = field(default_factory=dict)
    cpu_seconds: float = 0.0


class _Connection:
    def __init__(self, port: int, selector: selectors.BaseSelector) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pushed_at = 0.0
        self.callback: Callback | None = None
        self._received = b""
        selector.register(self.socket, selectors.EVENT_READ, self)

    def push(self, callback: Callback, request: bytes, pushed_at: float) -> None:
        """Send one request; its time counts from when it was due."""
        self.callback, self.pushed_at, self._received = callback, pushed_at, b""
        self.socket.sendall(request)

    def status(self) -> int | None:
        """Return the status when the whole answer is there."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("the server hung up")
        self._received += chunk
        head, blank, body = self._received.partition(b"\r\n\r\n")
        if not blank or len(body) < _content_length(head):
            return None
        return int(head[9:12])


def _content_length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def run(job: Job) -> Outcome:
    """Prepare, push, measure."""
    count = job.most if job.rate is None else round(job.rate * job.seconds)
    starts_in = count * _PREPARING_SECONDS_EACH + 0.5
    start, wall = time.monotonic() + starts_in, time.time() + starts_in
    pace = 0.0 if job.rate is None else 1 / job.rate
    callbacks = [new_customer(job.series, number, wall + number * pace) for number in range(count)]
    requests = [callback.request for callback in callbacks]
    assert time.monotonic() < start or job.rate is None, "preparing took too long"
    selector = selectors.DefaultSelector()
    idle = deque(_Connection(job.port, selector) for _ in range(job.connections))
    time.sleep(max(0.0, start - time.monotonic()))
    used = _cpu_seconds()
    if job.rate is None:
        outcome = _as_fast_as_answered(job, callbacks, requests, idle, selector)
    else:
        outcome = _at_a_rate(job, callbacks, requests, idle, selector, start=start)
    outcome.cpu_seconds = _cpu_seconds() - used
    return outcome


def _as_fast_as_answered(
    job: Job,
    callbacks: list[Callback],
    requests: list[bytes],
    idle: deque[_Connection],
    selector: selectors.BaseSelector,
) -> Outcome:
    outcome = Outcome(seconds=0, acknowledged=0, refused=0, latencies_ms=[])
    start = time.monotonic()
    waiting = 0
    pairs = iter(zip(callbacks, requests, strict=True))
    while True:
        while idle and time.monotonic() < start + job.seconds and (pair := next(pairs, None)):
            idle.popleft().push(*pair, time.monotonic())
            waiting += 1
        if not waiting:
            break
        for connection in _answered(selector, outcome, 1.0):
            idle.append(connection)
            waiting -= 1
    outcome.seconds = time.monotonic() - start
    return outcome


def _at_a_rate(
    job: Job,
    callbacks: list[Callback],
    requests: list[bytes],
    idle: deque[_Connection],
    selector: selectors.BaseSelector,
    *,
    start: float,
) -> Outcome:
    assert job.rate
    outcome = Outcome(seconds=0, acknowledged=0, refused=0, latencies_ms=[])
    waiting, number = 0, 0
    give_up = start + job.seconds + _PATIENCE_SECONDS
    while (number < len(callbacks) or waiting) and time.monotonic() < give_up:
        now = time.monotonic()
        while number < len(callbacks) and (due := start + number / job.rate) <= now:
            if not idle:
                if waiting >= _MOST_CONNECTIONS:
                    break
                idle.append(_Connection(job.port, selector))
            idle.popleft().push(callbacks[number], requests[number], due)
            outcome.pushed_at[callbacks[number].welcome_code] = due
            number, waiting = number + 1, waiting + 1
        pause = start + number / job.rate - time.monotonic() if number < len(callbacks) else 0.1
        for connection in _answered(selector, outcome, max(0.0005, pause)):
            idle.append(connection)
            waiting -= 1
    outcome.refused += waiting
    outcome.seconds = time.monotonic() - start
    return outcome


def _answered(
    selector: selectors.BaseSelector, outcome: Outcome, patience_seconds: float
) -> Iterator[_Connection]:
    for key, _ in selector.select(patience_seconds):
        connection: _Connection = key.data
        status = connection.status()
        if status is None:
            continue
        outcome.latencies_ms.append((time.monotonic() - connection.pushed_at) * 1000)
        if status == 200:
            outcome.acknowledged += 1
        else:
            outcome.refused += 1
        yield connection


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def pushing(job: Job) -> Iterator[subprocess.Popen[str]]:
    """Run a job in a process of its own; `finish` has the outcome."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        process.stdin.write(json.dumps(asdict(job)))
        process.stdin.close()
        try:
            yield process
        finally:
            process.kill()


def finish(process: subprocess.Popen[str]) -> Outcome:
    """Wait for the outcome of a job."""
    assert process.stdout
    return Outcome(**json.loads(process.stdout.read()))


if __name__ == "__main__":
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)
