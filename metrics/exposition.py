"""The page that Prometheus reads: what the processes counted, and what stands now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    generate_latest,
    start_http_server,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """Something that is so many now."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


class _Now(Collector):
    def __init__(self, gauges: Callable[[], Iterable[Gauge]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._gauges():
            family = families.setdefault(
                gauge.name, GaugeMetricFamily(gauge.name, gauge.help, labels=tuple(gauge.labels))
            )
            family.add_metric(tuple(gauge.labels.values()), gauge.value)
        yield from families.values()


def listen(folder: Path, host: str, port: int) -> None:
    """Answer Prometheus from a thread of its own, with what the processes counted.

    Raises OSError when the port is taken.
    """
    registry = CollectorRegistry()
    registry.register(MultiProcessCollector(registry, path=str(folder)))
    start_http_server(port, host, registry)


def page(folder: Path, gauges: Callable[[], Iterable[Gauge]]) -> tuple[bytes, str]:
    """Return the text of `/metrics` and its content type: all processes, and what is now."""
    registry = CollectorRegistry()
    if folder.is_dir():  # what stands is told when nothing can be counted
        registry.register(MultiProcessCollector(registry, path=str(folder)))
    registry.register(_Now(gauges))
    return generate_latest(registry), CONTENT_TYPE_LATEST
