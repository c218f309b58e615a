"""Processes that call the API beside this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

TESTS = Path(__file__).parents[2]


@dataclass
class Caller:
    """A process of `wecom_process`."""

    process: subprocess.Popen[str]

    def start(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def results(self) -> list[str]:
        output, _ = self.process.communicate(timeout=60)
        ended: list[str] = json.loads(output)
        return ended

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


Calling = Callable[..., Caller]


@pytest.fixture
def calling(valkey_url: str, redis_client: redis.Redis) -> Iterator[Calling]:
    """Start a process that waits for `start()`."""
    callers: list[Caller] = []

    def begin(
        base_url: str, work: str, *, calls: int, threads: int, timeout_seconds: float = 10
    ) -> Caller:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [
                *(sys.executable, "-m", "wecom_process"),
                *(base_url, valkey_url, work, str(calls), str(threads), str(timeout_seconds)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        )
        callers.append(Caller(process))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return callers[-1]

    yield begin
    for caller in callers:
        with caller.process:
            caller.process.kill()
