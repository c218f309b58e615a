"""Calls a second that the simulated WeCom answers, its process held to one core.

A few kept connections ask again as soon as they are answered. The load runs on another core
where there is one. Fewer than a thousand a second ends with exit status 1.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import click
import httpx2

from bench.figures import machine, percentile
from commands.serving import free_port
from simulator import DEFAULT_CORPID, DEFAULT_SECRET, ControlClient, serve

_LEAST = 1000
_NO_LIMIT = 10**9
_CONNECTIONS = 4
Asked = tuple[str, str, bytes | None]
"""Method, target and body of a call."""

_PATHS = ("user/get", "externalcontact/get", "externalcontact/remark")


@click.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=3.0, show_default=True, help="A round of one API.")
@click.option("--quick", is_flag=True, help="One round of a second.")
def main(*, rounds: int, seconds: float, quick: bool) -> None:
    """Ask for a member, for a customer, and for a customer's remark to be changed."""
    rounds, seconds = (1, 1.0) if quick else (rounds, seconds)
    print(machine())
    with _simulator() as port:
        asked = _prepare(port)
        rates: dict[str, list[float]] = {path: [] for path in _PATHS}
        waits: dict[str, list[float]] = {path: [] for path in _PATHS}
        for _ in range(rounds):
            for path in _PATHS:
                took = _load(port, asked[path], seconds)
                rates[path].append(len(took) / seconds)
                waits[path] += took
    print(f"{'':28} {'calls/s':>8} {'p50 ms':>8} {'p99 ms':>8}")
    for path in _PATHS:
        p50, p99 = (percentile(waits[path], percent) * 1000 for percent in (50, 99))
        print(f"{path:28} {statistics.median(rates[path]):8.0f} {p50:8.2f} {p99:8.2f}")
    if min(statistics.median(each) for each in rates.values()) < _LEAST:
        print(f"fewer than {_LEAST} calls a second")
        sys.exit(1)


@contextmanager
def _simulator() -> Iterator[int]:
    """Run a simulator as a process of its own, held to the first core."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.simulator", "serve", str(port)])
    try:
        while not _answers(port):
            assert process.poll() is None
            time.sleep(0.05)
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[1:] or cores)
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with ControlClient(f"http://127.0.0.1:{port}") as control:
            return bool(control.now())
    except (OSError, httpx2.TransportError):
        return False


def _prepare(port: int) -> dict[str, list[Asked]]:
    """Return the call of each connection, each about a customer of its own, who has a tag."""
    with ControlClient(f"http://127.0.0.1:{port}") as control:
        control.set_limits(
            {
                f"calls_per_{window}{source}": _NO_LIMIT
                for window in ("minute", "hour")
                for source in ("", "_ip")
            }
        )
        control.set_callback("contacts", url="http://127.0.0.1:9/")
        tag = control.tags()["来源"]["线上"]
        customers = [control.add_customer("zhangsan", state="bench") for _ in range(_CONNECTIONS)]
        for customer in customers:
            control.edit_customer("zhangsan", customer, add_tag=[tag])
    token = _token(port)

    def target(path: str, **arguments: str) -> str:
        return f"/cgi-bin/{path}?{urlencode({'access_token': token, **arguments})}"

    def remark(customer: str) -> bytes:
        ids = {"userid": "zhangsan", "external_userid": customer}
        return json.dumps({**ids, "remark": "李总"}).encode()

    return {
        "user/get": [("GET", target("user/get", userid="zhangsan"), None)] * _CONNECTIONS,
        "externalcontact/get": [
            ("GET", target("externalcontact/get", external_userid=each), None) for each in customers
        ],
        "externalcontact/remark": [
            ("POST", target("externalcontact/remark"), remark(each)) for each in customers
        ],
    }


def _token(port: int) -> str:
    query = urlencode({"corpid": DEFAULT_CORPID, "corpsecret": DEFAULT_SECRET})
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/cgi-bin/gettoken?{query}")
    token: str = json.loads(connection.getresponse().read())["access_token"]
    connection.close()
    return token


def _load(port: int, asked: list[Asked], seconds: float) -> list[float]:
    """Return the seconds each call took."""
    took: list[float] = []
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=_ask, args=(port, each, until, took)) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def _ask(port: int, asked: Asked, until: float, took: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    method, target, body = asked
    while (started := time.perf_counter()) < until:
        connection.request(method, target, body)
        answer = json.loads(connection.getresponse().read())
        assert answer["errcode"] == 0, answer["errcode"]
        took.append(time.perf_counter() - started)
    connection.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
        serve(port=int(sys.argv[2]))
    else:
        main()
