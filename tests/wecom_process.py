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
from wecom import Client, tag
from wecom.batch import getresult


def ended(call: Callable[[], object]) -> str:
    try:
        call()
    except WeComError as error:
        return type(error).__name__
    return "ok"


def run(base_url: str, redis_url: str, work: str, calls: int, threads: int) -> list[str]:
    client = Client(
        CORPID, SECRET, base_url=base_url, redis=redis.Redis.from_url(redis_url), timeout_seconds=1
    )
    works: dict[str, Callable[[int], object]] = {
        "getresult": lambda n: getresult(client, f"job{n}"),
        "mark_tag": lambda n: tag.mark_tag(client, "u", f"wm{n}", add_tag=["t"]),
    }
    print("ready", flush=True)  # noqa: T201 - how processes speak
    sys.stdin.readline()
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda n: ended(lambda: works[work](n)), range(calls)))


if __name__ == "__main__":
    base_url, redis_url, work, calls, threads = sys.argv[1:]
    print(json.dumps(run(base_url, redis_url, work, int(calls), int(threads))))  # noqa: T201
