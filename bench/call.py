"""What a call of the server API costs: a function of `wecom/` against a bare HTTP call.

Both POST the same body to the same stand-in, each over one kept connection, and read the answer
as JSON. Ours adds what a call needs beside that: the token and the limits, kept with the other
processes in a Valkey, the deadline, and typed answers and errors. Rounds of both take turns, and
the ratio of the medians is printed. More than 1.3 times the cost ends with exit status 1. What
the few endpoints cost whose calls in flight are counted over all processes is told beside it.
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
import httpx2
import redis

from bench import stage
from bench.callbacks import AGENTID, CORPID, SECRET
from bench.figures import machine
from wecom import Client, message, tag

_MOST = 1.3


@click.command()
@click.option("--rounds", default=30, show_default=True)
@click.option("--number", default=200, show_default=True, help="Calls a round.")
@click.option("--quick", is_flag=True, help="Five rounds.")
def main(*, rounds: int, number: int, quick: bool) -> None:
    """Compare calls."""
    rounds = 5 if quick else rounds
    print(machine())
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        shared = stack.enter_context(
            redis.Redis.from_url(stack.enter_context(stage.valkey(folder)))
        )
        url = stack.enter_context(stage.api(0))
        http = stack.enter_context(httpx2.Client())
        api = Client(CORPID, SECRET, agentid=AGENTID, base_url=url, redis=shared)
        stack.enter_context(api)
        calls = {"ours": _ours(api), "bare": _bare(http, url), "counted": _counted(api)}
        found = _take_turns(calls, rounds, number)
    medians = {name: statistics.median(each) for name, each in found.items()}
    for name, median in medians.items():
        print(f"{name:8} median {median:6.1f} us   best {min(found[name]):6.1f} us")
    ratio = medians["ours"] / medians["bare"]
    print(f"ours/bare {ratio:.2f}")
    if ratio > _MOST:
        print(f"more than {_MOST:g} times the cost of a bare call")
        sys.exit(1)


def _take_turns(
    calls: dict[str, Callable[[], object]], rounds: int, number: int
) -> dict[str, list[float]]:
    """Return the microseconds of a call in each round; the first round warms up."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            seconds = timeit.timeit(call, number=number)
            if turn:
                found[name].append(seconds / number * 1e6)
    return found


def _ours(api: Client) -> Callable[[], object]:
    body = message.Text(content="你好")
    return lambda: message.send(api, body, touser=("zhangsan",))


def _counted(api: Client) -> Callable[[], object]:
    return lambda: tag.mark_tag(api, "zhangsan", "wmBENCH", add_tag=("etTAG",))


def _bare(http: httpx2.Client, url: str) -> Callable[[], object]:
    body = {
        "touser": "zhangsan",
        "agentid": AGENTID,
        "msgtype": "text",
        "text": {"content": "你好"},
    }
    query = {"access_token": "bench-token"}

    def call() -> object:
        answer = http.post(f"{url}/cgi-bin/message/send", params=query, json=body).json()
        if answer["errcode"] != 0:
            raise RuntimeError(answer["errmsg"])
        return answer

    return call


if __name__ == "__main__":
    main()
