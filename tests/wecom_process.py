"""Another process that calls the API: `python -m wecom_process base_url redis_url work ...`.

It says "ready", waits for a line, works, and says how each call ended.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import redis
from wecom_api import CORPID, SECRET

from errors import WeComError
from wecom import Client, shared, tag
from wecom.batch import getresult


def ended(call: Callable[[], object]) -> str:
    try:
        call()
    except WeComError as error:
        return type(error).__name__
    return "ok"


def run(client: Client, work: str, calls: int, threads: int) -> list[str]:
    works: dict[str, Callable[[int], object]] = {
        "getresult": lambda n: getresult(client, f"job{n}"),
        "mark_tag": lambda n: tag.mark_tag(client, "u", f"wm{n}", add_tag=["t"]),
    }
    print("ready", flush=True)  # noqa: T201 - how processes speak
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda n: ended(lambda: works[work](n)), range(calls)))


if __name__ == "__main__":
    base_url, redis_url, work, calls, threads, timeout_seconds = sys.argv[1:]
    shared._TIMEOUT_SECONDS = 10  # let no busy machine pass for a Redis that is down
    client = Client(
        CORPID,
        SECRET,
        base_url=base_url,
        redis=redis.Redis.from_url(redis_url),
        timeout_seconds=float(timeout_seconds),
    )
    print(json.dumps(run(client, work, int(calls), int(threads))))  # noqa: T201
