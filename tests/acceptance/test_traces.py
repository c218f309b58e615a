"""One trace leads from a callback over its handlers to the API calls, across the processes."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from front import Reply, front
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from server import ONE_WORKER, running, wait_for

from errors import ConfigurationError
from tracing import open_tracer

GREET = "handlers.welcome.greet_new_customer"
SEND = "externalcontact/send_welcome_msg"


def spans(bodies: Iterable[bytes]) -> dict[str, Span]:
    """Return what the collector got, by the names of the spans."""
    return {
        span.name: span
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(_unpacked(body)).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    }


def _unpacked(body: bytes) -> bytes:
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def test_a_trace_holds_the_callback_its_runs_and_their_calls(tmp_path: Path) -> None:
    got: list[bytes] = []
    names = {"callback contacts", GREET, SEND}
    with (
        front("", lambda *_: Reply(), got) as collector,
        running(tmp_path, "web", ONE_WORKER, otlp_endpoint=collector) as server,
    ):
        customer = server.simulator.add_customer("zhangsan", name="不可见", state="spring-01")
        server.settled(customer)
        wait_for(lambda: names <= spans(got).keys(), "all spans have been sent")

    seen = spans(got)
    callback, greeting, call = seen["callback contacts"], seen[GREET], seen[SEND]
    assert callback.trace_id == greeting.trace_id == call.trace_id
    assert callback.parent_span_id == b""
    assert greeting.parent_span_id == callback.span_id
    assert call.parent_span_id == greeting.span_id
    assert callback.start_time_unix_nano < greeting.start_time_unix_nano
    assert greeting.start_time_unix_nano <= call.start_time_unix_nano < call.end_time_unix_nano
    told = b"".join(map(_unpacked, got))
    for word in ("不可见", "zhangsan", customer, "access_token", "spring-01"):
        assert word.encode() not in told


def test_a_collector_that_is_away_costs_nobody_a_welcome(tmp_path: Path) -> None:
    with running(tmp_path, "web", ONE_WORKER, otlp_endpoint="http://127.0.0.1:1") as server:
        customer = server.simulator.add_customer("zhangsan")

        assert server.welcome(customer).result == "sent"


def test_says_what_to_install_when_the_libraries_are_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(ConfigurationError, match=r"pip install wecom-callback\[tracing\]"):
        open_tracer("http://127.0.0.1:4318", service="test")
