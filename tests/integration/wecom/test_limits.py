"""Calls in flight and pauses, over several processes, through a real Valkey."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import redis
from wecom_api import CORPID, SECRET, Asked, Exchange, WeCom, serve, serve_wecom

from errors import APIPaused, APIUnreachable, RateLimited
from wecom import Client, external_contact, tag
from wecom.limits import Limits
from wecom.shared import Shared

MARK_TAG = "externalcontact/mark_tag"
LEASES = f"wecom:{{{CORPID}}}:in_flight:{MARK_TAG}"
PAUSED = f"wecom:{{{CORPID}}}:paused"

Calling = Callable[..., Any]


@dataclass
class Crowd:
    """Counts how many calls are in flight at once."""

    running: int = 0
    most: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, _: Asked) -> dict[str, int]:
        with self.guard:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.01)
        with self.guard:
            self.running -= 1
        return {"errcode": 0}


def limits(shared: redis.Redis, **concurrency: int) -> Limits:
    return Limits(CORPID, concurrency, shared=Shared(shared))


def test_two_processes_have_five_mark_tags_in_flight_at_most(calling: Calling) -> None:
    wecom = WeCom()
    crowd = Crowd()
    wecom.on(MARK_TAG, crowd)

    with serve_wecom(wecom) as url:
        callers = [calling(url, "mark_tag", calls=60, threads=12) for _ in range(2)]
        for caller in callers:
            caller.start()
        ended = [result for caller in callers for result in caller.results()]

    assert ended == ["ok"] * 120
    assert 2 <= crowd.most <= 5


def test_the_slots_of_a_killed_process_come_back(
    calling: Calling, valkey_url: str, redis_client: redis.Redis
) -> None:
    wecom = WeCom()
    arrived = threading.Semaphore(0)
    over = threading.Event()

    def hold(_: Asked) -> dict[str, int]:
        arrived.release()
        over.wait(10)
        return {"errcode": 0}

    wecom.on(MARK_TAG, hold)
    with serve_wecom(wecom) as url, redis.Redis.from_url(valkey_url) as shared:
        caller = calling(url, "mark_tag", calls=5, threads=5, timeout_seconds=2)
        caller.start()
        assert all(arrived.acquire(timeout=10) for _ in range(5))

        caller.kill()
        left_behind = redis_client.zcard(LEASES)
        over.set()
        _mark_when_possible(Client(CORPID, SECRET, base_url=url, redis=shared))

    assert left_behind == 5
    assert len(wecom.to(MARK_TAG)) == 6


def _mark_when_possible(client: Client) -> None:
    """Leases outlive the call's timeout by two seconds; a call waits two seconds for one."""
    with client:
        for _ in range(15):
            try:
                return tag.mark_tag(client, "u", "wm-other", add_tag=["t"])
            except APIPaused:
                continue
    raise AssertionError("no slot came back")


def test_a_slot_is_given_back_after_success_and_failure(redis_client: redis.Redis) -> None:
    limited = limits(redis_client, x=1)
    held = []

    def fail() -> None:
        with limited.slot("x", until=time.monotonic() + 0.1, lease_seconds=60):
            held.append(redis_client.zcard(f"wecom:{{{CORPID}}}:in_flight:x"))
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            fail()

    assert held == [1, 1, 1]
    assert redis_client.zcard(f"wecom:{{{CORPID}}}:in_flight:x") == 0


def test_a_full_endpoint_puts_off_and_sends_nothing(redis_client: redis.Redis) -> None:
    mine, theirs = limits(redis_client, x=1), limits(redis_client, x=1)

    with (
        theirs.slot("x", until=time.monotonic() + 1, lease_seconds=60),
        pytest.raises(APIPaused, match="x: 1 calls are in flight") as put_off,
        mine.slot("x", until=time.monotonic() + 0.05, lease_seconds=60),
    ):
        pass

    assert put_off.value.after > timedelta(0)


def test_a_slot_that_comes_free_is_taken_by_who_waits(redis_client: redis.Redis) -> None:
    mine, theirs = limits(redis_client, x=1), limits(redis_client, x=1)
    held, taken = threading.Event(), threading.Event()

    def hold() -> None:
        with theirs.slot("x", until=time.monotonic() + 1, lease_seconds=60):
            held.set()
            time.sleep(0.05)
            assert not taken.is_set()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(5)
    with mine.slot("x", until=time.monotonic() + 2, lease_seconds=60):
        taken.set()
    holder.join()


def test_the_leases_vanish_when_nobody_calls(redis_client: redis.Redis) -> None:
    limited = limits(redis_client, x=1)

    with limited.slot("x", until=time.monotonic() + 1, lease_seconds=60):
        left = redis_client.pttl(f"wecom:{{{CORPID}}}:in_flight:x")

    assert 0 < left <= 60_000


def test_the_limit_holds_in_one_process_without_redis() -> None:
    wecom = WeCom()
    crowd = Crowd()
    wecom.on(MARK_TAG, crowd)
    threads = []

    with serve_wecom(wecom) as url, Client(CORPID, SECRET, base_url=url) as client:
        for number in range(20):
            thread = threading.Thread(
                target=tag.mark_tag,
                args=(client, "u", f"wm{number}"),
                kwargs={"add_tag": ["t"]},
            )
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join()

    assert len(wecom.to(MARK_TAG)) == 20
    assert 2 <= crowd.most <= 5


def test_45009_rests_the_endpoint_in_another_process(
    valkey_url: str, redis_client: redis.Redis
) -> None:
    wecom = WeCom()
    wecom.on("externalcontact/remark", {"errcode": 45009, "errmsg": "api freq out of limit"})
    with (
        serve_wecom(wecom) as url,
        redis.Redis.from_url(valkey_url) as shared,
        Client(CORPID, SECRET, base_url=url, redis=shared) as one,
        Client(CORPID, SECRET, base_url=url, redis=shared) as other,
        Client("ww-another", SECRET, base_url=url, redis=shared) as another_corp,
    ):
        with pytest.raises(RateLimited):
            external_contact.remark(one, "u", "wm1", remark="x")
        with pytest.raises(APIPaused) as paused:
            external_contact.remark(other, "u", "wm1", remark="x")
        tag.mark_tag(other, "u", "wm1", add_tag=["t"])
        with pytest.raises(RateLimited):
            external_contact.remark(another_corp, "u", "wm1", remark="x")

    assert timedelta(seconds=50) < paused.value.after <= timedelta(seconds=60)
    assert len(wecom.to("externalcontact/remark")) == 2
    assert len(wecom.to(MARK_TAG)) == 1


def test_pauses_grow_and_are_forgotten(redis_client: redis.Redis) -> None:
    lengths = []
    for _ in range(5):
        lengths.append(limits(redis_client).pause("x").total_seconds())
        _end_pause(redis_client, ago_seconds=1)
    _end_pause(redis_client, ago_seconds=601)

    assert lengths == [60, 120, 240, 480, 600]
    assert limits(redis_client).pause("x") == timedelta(seconds=60)


def _end_pause(redis_client: redis.Redis, *, ago_seconds: int) -> None:
    """Let the pause have ended some time ago, as if the clock had gone on."""
    strikes = (redis_client.hget(PAUSED, "x") or b"").split()[1]
    seconds, microseconds = redis_client.time()
    ended = seconds * 1000 + microseconds // 1000 - ago_seconds * 1000
    redis_client.hset(PAUSED, "x", f"{ended} {int(strikes)}")


def test_a_second_hit_during_a_pause_does_not_lengthen_it(redis_client: redis.Redis) -> None:
    first = limits(redis_client).pause("x")

    assert limits(redis_client).pause("x") <= first


def test_pauses_do_not_stay_for_ever(redis_client: redis.Redis) -> None:
    limits(redis_client).pause("x")

    assert 0 < redis_client.pttl(PAUSED) <= 1_200_000


def test_a_call_that_times_out_gives_its_slot_back(
    valkey_url: str, redis_client: redis.Redis
) -> None:
    over = threading.Event()

    def respond(exchange: Exchange, asked: Asked) -> None:
        if asked.path == "gettoken":
            return exchange.reply(b'{"access_token": "T"}')
        over.wait(5)
        return None

    with (
        serve(respond) as url,
        redis.Redis.from_url(valkey_url) as shared,
        Client(CORPID, SECRET, base_url=url, redis=shared, timeout_seconds=0.2) as client,
    ):
        with pytest.raises(APIUnreachable, match="ReadTimeout"):
            tag.mark_tag(client, "u", "wm1", add_tag=["t"])
        over.set()

    assert redis_client.zcard(LEASES) == 0
