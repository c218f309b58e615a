"""Access tokens (获取access_token, doc 91039): one per secret, shared by every process.

In-process over Redis over `gettoken`, or over what grants the tokens of suites and providers. A
token is replaced ahead of its end by one process while the others go on with it; a rejected one is
compared and swapped.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from errors import APIUnreachable, CredentialRejected, WeComError
from wecom import errcodes
from wecom.shared import Shared
from wecom.token import AccessToken

_log = logging.getLogger(__name__)

Fetch = Callable[[], AccessToken]

_AHEAD_SECONDS = 300.0
_POLL_SECONDS = 0.05
_CLOCK_ERROR_SECONDS = 5.0  # of when another process fetched; a busy one reads Redis' answer late
_REFUSED_SECONDS = 300.0  # wrong secrets, tried often, block the address for an hour (doc 90313)
_REST_SECONDS = 30.0
_LONGEST_REST_SECONDS = 600.0

_LOAD = """
return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1]),
        redis.call('GET', KEYS[2]), redis.call('PTTL', KEYS[2])}
"""
_STORE = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) return 1"
_LOCK = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """One access_token; times are of the monotonic clock.

    renewals: how many rejected tokens in a row it replaced.
    """

    access_token: str = field(repr=False)
    lifetime_seconds: float
    fetched_at: float
    renewals: int = 0

    @property
    def expires_at(self) -> float:
        """When WeCom stops to accept it."""
        return self.fetched_at + self.lifetime_seconds

    @property
    def ages_at(self) -> float:
        """When a new one should be fetched."""
        return self.expires_at - min(_AHEAD_SECONDS, self.lifetime_seconds / 4)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What gettoken said of a wrong corpid or secret, and until when it is not asked again."""

    errcode: int
    errmsg: str
    until: float


class Tokens:
    """Keeps the access_token of one secret.

    corpid: the owner; of a suite's token the suite_id. kind: the query parameter it is for.
    endpoint: what grants it; only its own refusals are remembered.
    """

    def __init__(
        self,
        corpid: str,
        secret: str,
        *,
        kind: str = "access_token",
        endpoint: str = "gettoken",
        shared: Shared,
        fetch_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # The platform's scope of a token is the secret, so apps that share one share its token.
        # A hash keeps a corrected secret apart from the wrong one and tells neither.
        digest = hashlib.sha256(f"{corpid}\0{secret}".encode()).hexdigest()[:32]
        self._key = f"wecom:{{{corpid}}}:{kind}:{digest}"
        self._refused_key = f"{self._key}:refused"
        self._lock_key = f"{self._key}:lock"
        self._kind = kind
        self._endpoint = endpoint
        self._shared = shared
        self._fetch_seconds = fetch_seconds
        self._clock = clock
        self._mutex = threading.Lock()
        self._grant: Grant | None = None
        self._refusal: Refusal | None = None
        self._look_ahead_at = 0.0

    def known_refusal(self) -> CredentialRejected | None:
        """Return what gettoken said of a wrong corpid or secret lately, in any process."""
        self._load()
        return self._refused()

    def seconds_left(self) -> float | None:
        """Return how long the present token is good for; None when no process has one."""
        grant = self._unexpired()
        return None if grant is None else grant.expires_at - self._clock()

    def current(self, fetch: Fetch, *, until: float, fetch_ahead: Fetch) -> str:
        """Return a token that should be accepted; fetch one, or wait for who does, `until` then.

        fetch_ahead: fetches in the background, when the present token nears its end.
        """
        grant, now = self._grant, self._clock()
        if grant is None or now >= grant.expires_at:
            return self._obtain(fetch, until).access_token
        if now >= grant.ages_at:
            self._look_ahead(grant, now, fetch_ahead)
        return grant.access_token

    def renew(self, rejected: str, fetch: Fetch, *, until: float) -> str | None:
        """Return another token than the rejected one, or None when a new one would not help.

        A token that replaced a rejected one and is rejected in turn has to rest before the next
        gettoken: 30 seconds, then twice as long each time, so that a token rejected for good does
        not become a loop.
        """

        def replaced() -> Grant | None:
            grant = self._other_than(rejected)
            if grant is None and not self._rested(rejected):
                raise _RestingError
            return grant

        try:
            with self._turn(until):
                grant = replaced() or self._fetch_or_wait(
                    fetch, until, ready=replaced, renewals=self._streak
                )
        except _RestingError:
            return None
        return grant.access_token

    def _obtain(self, fetch: Fetch, until: float) -> Grant:
        self._raise_if_refused()
        with self._turn(until):
            return self._unexpired() or self._fetch_or_wait(
                fetch, until, ready=self._unexpired, renewals=int
            )

    def _fetch_or_wait(
        self,
        fetch: Fetch,
        until: float,
        *,
        ready: Callable[[], Grant | None],
        renewals: Callable[[], int],
    ) -> Grant:
        """Fetch under the shared lock; while another process holds it, look for what it got."""
        owner = os.urandom(8).hex()
        while not self._lock(owner):
            if self._clock() + _POLL_SECONDS > until:
                raise self._none_in_time()
            time.sleep(_POLL_SECONDS)
            if (grant := ready()) is not None:
                return grant
            self._raise_if_refused()
        try:
            if (grant := ready()) is not None:
                return grant
            self._raise_if_refused()
            return self._fetch(fetch, renewals=renewals())
        finally:
            self._shared.run(_UNLOCK, [self._lock_key], owner)

    def _lock(self, owner: str) -> bool:
        milliseconds = int((self._fetch_seconds + 2) * 1000)
        taken: object = self._shared.run(_LOCK, [self._lock_key], owner, milliseconds)
        return taken != 0  # None: no Redis, so nobody to wait for

    def _fetch(self, fetch: Fetch, *, renewals: int) -> Grant:
        fetched_at = self._clock()
        try:
            answer = fetch()
        except CredentialRejected as refusal:
            if refusal.endpoint == self._endpoint:
                self._remember(refusal)
            raise
        self._refusal = None
        self._grant = grant = Grant(
            access_token=answer.access_token,
            lifetime_seconds=max(1.0, answer.expires_in),
            fetched_at=fetched_at,
            renewals=renewals,
        )
        self._store(grant)
        _log.info("%s_fetched expires_in=%d", self._kind, answer.expires_in)
        return grant

    def _look_ahead(self, grant: Grant, now: float, fetch: Fetch) -> None:
        if now < self._look_ahead_at or self._refused() is not None:
            return
        self._look_ahead_at = now + min(10.0, (grant.expires_at - grant.ages_at) / 10)
        threading.Thread(
            target=self._replace_ageing, args=(fetch,), name="access-token", daemon=True
        ).start()

    def _replace_ageing(self, fetch: Fetch) -> None:
        try:
            with self._turn(self._clock() + self._fetch_seconds):
                if self._young() is None:
                    self._fetch_unless_another_does(fetch)
        except (WeComError, RuntimeError) as error:  # RuntimeError: the client was closed meanwhile
            _log.warning("access_token_refresh_failed error=%s", error)

    def _fetch_unless_another_does(self, fetch: Fetch) -> None:
        owner = os.urandom(8).hex()
        if not self._lock(owner):
            return
        try:
            if self._young() is None and self._refused() is None:
                self._fetch(fetch, renewals=0)
        finally:
            self._shared.run(_UNLOCK, [self._lock_key], owner)

    def _unexpired(self) -> Grant | None:
        self._load()
        grant = self._grant
        return grant if grant is not None and self._clock() < grant.expires_at else None

    def _young(self) -> Grant | None:
        self._load()
        grant = self._grant
        return grant if grant is not None and self._clock() < grant.ages_at else None

    def _other_than(self, rejected: str) -> Grant | None:
        if self._grant is None or self._grant.access_token == rejected:
            self._load()
        grant = self._grant
        if grant is None or grant.access_token == rejected:
            return None
        return grant if self._clock() < grant.expires_at else None

    def _rested(self, rejected: str) -> bool:
        grant = self._grant
        if grant is None or grant.access_token != rejected or not grant.renewals:
            return True
        rest = min(_REST_SECONDS * 2.0 ** (grant.renewals - 1), _LONGEST_REST_SECONDS)
        return self._clock() - grant.fetched_at >= rest

    def _streak(self) -> int:
        grant = self._grant
        if grant is None or self._clock() - grant.fetched_at > 2 * _LONGEST_REST_SECONDS:
            return 1
        return grant.renewals + 1

    def _load(self) -> None:
        """Take over what Redis has, unless ours was surely fetched later and not written there."""
        answer = self._shared.run(_LOAD, [self._key, self._refused_key])
        if answer is None:
            return
        token, token_ms, refusal, refusal_ms = answer
        now = self._clock()
        if refusal:
            self._refusal = _read_refusal(refusal, now, refusal_ms / 1000)
        ours, theirs = self._grant, _read_grant(token, now, token_ms / 1000) if token else None
        if theirs and (ours is None or theirs.fetched_at > ours.fetched_at - _CLOCK_ERROR_SECONDS):
            self._grant = theirs

    def _store(self, grant: Grant) -> None:
        value = json.dumps(
            {
                "access_token": grant.access_token,
                "lifetime_seconds": grant.lifetime_seconds,
                "renewals": grant.renewals,
            }
        )
        left_ms = int((grant.expires_at - self._clock()) * 1000)
        self._shared.run(_STORE, [self._key], value, max(1, left_ms))

    def _remember(self, refusal: CredentialRejected) -> None:
        self._refusal = Refusal(
            errcode=refusal.errcode,
            errmsg=refusal.errmsg,
            until=self._clock() + _REFUSED_SECONDS,
        )
        value = json.dumps({"errcode": refusal.errcode, "errmsg": refusal.errmsg})
        self._shared.run(_STORE, [self._refused_key], value, int(_REFUSED_SECONDS * 1000))
        hint = refusal.hint.en if refusal.hint else ""
        _log.error("credential_rejected errcode=%d hint=%s", refusal.errcode, hint)

    def _raise_if_refused(self) -> None:
        if (refusal := self._refused()) is not None:
            raise refusal

    def _refused(self) -> CredentialRejected | None:
        told = self._refusal
        if told is None or self._clock() >= told.until:
            return None
        error = errcodes.error(told.errcode, told.errmsg, endpoint=self._endpoint)
        return error if isinstance(error, CredentialRejected) else None

    def _none_in_time(self) -> APIUnreachable:
        return APIUnreachable(f"{self._endpoint}: no {self._kind} in time", sent=False)

    @contextmanager
    def _turn(self, until: float) -> Iterator[None]:
        if not self._mutex.acquire(timeout=max(0.0, until - self._clock())):
            raise self._none_in_time()
        try:
            yield
        finally:
            self._mutex.release()


class _RestingError(Exception):
    """The rejected token replaced a rejected one a moment ago."""


def _read_grant(value: str | bytes, now: float, left_seconds: float) -> Grant | None:
    try:
        told = json.loads(value)
        return Grant(
            access_token=str(told["access_token"]),
            lifetime_seconds=float(told["lifetime_seconds"]),
            fetched_at=now + left_seconds - float(told["lifetime_seconds"]),
            renewals=int(told["renewals"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def _read_refusal(value: str | bytes, now: float, left_seconds: float) -> Refusal | None:
    try:
        told = json.loads(value)
        return Refusal(
            errcode=int(told["errcode"]), errmsg=str(told["errmsg"]), until=now + left_seconds
        )
    except (ValueError, KeyError, TypeError):
        return None
