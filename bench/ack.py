"""How many callbacks a second are acknowledged, and how soon: this server against a plain view.

Both run under the same web server with the same threads, in turn, against the same Valkey. Ours
answers after delivery and runs are committed to disk; the other after two `.delay()`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import timeit
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click
import redis
import xmltodict
from wechatpy.work import parse_message
from wechatpy.work.crypto import WeChatCrypto

import events
from bench import stage
from bench.callbacks import CORPID, ENCODING_AES_KEY, TOKEN, new_customer
from bench.figures import machine, percentile
from bench.load import Job, Outcome, finish, pushing
from crypto import Credentials, read_ciphertext

_LEAST_RATIO = 2.0
_MOST_A_SECOND = 8000


@click.command()
@click.option("--seconds", default=4.0, show_default=True, help="Of each round.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--connections", default=32, show_default=True)
@click.option("--threads", default=16, show_default=True, help="Blocking threads of the server.")
@click.option("--quick", is_flag=True, help="Two rounds of two seconds.")
def main(*, seconds: float, rounds: int, connections: int, threads: int, quick: bool) -> None:
    """Compare acknowledgements."""
    if quick:
        seconds, rounds = 2.0, 2
    print(machine())
    _print_microseconds()
    found: dict[str, list[Outcome]] = {"ours": [], "peer": []}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        redis_url = stack.enter_context(stage.valkey(folder / "valkey"))
        builds = (
            stack.enter_context(
                stage.ours(
                    folder / "ours",
                    redis_url,
                    "http://127.0.0.1:9",
                    workers=False,
                    settings=f"web_threads = {threads}",
                )
            ),
            stack.enter_context(
                stage.peer(
                    folder / "peer",
                    redis_url,
                    "http://127.0.0.1:9",
                    web_threads=threads,
                    workers=0,
                    threads=1,
                )
            ),
        )
        for number in range(-1, rounds):  # the first warms both up
            for build in builds:
                outcome = _round(build, f"R{number}", seconds, connections)
                _empty(redis_url)
                if number >= 0:
                    found[build.name].append(outcome)
                    print(f"  round {number + 1}  {build.name:5}  {_described(outcome)}")
    ratios = _print_summary(found)
    print(machine())
    if ratios["acks/s"] < _LEAST_RATIO or ratios["p99 ms"] > 1:
        print(f"not held: {_LEAST_RATIO:g} times the acknowledgements, at a p99 no worse")
        sys.exit(1)


def _round(build: stage.Build, series: str, seconds: float, connections: int) -> Outcome:
    job = Job(
        port=build.port,
        series=series,
        seconds=seconds,
        connections=connections,
        most=round(seconds * _MOST_A_SECOND),
    )
    with pushing(job) as process:
        return finish(process)


def _empty(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()


def _described(outcome: Outcome) -> str:
    return (
        f"{outcome.acknowledged / outcome.seconds:7.0f} acks/s"
        f"   p50 {percentile(outcome.latencies_ms, 50):6.1f} ms"
        f"   p99 {percentile(outcome.latencies_ms, 99):6.1f} ms"
        f"   refused {outcome.refused}"
    )


def _print_summary(found: dict[str, list[Outcome]]) -> dict[str, float]:
    """Print the medians and return what ours is of the peer's, by label."""

    def median(name: str, figure: Callable[[Outcome], float]) -> float:
        return statistics.median(figure(outcome) for outcome in found[name])

    ratios = {}
    print("medians of all rounds:")
    for label, figure in (
        ("acks/s", lambda outcome: outcome.acknowledged / outcome.seconds),
        ("p50 ms", lambda outcome: percentile(outcome.latencies_ms, 50)),
        ("p99 ms", lambda outcome: percentile(outcome.latencies_ms, 99)),
    ):
        ours, peer = median("ours", figure), median("peer", figure)
        ratios[label] = ours / peer
        print(f"  {label}   ours {ours:8.1f}   peer {peer:8.1f}   ours/peer {ratios[label]:.2f}")
    return ratios


def _print_microseconds() -> None:
    """Time what each callback costs in cryptography and parsing."""
    callback = new_customer("MICRO", 1, 1_700_000_000)
    signed = {
        "signature": callback.signature,
        "timestamp": callback.timestamp,
        "nonce": callback.nonce,
    }
    credentials = Credentials.from_text(
        tokens=(TOKEN,), encoding_aes_keys=(ENCODING_AES_KEY,), receiveids=frozenset({CORPID})
    )
    theirs = WeChatCrypto(TOKEN, ENCODING_AES_KEY, CORPID)
    body, text = callback.body, callback.plaintext.decode()

    def open_theirs() -> None:
        theirs.decrypt_message(body, callback.signature, callback.timestamp, callback.nonce)

    def open_ours() -> None:
        credentials.open(read_ciphertext(body)[0], **signed)

    print("microseconds each (best of 7):")
    for label, call in (
        ("envelope, verify, decrypt   ours", open_ours),
        ("                            wechatpy", open_theirs),
        (
            "verify, decrypt             ours",
            lambda: credentials.open(callback.ciphertext, **signed),
        ),
        ("parse                       ours", lambda: events.parse(callback.plaintext)),
        ("                            wechatpy", lambda: parse_message(text)),
        ("                            xmltodict", lambda: xmltodict.parse(callback.plaintext)),
    ):
        print(f"  {label:40} {_microseconds(call):7.1f}")


def _microseconds(call: Callable[[], object], times: int = 1000) -> float:
    return min(timeit.repeat(call, number=times, repeat=7)) / times * 1_000_000


if __name__ == "__main__":
    main()
