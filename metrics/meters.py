"""What is counted: names, labels and buckets in one place."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.mmap_dict import MmapedDict

_ACK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_RUN_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
_CALL_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LEFT_BUCKETS = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 17.0, 18.0, 18.5, 19.0)

_FIRST_BYTES = 1 << 16
_MOST_BYTES_BESIDE_A_KEY = 32  # its length, padding, a value and a time

_TOKEN_ENDPOINTS = frozenset(
    {
        "gettoken",
        "service/get_corp_token",
        "service/get_provider_token",
        "service/get_suite_token",
    }
)


class Meters:
    """The meters of one process. Labels name apps, events, handlers, endpoints; never a person."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._callbacks = Counter(
            "wecom_callbacks",
            "Requests of the callback URLs by what became of them.",
            ("app", "event", "outcome"),
            registry=registry,
        )
        self._acknowledged = Histogram(
            "wecom_ack_seconds",
            "From a callback's arrival to its answer.",
            ("app",),
            buckets=_ACK_BUCKETS,
            registry=registry,
        )
        self._runs = Counter(
            "wecom_runs",
            "Attempts of handlers by how they ended.",
            ("handler", "status", "result"),
            registry=registry,
        )
        self._run_seconds = Histogram(
            "wecom_run_seconds",
            "What an attempt of a handler took.",
            ("handler",),
            buckets=_RUN_BUCKETS,
            registry=registry,
        )
        self._left = Histogram(
            "wecom_welcome_seconds_left",
            "Seconds left before the deadline when a welcome had been sent.",
            buckets=_LEFT_BUCKETS,
            registry=registry,
        )
        self._calls = Counter(
            "wecom_api_calls",
            "Calls of the server API; errcode is `none` when no answer came.",
            ("endpoint", "errcode"),
            registry=registry,
        )
        self._call_seconds = Histogram(
            "wecom_api_call_seconds",
            "What a call of the server API took.",
            ("endpoint",),
            buckets=_CALL_BUCKETS,
            registry=registry,
        )
        self._tokens = Counter(
            "wecom_token_fetches",
            "Access tokens fetched, by the answer.",
            ("app", "errcode"),
            registry=registry,
        )

    def callback(self, app: str, event: str, outcome: str, seconds: float) -> None:
        """Count one request of a callback URL."""
        self._callbacks.labels(app, event, outcome).inc()
        self._acknowledged.labels(app).observe(seconds)

    def run(
        self,
        handler: str,
        status: str,
        result: str | None,
        seconds: float,
        left_seconds: float | None,
    ) -> None:
        """Count one attempt. left_seconds: to the deadline, for what has one."""
        self._runs.labels(handler, status, result or "").inc()
        self._run_seconds.labels(handler).observe(seconds)
        if left_seconds is not None and result == "sent":
            self._left.observe(left_seconds)

    def call(self, app: str, endpoint: str, errcode: int | None, seconds: float) -> None:
        """Count one call of the server API."""
        answer = "none" if errcode is None else str(errcode)
        self._calls.labels(endpoint, answer).inc()
        self._call_seconds.labels(endpoint).observe(seconds)
        if endpoint in _TOKEN_ENDPOINTS:
            self._tokens.labels(app, answer).inc()


class _Allocated(MmapedDict):
    """A mapped file that has its room on the disk before it is written to.

    The library makes files of holes. Filling a hole on a full disk is no error that could be
    caught, but a SIGBUS that kills the process.
    """

    def __init__(self, filename: str) -> None:
        _allocate(filename, _FIRST_BYTES)
        super().__init__(filename)  # type: ignore[no-untyped-call] # the library's

    def _init_value(self, key: str) -> None:
        room, needed = self._capacity, self._used + len(key.encode()) + _MOST_BYTES_BESIDE_A_KEY
        while room < needed:
            room *= 2
        if room > self._capacity:
            _allocate(self._fname, room)
        super()._init_value(key)  # type: ignore[no-untyped-call] # the same


def _allocate(filename: str, size: int) -> None:
    """Raise OSError when the disk has no room for a file of that size."""
    descriptor = os.open(filename, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError:
        if not os.fstat(descriptor).st_size:
            Path(filename).unlink()  # an empty file could not be read
        raise
    finally:
        os.close(descriptor)


def open_meters(folder: Path) -> Meters:
    """Return what this process counts with; its files lie in the folder.

    When nobody who counted there lives any more, counting starts anew. Raises OSError when nothing
    can be written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pids = {path: int(path.stem.rpartition("_")[2]) for path in folder.glob("*_*.db")}
    if not any(pid != os.getpid() and psutil.pid_exists(pid) for pid in pids.values()):
        for path in pids:
            path.unlink(missing_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.MmapedDict = _Allocated  # type: ignore[assignment, attr-defined] # it offers no door
    values.ValueClass = values.MultiProcessValue()  # the library chose when it was imported
    return Meters()
