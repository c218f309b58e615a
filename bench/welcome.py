"""How soon a new customer's welcome reaches the API, at rising rates: this server against another.

Measured from the moment a callback was due to be pushed to the arrival of its send_welcome_msg at
a stand-in API that answers in 100 ms. Each build gets a fresh start at every rate.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.request
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import click

from bench import stage
from bench.figures import machine, percentile
from bench.load import Job, Outcome, finish, pushing

WINDOW_SECONDS = 20.0  # how long WeCom takes a welcome
KEPT_P99_MS = 1000.0
_WARM_UP = 40
_POLL_SECONDS = 0.5
_PLENTY = 64  # threads a lane, and calls in flight: here nothing but the machine sets the limit


@dataclass(frozen=True, kw_only=True)
class Step:
    """What one build made of one rate."""

    rate: float
    pushed: int
    ack_ms: list[float]
    latencies_ms: list[float]
    lost: int
    late: int
    doubled: int
    refused: int
    tagged: int
    memory_mb: list[dict[str, float]]
    cpu: dict[str, float]

    @property
    def kept(self) -> bool:
        """Whether every customer was welcomed once and in time, nearly all within a second."""
        flawless = not (self.lost or self.late or self.doubled or self.refused)
        return flawless and percentile(self.latencies_ms, 99) < KEPT_P99_MS


@click.command()
@click.option("--rates", default="100,200,300,400,500,600", show_default=True)
@click.option("--seconds", default=20.0, show_default=True, help="Of each step.")
@click.option("--api-ms", default=100, show_default=True, help="What each API call takes.")
@click.option("--builds", default="ours,peer", show_default=True)
@click.option("--peer-workers", default=1, show_default=True, help="Celery worker processes.")
@click.option("--peer-threads", default=64, show_default=True, help="Threads of each.")
@click.option("--web-threads", default=16, show_default=True, help="Of both web servers.")
@click.option("--as-shipped", is_flag=True, help="Ours with its defaults: 5 mark_tag at a time.")
@click.option("--quick", is_flag=True, help="Five seconds a step, at 50 and 100.")
def main(
    *,
    rates: str,
    seconds: float,
    api_ms: int,
    builds: str,
    peer_workers: int,
    peer_threads: int,
    web_threads: int,
    as_shipped: bool,
    quick: bool,
) -> None:
    """Compare welcomes."""
    if quick:
        rates, seconds = "50,100", 5.0
    print(machine())
    wanted = builds.split(",")
    kept = dict.fromkeys(wanted, 0.0)
    going = set(wanted)
    settings = f"web_threads = {web_threads}\n"
    if not as_shipped:
        settings += f"default_threads = {_PLENTY}\ncalls_in_flight = {_PLENTY}\n"
    for rate in map(float, rates.split(",")):
        for name in wanted:
            if name not in going:
                continue
            with tempfile.TemporaryDirectory(prefix="bench-") as text:
                folder = Path(text)
                with (
                    stage.valkey(folder / "valkey") as redis_url,
                    stage.api(api_ms / 1000) as api_url,
                    _build(
                        name,
                        folder / name,
                        redis_url,
                        api_url,
                        settings=settings,
                        web_threads=web_threads,
                        peer_workers=peer_workers,
                        peer_threads=peer_threads,
                    ) as build,
                ):
                    step = measure(build, api_url, rate, seconds)
            _print(name, step)
            if step.kept:
                kept[name] = rate
            else:
                going.discard(name)
    print("highest rate kept (none lost, late or doubled, p99 under 1 s):")
    for name, rate in kept.items():
        print(f"  {name:5} {rate:.0f} new customers a second")
    print(machine())
    if set(wanted) == {"ours", "peer"} and not going and kept["ours"] <= kept["peer"]:
        print("not held: the peer kept as high a rate")
        sys.exit(1)


def _build(
    name: str,
    folder: Path,
    redis_url: str,
    api_url: str,
    *,
    settings: str,
    web_threads: int,
    peer_workers: int,
    peer_threads: int,
) -> AbstractContextManager[stage.Build]:
    if name == "ours":
        return stage.ours(folder, redis_url, api_url, workers=True, settings=settings)
    return stage.peer(
        folder,
        redis_url,
        api_url,
        web_threads=web_threads,
        workers=peer_workers,
        threads=peer_threads,
    )


def measure(build: stage.Build, api_url: str, rate: float, seconds: float) -> Step:
    """Push at one rate, and look what became of every customer."""
    _warm_up(build, api_url)
    memory = [build.memory_mb()]
    used = build.cpu_seconds()
    job = Job(port=build.port, series="S", seconds=seconds, rate=rate)
    with pushing(job) as process:
        time.sleep(seconds / 2)
        memory.append(build.memory_mb())
        outcome = finish(process)
    arrivals = _wait_for_welcomes(api_url, len(outcome.pushed_at))
    memory.append(build.memory_mb())
    spent = {
        role: (now - used[role]) / outcome.seconds for role, now in build.cpu_seconds().items()
    }
    return _judge(rate, outcome, arrivals, memory, spent)


def _judge(
    rate: float,
    outcome: Outcome,
    arrivals: dict[str, dict[str, list[float]]],
    memory: list[dict[str, float]],
    spent: dict[str, float],
) -> Step:
    came = {code: arrivals["welcomes"].get(code, []) for code in outcome.pushed_at}
    latencies = [
        (moments[0] - outcome.pushed_at[code]) * 1000 for code, moments in came.items() if moments
    ]
    return Step(
        rate=rate,
        pushed=len(came),
        ack_ms=outcome.latencies_ms,
        latencies_ms=latencies,
        lost=sum(not moments for moments in came.values()),
        late=sum(latency > WINDOW_SECONDS * 1000 for latency in latencies),
        doubled=sum(len(moments) > 1 for moments in came.values()),
        refused=outcome.refused,
        tagged=len(arrivals["markings"]),
        memory_mb=memory,
        cpu=spent,
    )


def _warm_up(build: stage.Build, api_url: str) -> None:
    """Have everything imported, connected and authorised."""
    job = Job(port=build.port, series="W", seconds=2.0, rate=_WARM_UP / 2)
    with pushing(job) as process:
        outcome = finish(process)
    arrivals = _wait_for_welcomes(api_url, len(outcome.pushed_at))
    assert len(arrivals["welcomes"]) == _WARM_UP, "the warm-up already loses welcomes"
    time.sleep(1.0)  # the tags follow
    _ask(api_url, "reset")


def _wait_for_welcomes(api_url: str, count: int) -> dict[str, dict[str, list[float]]]:
    """Return what the API saw, when all is there or nothing can be in time any more."""
    until = time.monotonic() + WINDOW_SECONDS + 2
    while True:
        arrivals = _ask(api_url, "arrivals")
        if len(arrivals["welcomes"]) >= count or time.monotonic() > until:
            time.sleep(_POLL_SECONDS)  # a double would come about now
            return _ask(api_url, "arrivals")
        time.sleep(_POLL_SECONDS)


def _ask(api_url: str, what: str) -> dict[str, dict[str, list[float]]]:
    with urllib.request.urlopen(f"{api_url}/bench/{what}", timeout=10) as answer:  # noqa: S310 - loopback
        found: dict[str, dict[str, list[float]]] = json.load(answer)
    return found


def _print(name: str, step: Step) -> None:
    print(
        f"{step.rate:5.0f}/s  {name:5}  welcome {_percentiles(step.latencies_ms)}"
        f"  ack {_percentiles(step.ack_ms)}"
        f"  lost {step.lost}  late {step.late}  doubled {step.doubled}  refused {step.refused}"
        f"  tagged so far {step.tagged} of {step.pushed}"
    )
    print("        cores used   " + "  ".join(f"{k} {v:.2f}" for k, v in step.cpu.items()))
    for role in step.memory_mb[0]:
        start, middle, end = (sample.get(role, 0.0) for sample in step.memory_mb)
        print(f"        memory       {role:16} {start:5.0f} {middle:5.0f} {end:5.0f} MB")


def _percentiles(latencies_ms: list[float]) -> str:
    p50, p99 = (percentile(latencies_ms, percent) for percent in (50, 99))
    return f"p50 {p50:6.1f} p99 {p99:6.1f} ms"


if __name__ == "__main__":
    main()
