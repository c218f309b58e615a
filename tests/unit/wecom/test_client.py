"""What the client sends, and what it makes of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from wecom_api import CORPID, SECRET, Asked, WeCom

import errors
from wecom import Call, Client, Endpoint, SuiteSecret
from wecom.answer import nothing, record
from wecom.external_contact import Customer

PING = Endpoint("POST", "test/ping", nothing, doc=1)
ASK = Endpoint("GET", "test/ask", nothing, doc=1)
OPEN = Endpoint("GET", "test/open", nothing, doc=1, credential="none")
READ = Endpoint("GET", "test/read", record(Customer), doc=1)


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def answering(
    handler: Callable[[httpx2.Request], httpx2.Response],
    *,
    base_url: str = "https://qyapi.example",
    timeout_seconds: float = 5,
) -> Client:
    """A client whose token is granted and whose other calls the handler answers."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/gettoken"):
            return httpx2.Response(200, json=WeCom().grant())
        return handler(request)

    http = httpx2.Client(transport=httpx2.MockTransport(handle))
    return Client(CORPID, SECRET, http=http, base_url=base_url, timeout_seconds=timeout_seconds)


def test_sends_raw_utf8_json_with_the_token_in_the_query() -> None:
    wecom = WeCom()

    wecom.client().call(PING, json={"text": {"content": "你好 🎉"}, "absent": None})

    [asked] = wecom.to("test/ping")
    assert asked.method == "POST"
    assert asked.query == {"access_token": "TOKEN-1"}
    assert asked.body == '{"text":{"content":"你好 🎉"}}'.encode()
    assert asked.headers["content-type"] == "application/json"
    assert "TOKEN-1" not in str(asked.headers)


@pytest.mark.parametrize("suite_id", ["ww4asffe99e54c0fxx", "dk4asffe99e54c0fxx"])
def test_the_token_of_a_corp_comes_from_what_its_kind_of_app_asks(suite_id: str) -> None:
    wecom = WeCom()
    wecom.on("service/get_corp_token", lambda _: wecom.grant())
    suite = SuiteSecret(suite_id, "SUITE-SECRET", lambda: "TICKET")
    http = httpx2.Client(transport=httpx2.MockTransport(wecom))
    api = Client("wwprovider", suite=suite, http=http).authorised("wwcorp", "PERMANENT")

    api.call(PING)

    granted = [wecom.to("service/get_corp_token"), wecom.to("gettoken")]
    if suite_id.startswith("dk"):
        assert [len(each) for each in granted] == [0, 1]
        assert granted[1][0].query == {"corpid": "wwcorp", "corpsecret": "PERMANENT"}
    else:
        assert [len(each) for each in granted] == [1, 0]


@pytest.mark.parametrize("errcode", [40001, 40013])
def test_a_reset_secret_of_a_provider_developed_app_may_be_replaced_soon(errcode: int) -> None:
    wecom = WeCom()
    suite = SuiteSecret("dk4asffe99e54c0fxx", "SUITE-SECRET", lambda: "TICKET")
    http = httpx2.Client(transport=httpx2.MockTransport(wecom))
    api = Client("wwprovider", suite=suite, http=http).authorised("wwcorp", "PERMANENT")
    api.call(PING)
    wecom.revoke()
    wecom.on("gettoken", {"errcode": errcode, "errmsg": "invalid credential"})

    for _ in range(2):  # the second time it is known without asking
        with pytest.raises(errors.PermanentCodeRejected) as rejected:
            api.call(PING)
        assert rejected.value.retryable

    assert len(wecom.to("gettoken")) == 2
    assert "PERMANENT" not in str(rejected.value)


def test_sends_half_an_emoji_as_a_question_mark() -> None:
    wecom = WeCom()

    wecom.client().call(PING, json={"remark": "cut\ud83d"})

    assert wecom.to("test/ping")[0].json == {"remark": "cut?"}


def test_escapes_what_a_query_cannot_hold() -> None:
    wecom = WeCom()

    wecom.client().call(ASK, query={"cursor": "a&b=c/你 +", "absent": None})

    [asked] = wecom.to("test/ask")
    assert asked.method == "GET"
    assert asked.body == b""
    assert asked.query == {"access_token": "TOKEN-1", "cursor": "a&b=c/你 +"}


def test_keeps_a_path_in_front_of_the_api() -> None:
    seen: list[str] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url).partition("?")[0])
        return httpx2.Response(200, json={"errcode": 0})

    answering(handle, base_url="https://proxy.example/wecom/").call(PING)

    assert seen == ["https://proxy.example/wecom/cgi-bin/test/ping"]


def test_an_open_endpoint_needs_no_token() -> None:
    wecom = WeCom()

    with pytest.raises(errors.AccessTokenRejected):  # the stand-in wants a token of everybody
        wecom.client().call(OPEN)

    assert wecom.to("gettoken") == []


@pytest.mark.parametrize("answer", [{}, {"errmsg": "ok"}, {"errcode": 0}, {"errcode": None}])
def test_a_missing_errcode_is_success(answer: dict[str, Any]) -> None:
    wecom = WeCom()
    wecom.on("test/ping", answer)

    wecom.client().call(PING)

    assert len(wecom.to("test/ping")) == 1


def test_decides_by_the_code_before_it_looks_at_results() -> None:
    wecom = WeCom()
    wecom.on(
        "test/read", {"errcode": 84061, "errmsg": "not external contact", "external_contact": {}}
    )

    with pytest.raises(errors.NotExternalContact) as refused:
        wecom.client().call(READ)

    assert refused.value.errcode == 84061
    assert refused.value.endpoint == "test/read"


def test_an_answer_without_what_was_asked_for_is_none() -> None:
    wecom = WeCom()
    wecom.on("test/read", {"errcode": 0})

    with pytest.raises(errors.APIUnreachable, match="lacks external_contact") as failed:
        wecom.client().call(READ)

    assert failed.value.sent


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>bad gateway</html>",
        b"null",
        b"[]",
        b'"ok"',
        b'{"errcode": "none"}',
        b'{"errcode": []}',
        b'{"errcode": 1e999}',
        b'{"errcode": 0',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_an_answer_that_is_not_the_apis_is_unreachable(content: bytes) -> None:
    client = answering(lambda _: httpx2.Response(200, content=content))

    with pytest.raises(errors.APIUnreachable, match="not the API's JSON") as failed:
        client.call(PING)

    assert failed.value.sent
    assert failed.value.retryable


@pytest.mark.parametrize("status", [204, 301, 302, 403, 404, 413, 500, 502, 503, 504])
def test_only_status_200_is_an_answer(status: int) -> None:
    client = answering(
        lambda _: httpx2.Response(status, json={"errcode": 0}, headers={"Location": "/x"})
    )

    with pytest.raises(errors.APIUnreachable, match=f"HTTP status {status}"):
        client.call(PING)


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        (httpx2.ConnectError("refused"), False),
        (httpx2.ConnectTimeout("late"), False),
        (httpx2.PoolTimeout("full"), False),
        (httpx2.ReadTimeout("late"), True),
        (httpx2.WriteTimeout("late"), True),
        (httpx2.ReadError("reset"), True),
        (httpx2.WriteError("reset"), True),
        (httpx2.RemoteProtocolError("gone"), True),
    ],
)
def test_says_whether_the_request_may_have_been_acted_on(fault: Exception, sent: bool) -> None:  # noqa: FBT001 - a row of the table
    def handle(_: httpx2.Request) -> httpx2.Response:
        raise fault

    with pytest.raises(errors.APIUnreachable) as failed:
        answering(handle).call(PING)

    assert failed.value.sent is sent
    assert failed.value.__cause__ is None
    assert failed.value.__context__ is None


def test_repeats_nothing_by_itself() -> None:
    wecom = WeCom()
    wecom.on("test/ping", {"errcode": -1, "errmsg": "system busy"})

    with pytest.raises(errors.SystemBusy):
        wecom.client().call(PING)

    assert len(wecom.to("test/ping")) == 1


@pytest.mark.parametrize("errcode", [40014, 42001, 40001])
def test_a_rejected_token_is_renewed_and_the_call_repeated_once(errcode: int) -> None:
    wecom = WeCom()
    client = wecom.client()
    client.call(PING)
    wecom.on(
        "test/ping",
        lambda asked: {"errcode": errcode if asked.query["access_token"] == "TOKEN-1" else 0},
    )

    client.call(PING, json={"x": 1})

    assert [each.query["access_token"] for each in wecom.to("test/ping")] == [
        "TOKEN-1",
        "TOKEN-1",
        "TOKEN-2",
    ]
    assert wecom.to("test/ping")[1].body == wecom.to("test/ping")[2].body


def test_a_token_rejected_for_good_costs_two_gettokens_and_says_so() -> None:
    wecom = WeCom()
    wecom.on("test/ping", {"errcode": 40014, "errmsg": "invalid access_token"})
    client = wecom.client()

    for _ in range(10):
        with pytest.raises(errors.AccessTokenRejected, match="corpid and secret belong together"):
            client.call(PING)

    assert len(wecom.to("gettoken")) == 2


def test_a_wrong_secret_is_asked_about_once() -> None:
    wecom = WeCom()
    wecom.on("gettoken", {"errcode": 40001, "errmsg": "invalid credential"})
    client = wecom.client()

    for _ in range(10):
        with pytest.raises(errors.CredentialRejected, match="invalid credential") as refused:
            client.call(PING)
        assert "Secret" in refused.value.text.zh

    assert len(wecom.to("gettoken")) == 1
    assert wecom.to("test/ping") == []
    rejection = client.credential_rejection()
    assert rejection is not None
    assert rejection.errcode == 40001


def test_a_good_credential_is_not_reported() -> None:
    wecom = WeCom()
    client = wecom.client()
    client.call(PING)

    assert client.credential_rejection() is None


def test_a_passing_fault_of_gettoken_is_asked_again() -> None:
    wecom = WeCom()
    wecom.on("gettoken", {"errcode": -1, "errmsg": "system busy"})
    client = wecom.client()
    with pytest.raises(errors.SystemBusy):
        client.call(PING)
    del wecom.scripts["gettoken"]

    client.call(PING)

    assert len(wecom.to("test/ping")) == 1


@pytest.mark.parametrize("answer", [{"errcode": 0}, {"access_token": None}])
def test_a_grant_without_token_is_none(answer: dict[str, Any]) -> None:
    wecom = WeCom()
    wecom.on("gettoken", answer)

    with pytest.raises(errors.APIUnreachable, match="gettoken: the answer lacks access_token"):
        wecom.client().call(PING)


def test_the_deadline_cuts_every_timeout() -> None:
    seen: list[float] = []

    def handle(request: httpx2.Request) -> httpx2.Response:
        timeout = request.extensions["timeout"]
        seen.extend(timeout[name] for name in ("connect", "read", "write", "pool"))
        return httpx2.Response(200, json={"errcode": 0})

    client = answering(handle, timeout_seconds=30)
    client.bound(in_seconds(3)).call(PING)
    client.call(PING)

    assert all(2 < seconds <= 3 for seconds in seen[:4])
    assert all(29 < seconds <= 30 for seconds in seen[4:])


def test_nothing_is_sent_after_the_deadline() -> None:
    wecom = WeCom()

    with pytest.raises(errors.DeadlinePassed):
        wecom.client().bound(in_seconds(-0.001)).call(PING)

    assert wecom.asked == []


def test_of_two_deadlines_the_earlier_counts() -> None:
    wecom = WeCom()

    with pytest.raises(errors.DeadlinePassed):
        wecom.client().bound(in_seconds(-1)).bound(in_seconds(60)).call(PING)


def test_a_deadline_must_know_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        WeCom().client().bound(datetime(2026, 1, 1))  # noqa: DTZ001 - the mistake under test


def test_reports_every_call_to_the_observer() -> None:
    wecom = WeCom()
    wecom.on("test/ping", {"errcode": 45033, "errmsg": "api concurrent out of limit"})
    calls: list[Call] = []

    with pytest.raises(errors.RateLimited):
        wecom.client().bound(observe=calls.append).call(PING)

    assert [(each.endpoint, each.errcode) for each in calls] == [
        ("gettoken", 0),
        ("test/ping", 45033),
    ]
    assert all(each.milliseconds >= 0 for each in calls)


def test_reports_a_call_without_answer() -> None:
    calls: list[Call] = []
    client = answering(lambda _: httpx2.Response(502)).bound(observe=calls.append)

    with pytest.raises(errors.APIUnreachable):
        client.call(PING)

    assert calls[-1].endpoint == "test/ping"
    assert calls[-1].errcode is None


def test_a_bound_copy_keeps_its_observer_and_shares_the_token() -> None:
    wecom = WeCom()
    client = wecom.client()
    calls: list[Call] = []

    client.call(PING)
    client.bound(observe=calls.append).bound(in_seconds(60)).call(PING)

    assert len(wecom.to("gettoken")) == 1
    assert len(calls) == 1


def test_45009_rests_this_endpoint_and_no_other() -> None:
    wecom = WeCom()
    wecom.on("test/ping", {"errcode": 45009, "errmsg": "api freq out of limit"})
    client = wecom.client()

    with pytest.raises(errors.RateLimited) as limited:
        client.call(PING)
    with pytest.raises(errors.APIPaused) as paused:
        client.call(PING)
    client.call(ASK)

    assert limited.value.after == timedelta(seconds=60)
    assert timedelta(seconds=50) < paused.value.after <= timedelta(seconds=60)
    assert len(wecom.to("test/ping")) == 1
    assert len(wecom.to("test/ask")) == 1


def test_45033_rests_nothing() -> None:
    wecom = WeCom()
    wecom.on("test/ping", {"errcode": 45033, "errmsg": "api concurrent out of limit"})
    client = wecom.client()

    for _ in range(2):
        with pytest.raises(errors.RateLimited) as limited:
            client.call(PING)
        assert limited.value.after is None

    assert len(wecom.to("test/ping")) == 2


def test_the_errmsg_is_kept_without_the_token() -> None:
    wecom = WeCom()

    def refuse(asked: Asked) -> dict[str, Any]:
        token = asked.query["access_token"]
        return {"errcode": 40058, "errmsg": f"bad, hint: [17], token {token} {SECRET}" + "x" * 9999}

    wecom.on("test/ping", refuse)

    with pytest.raises(errors.APIError) as refused:
        wecom.client().call(PING)

    assert "hint: [17]" in refused.value.errmsg
    assert "TOKEN-1" not in str(refused.value)
    assert SECRET not in str(refused.value)
    assert len(refused.value.errmsg) < 600


def test_a_shared_http_client_stays_open() -> None:
    wecom = WeCom()
    http = httpx2.Client(transport=httpx2.MockTransport(wecom))

    with Client(CORPID, SECRET, http=http) as client:
        client.call(PING)

    assert not http.is_closed


def test_its_own_http_client_is_closed() -> None:
    with Client(CORPID, SECRET) as client:
        http = client._http

    assert http.is_closed


def test_a_repr_tells_no_secret() -> None:
    client = Client(CORPID, SECRET, app="contacts", http=httpx2.Client(trust_env=False))

    assert repr(client) == "Client(corpid='ww1234567890abcdef', app='contacts')"
    assert SECRET not in json.dumps(repr(client.bound()))
