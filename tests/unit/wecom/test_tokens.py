"""One access_token for all threads of a process, without Redis; the clock is ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from errors import APIUnreachable, CredentialRejected
from wecom.shared import Shared
from wecom.token import AccessToken
from wecom.tokens import Tokens


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Granting:
    """A gettoken that grants TOKEN-1, TOKEN-2 ..."""

    expires_in: int = 7200
    fetched: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    count: int = 0

    def __call__(self) -> AccessToken:
        self.count += 1
        self.fetched.release()
        return AccessToken(access_token=f"TOKEN-{self.count}", expires_in=self.expires_in)

    def wait(self) -> None:
        assert self.fetched.acquire(timeout=5)


def eventually(fact: Callable[[], bool]) -> bool:
    """Wait for what another thread is about to do."""
    for _ in range(2500):
        if fact():
            return True
        time.sleep(0.002)
    return False


def refusing() -> AccessToken:
    raise CredentialRejected(40001, "invalid credential", endpoint="gettoken")


def unreachable() -> AccessToken:
    raise APIUnreachable("gettoken: HTTP status 502")


def never() -> AccessToken:
    raise AssertionError("gettoken must not be called")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> Tokens:
    return Tokens("ww1", "secret", shared=Shared(None), fetch_seconds=5, clock=clock)


@pytest.fixture
def get(tokens: Tokens, clock: Clock) -> Callable[[Callable[[], AccessToken]], str]:
    return lambda fetch: tokens.current(fetch, until=clock.now + 5, fetch_ahead=fetch)


Get = Callable[[Callable[[], AccessToken]], str]


def test_32_cold_threads_fetch_once(get: Get) -> None:
    granting = Granting()
    start = threading.Barrier(32)

    def ask(_: int) -> str:
        start.wait()
        return get(granting)

    with ThreadPoolExecutor(32) as pool:
        got = set(pool.map(ask, range(32)))

    assert got == {"TOKEN-1"}
    assert granting.count == 1


def test_a_live_token_is_used_again(get: Get, clock: Clock) -> None:
    get(Granting())
    clock.now += 6899

    assert get(never) == "TOKEN-1"


def test_an_expired_token_is_replaced_before_it_is_used(get: Get, clock: Clock) -> None:
    granting = Granting()
    get(granting)
    clock.now += 7200

    assert get(granting) == "TOKEN-2"


@pytest.mark.parametrize(("expires_in", "age"), [(7200, 6901), (60, 46)])
def test_an_ageing_token_is_used_while_the_next_is_fetched(
    get: Get, clock: Clock, expires_in: int, age: int
) -> None:
    granting = Granting(expires_in=expires_in)
    get(granting)
    granting.wait()
    clock.now += age

    during = get(granting)
    granting.wait()

    assert during == "TOKEN-1"
    assert eventually(lambda: get(never) == "TOKEN-2")


def test_trusts_a_countdown_of_expires_in(get: Get, clock: Clock) -> None:
    granting = Granting(expires_in=100)
    get(granting)
    clock.now += 100

    assert get(granting) == "TOKEN-2"


@pytest.mark.parametrize("expires_in", [0, -5])
def test_a_grant_that_is_over_at_once_serves_a_second(
    get: Get, clock: Clock, expires_in: int
) -> None:
    get(Granting(expires_in=expires_in))

    assert get(never) == "TOKEN-1"


def test_a_failed_refresh_keeps_the_old_token(get: Get, clock: Clock, tokens: Tokens) -> None:
    get(Granting())
    clock.now += 7000

    tokens._replace_ageing(unreachable)

    assert get(never_ahead) == "TOKEN-1"


def never_ahead() -> AccessToken:
    """A background fetch that fails, in place of one that would be an error."""
    return unreachable()


def test_a_renewal_gives_another_token(get: Get, tokens: Tokens, clock: Clock) -> None:
    granting = Granting()
    get(granting)

    assert tokens.renew("TOKEN-1", granting, until=clock.now + 5) == "TOKEN-2"
    assert get(never) == "TOKEN-2"


def test_a_token_somebody_else_replaced_is_not_fetched_again(
    get: Get, tokens: Tokens, clock: Clock
) -> None:
    granting = Granting()
    get(granting)
    tokens.renew("TOKEN-1", granting, until=clock.now + 5)

    assert tokens.renew("TOKEN-1", never, until=clock.now + 5) == "TOKEN-2"


def test_32_rejected_threads_renew_once(get: Get, tokens: Tokens, clock: Clock) -> None:
    granting = Granting()
    get(granting)
    start = threading.Barrier(32)

    def renew(_: int) -> str | None:
        start.wait()
        return tokens.renew("TOKEN-1", granting, until=clock.now + 5)

    with ThreadPoolExecutor(32) as pool:
        got = set(pool.map(renew, range(32)))

    assert got == {"TOKEN-2"}
    assert granting.count == 2


def test_a_renewed_token_rejected_in_turn_has_to_rest_longer_each_time(
    get: Get, tokens: Tokens, clock: Clock
) -> None:
    granting = Granting()
    rejected: str | None = get(granting)
    rests = []

    for _ in range(8):
        begun = clock.now
        while (renewed := tokens.renew(rejected or "", granting, until=clock.now + 5)) is None:
            clock.now += 10
        rests.append(clock.now - begun)
        rejected = renewed

    assert rests == [0, 30, 60, 120, 240, 480, 600, 600]


def test_a_token_that_served_well_is_renewed_at_once(
    get: Get, tokens: Tokens, clock: Clock
) -> None:
    granting = Granting()
    get(granting)
    tokens.renew("TOKEN-1", granting, until=clock.now + 5)
    clock.now += 3600

    assert tokens.renew("TOKEN-2", granting, until=clock.now + 5) == "TOKEN-3"
    assert tokens.renew("TOKEN-3", never, until=clock.now + 5) is None


def test_a_wrong_secret_is_remembered_for_five_minutes(get: Get, clock: Clock) -> None:
    with pytest.raises(CredentialRejected):
        get(refusing)
    clock.now += 299

    with pytest.raises(CredentialRejected) as refused:
        get(never)
    clock.now += 1

    assert refused.value.errcode == 40001
    assert get(Granting()) == "TOKEN-1"


def test_a_secret_refused_ahead_of_expiry_is_not_asked_about_again(
    get: Get, tokens: Tokens, clock: Clock
) -> None:
    get(Granting())
    clock.now += 7000
    with pytest.raises(CredentialRejected):
        tokens.renew("TOKEN-1", refusing, until=clock.now + 5)

    assert get(never) == "TOKEN-1"
    with pytest.raises(CredentialRejected):
        tokens.renew("TOKEN-1", never, until=clock.now + 5)


def test_waits_no_longer_than_told_for_another_thread(tokens: Tokens, clock: Clock) -> None:
    with tokens._turn(clock.now + 5), pytest.raises(APIUnreachable, match="in time") as failed:
        tokens.current(never, until=clock.now + 0.01, fetch_ahead=never)

    assert not failed.value.sent


def test_tells_no_token_in_a_repr(get: Get, tokens: Tokens) -> None:
    get(Granting())

    assert "TOKEN" not in repr(tokens._grant)
    assert "TOKEN" not in repr(AccessToken(access_token="TOKEN-1"))
