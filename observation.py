"""What is told to those who watch: metrics, and traces where they are configured."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from flask import Flask, Response, request

import foreign
from callback import Answered
from errors import JournalUnavailable
from handlers import LANES
from journal import ClaimedRun, Conclusion, Journal
from language import Text
from metrics import Gauge, Meters, listen, open_meters, page
from settings import Settings
from tracing import Origin, open_tracer
from wecom import Call

log = structlog.get_logger(__name__)

ALIVE = timedelta(seconds=35)  # a process beats every ten seconds

_JOURNAL_UP = "Whether the journal can be read."
_SAID_EVERY_SECONDS = 60.0


class Observers:
    """Counts, and traces, what one process does.

    Watching fails alone: a callback is answered and a call counts as made all the same. What could
    not be opened is tried again the next time.
    """

    def __init__(self, settings: Settings, *, service: str) -> None:
        self._folder = settings.metrics_folder
        self._opened: Meters | None = None
        self._opening = threading.Lock()
        endpoint = settings.server.otlp_endpoint
        self._tracer = open_tracer(endpoint, service=service) if endpoint else None
        self._silent_until: dict[str, float] = {}
        with self._harmless("opened"):
            self._open()

    @property
    def _meters(self) -> Meters:
        return self._opened or self._open()

    def _open(self) -> Meters:
        with self._opening:
            self._opened = self._opened or open_meters(self._folder)
            return self._opened

    def close(self) -> None:
        """Send the traces that wait."""
        if self._tracer is not None:
            self._tracer.close()

    def answered(self, answered: Answered) -> None:
        """Take note of the answer to a callback."""
        with self._harmless("answered"):
            self._meters.callback(answered.app, answered.event, answered.outcome, answered.seconds)
            if self._tracer is None or answered.delivery_id is None or answered.received_at is None:
                return
            if answered.outcome == "repeated":  # it has its trace
                return
            self._tracer.callback(
                Origin(
                    app=answered.app,
                    delivery_id=answered.delivery_id,
                    received_at=answered.received_at,
                ),
                seconds=answered.seconds,
                facts={"wecom.event": answered.event, "wecom.outcome": answered.outcome},
            )

    def concluded(self, run: ClaimedRun, conclusion: Conclusion) -> None:
        """Take note of an attempt of a handler that ended."""
        with self._harmless("concluded"):
            seconds = (conclusion.finished_at - conclusion.started_at).total_seconds()
            left = run.deadline_at - conclusion.finished_at if run.deadline_at else None
            self._meters.run(
                run.handler,
                conclusion.status,
                conclusion.result,
                seconds,
                left.total_seconds() if left is not None else None,
            )
            if self._tracer is not None:
                self._tracer.attempt(
                    _origin(run),
                    (run.run_id, run.attempt),
                    handler=run.handler,
                    started_at=conclusion.started_at,
                    seconds=seconds,
                    facts={
                        "wecom.lane": run.lane,
                        "wecom.status": conclusion.status,
                        "wecom.result": conclusion.result or "",
                    },
                )

    def called(self, app: str, call: Call) -> None:
        """Take note of a call of the server API."""
        with self._harmless("called"):
            self._meters.call(app, call.endpoint, call.errcode, call.milliseconds / 1000)

    def called_by(self, run: ClaimedRun, then: Callable[[Call], None]) -> Callable[[Call], None]:
        """Return who is told of the calls of a run: `then`, and the trace of its delivery."""
        tracer = self._tracer
        if tracer is None:
            return then

        def tell(call: Call) -> None:
            then(call)
            with self._harmless("called_by"):
                tracer.call(
                    _origin(run),
                    (run.run_id, run.attempt),
                    endpoint=call.endpoint,
                    seconds=call.milliseconds / 1000,
                    facts={} if call.errcode is None else {"wecom.errcode": call.errcode},
                )

        return tell

    @contextmanager
    def _harmless(self, what: str) -> Iterator[None]:
        """Log what fails, once a minute: a full disk would fail every one of thousands."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, what is watched goes on
            if time.monotonic() >= self._silent_until.get(what, 0.0):
                self._silent_until[what] = time.monotonic() + _SAID_EVERY_SECONDS
                log.warning("not_observed", what=what, error=str(error))


def add_metrics(
    flask: Flask, settings: Settings, journal: Journal, now: Callable[[], datetime]
) -> None:
    """Answer `/metrics`: what all processes of this machine counted, and what stands now."""
    token = settings.server.metrics_token

    @flask.get("/metrics")
    def metrics() -> Response:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and not hmac.compare_digest(told.encode(), token.encode()):
            return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        text, content_type = page(settings.metrics_folder, lambda: _gauges(journal, now()))
        return Response(text, content_type=content_type)


def tell_metrics(settings: Settings) -> None:
    """Let Prometheus ask this worker, where a port is set. Raises ConfigurationError."""
    server = settings.server
    if not server.metrics_port:
        return
    try:
        listen(settings.metrics_folder, server.host, server.metrics_port)
    except OSError as error:
        address, why = f"{server.host}:{server.metrics_port}", foreign.fault(error)
        raise settings.wrong(
            "server.metrics_port: "
            + Text(
                en=f"cannot listen on {address} ({why.en}); one worker of a machine is enough, set"
                " another port or 0 for the others",
                zh=f"无法监听 {address}（{why.zh}）；每台机器只需一个 worker 提供指标，"
                "其余的请另设端口或设为 0",
            )
        ) from error


def _gauges(journal: Journal, now: datetime) -> Iterator[Gauge]:
    """Give what stands now, as far as the journal can tell."""
    try:
        backlogs, nodes, size = journal.backlogs(now), journal.nodes(), journal.size_bytes()
    except JournalUnavailable:
        yield Gauge(name="wecom_journal_up", help=_JOURNAL_UP, value=0)
        return
    yield Gauge(name="wecom_journal_up", help=_JOURNAL_UP, value=1)
    yield Gauge(name="wecom_journal_bytes", help="What the journal takes on disk.", value=size)
    by_lane = {backlog.lane: backlog for backlog in backlogs}
    for lane in LANES:
        backlog = by_lane.get(lane)
        numbers = {
            "waiting": backlog.waiting if backlog else 0,
            "running": backlog.running if backlog else 0,
            "later": backlog.later if backlog else 0,
        }
        for state, number in numbers.items():
            yield Gauge(
                name="wecom_lane_runs",
                help="Open runs of a lane; later: retries not due yet.",
                value=number,
                labels={"lane": lane, "state": state},
            )
        oldest = backlog.oldest_due_at if backlog else None
        yield Gauge(
            name="wecom_lane_oldest_seconds",
            help="How long the run that waits longest has been due.",
            value=(now - oldest).total_seconds() if oldest else 0,
            labels={"lane": lane},
        )
        yield Gauge(
            name="wecom_lane_workers",
            help="Worker processes of a lane that gave a sign of life lately.",
            value=sum(lane in node.lanes and now - node.seen_at < ALIVE for node in nodes),
            labels={"lane": lane},
        )


def _origin(run: ClaimedRun) -> Origin:
    return Origin(app=run.app, delivery_id=run.delivery_id, received_at=run.received_at)
