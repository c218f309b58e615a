"""What the platform lets one corp do at a time (访问频率限制, doc 90312), kept across processes.

Calls in flight are leases in a Redis sorted set, so that a process that dies gives its slots back;
an endpoint that answered 45009 rests for the corp in every process. Without Redis each process
keeps the same rules for itself.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta

from errors import APIPaused
from wecom.shared import Shared

WAIT_SECONDS = 2.0
"""How long a call waits for a free slot before it is put off."""

_POLL_SECONDS = 0.02
_FIRST_PAUSE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 600.0
_READ_PAUSES_SECONDS = 1.0

_NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""
_TAKE = (
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
)
_GIVE_BACK = "return redis.call('ZREM', KEYS[1], ARGV[1])"
_PAUSE = (
    _NOW
    + """
local told = redis.call('HGET', KEYS[1], ARGV[1])
local strikes = 0
if told then
  local rests_until, count = string.match(told, '(%d+) (%d+)')
  if tonumber(rests_until) > now then return rests_until - now end
  if now - rests_until < tonumber(ARGV[3]) then strikes = tonumber(count) end
end
local pause = math.min(ARGV[2] * 2 ^ strikes, ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%d %d', now + pause, strikes + 1))
redis.call('PEXPIRE', KEYS[1], 2 * ARGV[3])
return pause
"""
)
_PAUSES = (
    _NOW
    + """
local found = {}
local told = redis.call('HGETALL', KEYS[1])
for i = 1, #told, 2 do
  local left = string.match(told[i + 1], '(%d+)') - now
  if left > 0 then
    found[#found + 1] = told[i]
    found[#found + 1] = left
  end
end
return found
"""
)


class Limits:
    """The limits of one corp."""

    def __init__(
        self,
        corpid: str,
        concurrency: Mapping[str, int],
        *,
        shared: Shared,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots = {
            path: _Slots(f"wecom:{{{corpid}}}:in_flight:{path}", limit, shared=shared)
            for path, limit in concurrency.items()
        }
        self._turns = _Turns()
        self._pauses = _Pauses(f"wecom:{{{corpid}}}:paused", shared=shared, clock=clock)

    def slot(
        self, path: str, *, until: float, lease_seconds: float
    ) -> AbstractContextManager[None]:
        """Hold one of the endpoint's slots; raise APIPaused when none comes free in time."""
        slots = self._slots.get(path)
        return nullcontext() if slots is None else slots.hold(until, lease_seconds)

    def turn(self, key: Hashable, *, until: float) -> AbstractContextManager[None]:
        """Be the only holder of the key in this process; raise APIPaused when it lasts too long."""
        return nullcontext() if not key else self._turns.hold(key, until)

    def check(self, path: str) -> None:
        """Raise APIPaused while the endpoint rests."""
        left_seconds = self._pauses.left_seconds(path)
        if left_seconds > 0:
            raise APIPaused(
                f"{path}: rests after 45009, {left_seconds:.0f} s left",
                after=timedelta(seconds=left_seconds),
            )

    def pauses(self) -> dict[str, timedelta]:
        """Return the endpoints that rest, and for how long yet."""
        return {
            path: timedelta(seconds=seconds) for path, seconds in self._pauses.all_left_seconds()
        }

    def pause(self, path: str) -> timedelta:
        """Let the endpoint rest after 45009: a minute, then twice as long each time."""
        return timedelta(seconds=self._pauses.add(path))


class _Slots:
    """At most `limit` calls in flight over all processes."""

    def __init__(self, key: str, limit: int, *, shared: Shared) -> None:
        self._key = key
        self._limit = limit
        self._shared = shared
        # In front of Redis, so that at most `limit` threads of this process ask it.
        self._local = threading.BoundedSemaphore(limit)

    @contextmanager
    def hold(self, until: float, lease_seconds: float) -> Iterator[None]:
        until = min(until, time.monotonic() + WAIT_SECONDS)
        if not self._local.acquire(timeout=max(0.0, until - time.monotonic())):
            raise self._full()
        try:
            lease = self._take(until, lease_seconds)
            try:
                yield
            finally:
                self._shared.run(_GIVE_BACK, [self._key], lease)
        finally:
            self._local.release()

    def _take(self, until: float, lease_seconds: float) -> str:
        lease = os.urandom(8).hex()
        milliseconds = int(lease_seconds * 1000)
        while self._shared.run(_TAKE, [self._key], lease, self._limit, milliseconds) == 0:
            pause = _POLL_SECONDS * random.uniform(0.5, 1.5)  # noqa: S311 - spreads the asking, no secret
            if time.monotonic() + pause > until:
                raise self._full()
            time.sleep(pause)
        return lease

    def _full(self) -> APIPaused:
        path = self._key.rpartition(":")[2]
        return APIPaused(f"{path}: {self._limit} calls are in flight")


class _Turns:
    """One holder at a time for each key."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._wanted: dict[Hashable, tuple[threading.Lock, int]] = {}

    @contextmanager
    def hold(self, key: Hashable, until: float) -> Iterator[None]:
        until = min(until, time.monotonic() + WAIT_SECONDS)
        lock = self._count(key, 1)
        try:
            if not lock.acquire(timeout=max(0.0, until - time.monotonic())):
                raise APIPaused("the same object is being edited")
            try:
                yield
            finally:
                lock.release()
        finally:
            self._count(key, -1)

    def _count(self, key: Hashable, change: int) -> threading.Lock:
        with self._guard:
            lock, wanted = self._wanted.get(key) or (threading.Lock(), 0)
            if wanted + change:
                self._wanted[key] = (lock, wanted + change)
            else:
                del self._wanted[key]
            return lock


class _Pauses:
    """Which endpoints rest, and until when."""

    def __init__(self, key: str, *, shared: Shared, clock: Callable[[], float]) -> None:
        self._key = key
        self._shared = shared
        self._clock = clock
        self._until: dict[str, float] = {}
        self._strikes: dict[str, int] = {}
        self._read_at = float("-inf")

    def left_seconds(self, path: str) -> float:
        now = self._refreshed()
        return self._until.get(path, 0.0) - now

    def all_left_seconds(self) -> list[tuple[str, float]]:
        now = self._refreshed()
        return [(path, until - now) for path, until in self._until.copy().items() if until > now]

    def add(self, path: str) -> float:
        now = self._clock()
        milliseconds = self._shared.run(
            _PAUSE, [self._key], path, _FIRST_PAUSE_SECONDS * 1000, _LONGEST_PAUSE_SECONDS * 1000
        )
        seconds = self._alone(path, now) if milliseconds is None else milliseconds / 1000
        self._until[path] = now + seconds
        return seconds

    def _refreshed(self) -> float:
        """Read what other processes were told, now and then; return the time."""
        now = self._clock()
        if now - self._read_at >= _READ_PAUSES_SECONDS:
            self._read_at = now
            self._read(now)
        return now

    def _alone(self, path: str, now: float) -> float:
        ended = self._until.get(path)
        if ended is not None and ended > now:
            return ended - now
        recent = ended is not None and now - ended < _LONGEST_PAUSE_SECONDS
        strikes = self._strikes.get(path, 0) if recent else 0
        self._strikes[path] = strikes + 1
        return float(min(_FIRST_PAUSE_SECONDS * 2**strikes, _LONGEST_PAUSE_SECONDS))

    def _read(self, now: float) -> None:
        told = self._shared.run(_PAUSES, [self._key])
        for path, milliseconds in zip(told[::2], told[1::2], strict=True) if told else ():
            name = path if isinstance(path, str) else path.decode()
            self._until[name] = max(self._until.get(name, 0.0), now + milliseconds / 1000)
