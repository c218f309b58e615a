"""What is counted: names, labels and buckets in one place."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram, values

_ACK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_RUN_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0)
_CALL_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LEFT_BUCKETS = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 17.0, 18.0, 18.5, 19.0)

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


def open_meters(folder: Path) -> Meters:
    """Return what this process counts with; its files lie in the folder.

    When nobody who counted there lives any more, counting starts anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pids = {path: int(path.stem.rpartition("_")[2]) for path in folder.glob("*_*.db")}
    if not any(pid != os.getpid() and psutil.pid_exists(pid) for pid in pids.values()):
        for path in pids:
            path.unlink(missing_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue()  # the library chose when it was imported
    return Meters()
