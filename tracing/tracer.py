"""The spans of a delivery: the callback, each attempt of a handler, each API call of it."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from errors import ConfigurationError
from language import Text

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import SpanKind

_NANOSECONDS = 1_000_000_000

Attributes = dict[str, str | int | float]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The delivery that a trace is about."""

    app: str
    delivery_id: int
    received_at: datetime


class Tracer:
    """Sends spans in the background. Attributes name apps, events, handlers; never a person."""

    def __init__(self, exporter: SpanExporter, *, service: str) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - an extra, and only here
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.id_generator import IdGenerator  # noqa: PLC0415

        self._ids = ids = threading.local()

        class Chosen(IdGenerator):
            """Gives the ids that the calling thread has laid ready."""

            def generate_span_id(self) -> int:
                return int(ids.span)

            def generate_trace_id(self) -> int:
                return int(ids.trace)

        self._otel = trace
        self._provider = TracerProvider(
            resource=Resource({"service.name": service}), id_generator=Chosen()
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("wecom-callback")

    def close(self) -> None:
        """Send what is waiting."""
        self._provider.shutdown()

    def callback(self, origin: Origin, *, seconds: float, facts: Attributes) -> None:
        """Tell of a callback that was recorded."""
        ids = (_trace(origin), 0, _root(origin))
        start = _nanoseconds(origin.received_at)
        kind = self._otel.SpanKind.SERVER
        self._span(f"callback {origin.app}", kind, ids, start=start, seconds=seconds, facts=facts)

    def attempt(
        self,
        origin: Origin,
        run: tuple[int, int],
        *,
        handler: str,
        started_at: datetime,
        seconds: float,
        facts: Attributes,
    ) -> None:
        """Tell of an attempt that ended. run: the run's number and the attempt's."""
        ids = (_trace(origin), _root(origin), _id("attempt", origin, *run))
        start = _nanoseconds(started_at)
        kind = self._otel.SpanKind.CONSUMER
        self._span(handler, kind, ids, start=start, seconds=seconds, facts=facts)

    def call(
        self,
        origin: Origin,
        run: tuple[int, int],
        *,
        endpoint: str,
        seconds: float,
        facts: Attributes,
    ) -> None:
        """Tell of an API call that just came back."""
        now = time.time_ns()
        ids = (_trace(origin), _id("attempt", origin, *run), _id("call", origin, *run, now))
        start = now - int(seconds * _NANOSECONDS)
        kind = self._otel.SpanKind.CLIENT
        self._span(endpoint, kind, ids, start=start, seconds=seconds, facts=facts)

    def _span(
        self,
        name: str,
        kind: SpanKind,
        ids: tuple[int, int, int],
        *,
        start: int,
        seconds: float,
        facts: Attributes,
    ) -> None:
        """Send one span. ids: of the trace, the parent (0: none) and the span itself."""
        trace = self._otel
        self._ids.trace, parent_id, self._ids.span = ids
        context = None
        if parent_id:
            sampled = trace.TraceFlags(trace.TraceFlags.SAMPLED)
            parent = trace.SpanContext(ids[0], parent_id, is_remote=True, trace_flags=sampled)
            context = trace.set_span_in_context(trace.NonRecordingSpan(parent))
        span = self._tracer.start_span(
            name, context=context, kind=kind, attributes=facts, start_time=start
        )
        span.end(end_time=start + int(seconds * _NANOSECONDS))


def open_tracer(otlp_endpoint: str, *, service: str) -> Tracer:
    """Return a tracer that sends to a collector, OTLP over HTTP.

    Raises ConfigurationError when the libraries are not installed.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
    except ImportError as error:
        raise ConfigurationError(
            "server.otlp_endpoint: "
            + Text(
                en="the libraries for traces are not installed;"
                " run `pip install wecom-callback[tracing]`, or remove the key",
                zh="未安装链路追踪的依赖，请执行 `pip install wecom-callback[tracing]`，或删除此项",
            )
        ) from error
    exporter = OTLPSpanExporter(endpoint=f"{otlp_endpoint.rstrip('/')}/v1/traces")
    return Tracer(exporter, service=service)


def _trace(origin: Origin) -> int:
    return _id("trace", origin, length=16)


def _root(origin: Origin) -> int:
    return _id("callback", origin)


def _id(word: str, origin: Origin, *numbers: int, length: int = 8) -> int:
    parts = (word, origin.app, origin.delivery_id, origin.received_at.isoformat(), *numbers)
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:length], "big") or 1  # 0 is no id


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * _NANOSECONDS)
