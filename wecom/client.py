"""The client of the server API: one call, with token, limits, deadline and typed errors."""

from __future__ import annotations

import copy
import json as jsonlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import httpx2
import redis as redislib

from errors import (
    AccessTokenRejected,
    AnswerTooLarge,
    APIError,
    APIUnreachable,
    ConfigurationError,
    CorpNotAuthorised,
    CredentialRejected,
    DeadlinePassed,
    PermanentCodeRejected,
    RateLimited,
    WeComError,
)
from language import Text
from wecom import errcodes
from wecom.answer import FieldMissing
from wecom.credentials import (
    AppSecret,
    PermanentCode,
    ProviderDevelopedApp,
    ProviderSecret,
    Source,
    SuiteSecret,
    is_template,
)
from wecom.download import Download
from wecom.endpoint import Call, Credential, Endpoint
from wecom.limits import Limits
from wecom.multipart import Upload
from wecom.shared import Shared
from wecom.token import AccessToken
from wecom.tokens import Tokens
from wecom.transport import TimeLeft, http_client

T = TypeVar("T")

# The longest are of user/list, with 1 to 2 KB for each member: this is some 40,000 members.
LARGEST_ANSWER_BYTES = 64 * 2**20

_log = logging.getLogger(__name__)

# 5 in flight is what WeCom's staff names for these two (api frequency, doc 90312, tells no number).
_CONCURRENCY = {"externalcontact/mark_tag": 5, "externalcontact/remark": 5}
_RATE_EXCEEDED = 45009
_PERMANENT_CODE_INVALID = 40084
_OK = 200
_FOREVER = float("inf")
_LEASE_MARGIN_SECONDS = 2.0
_LONGEST_ERRMSG = 500
_SECRET_PARAMETERS = {
    "access_token",
    "auth_code",
    "code",
    "corpsecret",
    "permanent_code",
    "provider_access_token",
    "provider_secret",
    "suite_access_token",
    "suite_secret",
    "suite_ticket",
    "user_ticket",
}
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_JSON_HEADERS = {"Content-Type": "application/json"}
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",  # how large it is shows only unpacked
    "User-Agent": "wecom-callback",
}


@dataclass(frozen=True)
class _Purse:
    """One kind of token: where a new one comes from, and the one there is."""

    source: Source
    tokens: Tokens


class Client:
    """Calls the server API for one app of one corp; safe to share between threads.

    suite, provider: what suite_access_token and provider_access_token are had for. The client of a
    suite has no corp of its own and so no secret: `authorised` gives those of its corps.
    redis: what the processes share tokens and limits through; None keeps them in this process.
    concurrency: calls in flight allowed per endpoint path, over all processes.
    timeout_seconds: for one HTTP call as a whole. observe: told of each.
    """

    def __init__(
        self,
        corpid: str,
        secret: str = "",
        *,
        agentid: int | None = None,
        app: str | None = None,
        suite: SuiteSecret | None = None,
        provider: ProviderSecret | None = None,
        base_url: str = "https://qyapi.weixin.qq.com",
        redis: redislib.Redis | None = None,
        http: httpx2.Client | None = None,
        concurrency: Mapping[str, int] | None = None,
        timeout_seconds: float = 5.0,
        observe: Callable[[Call], None] | None = None,
    ) -> None:
        _silence_http_logs()
        self.corpid = corpid
        self.agentid = agentid
        self.app = app
        self._root = f"{base_url.rstrip('/')}/cgi-bin/"
        self._timeout_seconds = timeout_seconds
        self._owns_http = http is None
        self._http = http or http_client()
        self._shared = Shared(redis)
        self._concurrency = _CONCURRENCY if concurrency is None else concurrency
        self._limits = Limits(corpid, self._concurrency, shared=self._shared)
        sources: dict[Credential, Source | None] = {
            "access_token": None if suite and not secret else AppSecret(corpid, secret),
            "suite_access_token": suite,
            "provider_access_token": provider,
        }
        self._purses = {
            kind: self._purse(kind, source) for kind, source in sources.items() if source
        }
        self._is_template = suite is not None and is_template(suite.owner)
        self._tickets: dict[str, Tokens] = {}
        self._not_authorised: CorpNotAuthorised | None = None
        self._until = _FOREVER
        self._observe = observe
        self._unbound = self  # what fetches ahead, without a deadline

    def __repr__(self) -> str:
        """Name corp and app; the secret stays inside."""
        return f"Client(corpid={self.corpid!r}, app={self.app!r})"

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        self.close()

    def close(self) -> None:
        """Give all connections back; a shared `http` stays open."""
        if self._owns_http:
            self._http.close()
        self._shared.close()

    def bound(
        self,
        deadline: datetime | None = None,
        observe: Callable[[Call], None] | None = None,
    ) -> Client:
        """Return a copy whose calls end at the deadline and are reported to `observe` as well.

        It shares tokens, connections and limits. Its calls raise DeadlinePassed when no time is
        left, and cut every timeout to what is left. Of two deadlines the earlier one counts.
        """
        client = copy.copy(self)
        until = self._until if deadline is None else min(self._until, _monotonic(deadline))
        vars(client).update(_observe=_both(self._observe, observe), _until=until)
        return client

    def authorised(self, corpid: str, permanent_code: str, *, agentid: int | None = None) -> Client:
        """Return a client of a corp that authorised this suite (企业授权).

        It shares connections and the suite's token with this one.
        """
        kind = ProviderDevelopedApp if self._is_template else PermanentCode
        source: Source = kind(corpid, permanent_code)
        return self._of_corp(corpid, agentid, {"access_token": self._purse("access_token", source)})

    def not_authorised(self, corpid: str, reason: CorpNotAuthorised) -> Client:
        """Return a client of a corp that did not: what needs the corp's token raises the reason."""
        client = self._of_corp(corpid, None, {})
        vars(client).update(_not_authorised=reason)
        return client

    def credential_rejection(self) -> CredentialRejected | None:
        """Return the refusal gettoken gave lately, to whichever process; nothing is asked now."""
        refusals = (purse.tokens.known_refusal() for purse in self._purses.values())
        return next(filter(None, refusals), None)

    def token_seconds_left(self) -> float | None:
        """Return how long the access_token is good for; None without one. Nothing is asked now."""
        lefts = (purse.tokens.seconds_left() for purse in self._purses.values())
        return next((left for left in lefts if left is not None), None)

    def pauses(self) -> dict[str, timedelta]:
        """Return the endpoints that rest after 45009, and for how long yet; WeCom is not asked."""
        return self._limits.pauses()

    def ticket(
        self, kind: str, endpoint: Endpoint[Any], fetch: Callable[[Client], AccessToken]
    ) -> str:
        """Return a ticket that `fetch` asks the endpoint for, kept and shared like a token."""
        purse = self._purses.get("access_token")
        if purse is None:
            raise self._lacking(endpoint)
        tickets = self._tickets.setdefault(
            kind, self._tokens_of(purse.source, kind=kind, endpoint=endpoint.path)
        )
        return tickets.current(
            lambda: fetch(self), until=self._patience(), fetch_ahead=lambda: fetch(self._unbound)
        )

    def call(
        self,
        endpoint: Endpoint[T],
        *,
        query: Mapping[str, object] | None = None,
        json: Mapping[str, object] | None = None,
        upload: Upload | None = None,
        download: Download | None = None,
    ) -> T:
        """Call an endpoint once and return its answer, read; None in query or json is left out.

        A download takes the file where the platform sends one, and is the answer then.

        A rejected access_token is renewed and the call repeated, once; nothing else is repeated.
        Raises APIError in its narrowest class, APIUnreachable, APIPaused or DeadlinePassed; an
        answer of more than 64 MiB is AnswerTooLarge.
        """
        self._require_time()
        query = _given(query)
        body = None if json is None else _given(json)
        with self._limits.turn(_turn(endpoint, body), until=self._until):
            answer = self._authorised(endpoint, query, body, upload or download)
        try:
            return endpoint.returns(answer)
        except FieldMissing as missing:
            raise APIUnreachable(f"{endpoint.path}: the answer lacks {missing}") from missing

    def _authorised(
        self,
        endpoint: Endpoint[T],
        query: Mapping[str, object],
        body: Mapping[str, object] | None,
        file: Upload | Download | None,
    ) -> Mapping[str, Any]:
        if endpoint.credential == "none":
            return self._answer(endpoint, query, body, file)
        purse = self._purses.get(endpoint.credential)
        if purse is None:
            raise self._lacking(endpoint)
        parameter = endpoint.parameter or endpoint.credential
        until = self._patience()
        with _void_code_told(purse.source):
            token = purse.tokens.current(
                lambda: purse.source.fetch(self),
                until=until,
                fetch_ahead=lambda: purse.source.fetch(self._unbound),
            )
        try:
            return self._answer(endpoint, {parameter: token, **query}, body, file)
        except PermanentCodeRejected:
            raise  # it was the code in the body that was rejected, not the token
        except (AccessTokenRejected, CredentialRejected) as error:
            rejection = error
        with _void_code_told(purse.source):
            renewed = purse.tokens.renew(token, lambda: purse.source.fetch(self), until=until)
        if renewed is None:
            raise rejection
        return self._answer(endpoint, {parameter: renewed, **query}, body, file)

    def _purse(self, kind: Credential, source: Source) -> _Purse:
        return _Purse(source, self._tokens_of(source, kind=kind, endpoint=source.endpoint))

    def _tokens_of(self, source: Source, *, kind: str, endpoint: str) -> Tokens:
        return Tokens(
            source.owner,
            source.secret,
            kind=kind,
            endpoint=endpoint,
            shared=self._shared,
            fetch_seconds=self._timeout_seconds,
        )

    def _of_corp(
        self, corpid: str, agentid: int | None, purses: Mapping[Credential, _Purse]
    ) -> Client:
        client = copy.copy(self)
        shared: dict[Credential, _Purse] = {
            kind: each for kind, each in self._purses.items() if kind != "access_token"
        }
        vars(client).update(
            corpid=corpid,
            agentid=agentid,
            _owns_http=False,
            _limits=Limits(corpid, self._concurrency, shared=self._shared),
            _purses=shared | dict(purses),
            _tickets={},
            _unbound=client,
        )
        return client

    def _lacking(self, endpoint: Endpoint[T]) -> WeComError:
        if endpoint.credential != "access_token":
            return ConfigurationError(
                f"{endpoint.path}: "
                + Text(
                    en=f"needs a {endpoint.credential}, and nothing is configured to get one with",
                    zh=f"需要 {endpoint.credential}，但没有相应的配置",
                )
            )
        return self._not_authorised or CorpNotAuthorised(
            f"{endpoint.path}: needs the access_token of a corp, and the event names none"
        )

    def _patience(self) -> float:
        """Return until when a token is waited for."""
        return min(self._until, time.monotonic() + 2 * self._timeout_seconds)

    def _require_time(self) -> None:
        if time.monotonic() >= self._until:
            raise DeadlinePassed

    def _answer(
        self,
        endpoint: Endpoint[T],
        query: Mapping[str, object],
        body: Mapping[str, object] | None,
        file: Upload | Download | None,
    ) -> Mapping[str, Any]:
        self._limits.check(endpoint.path)
        seconds = endpoint.timeout_seconds or self._timeout_seconds
        with self._limits.slot(
            endpoint.path, until=self._until, lease_seconds=seconds + _LEASE_MARGIN_SECONDS
        ):
            self._require_time()
            time_left = TimeLeft(min(self._until, time.monotonic() + seconds))
            request = self._request(endpoint, query, body, file, time_left)
            answer = self._send(endpoint, request, file)
        if answer["errcode"] == 0:
            return answer
        told = {**query, **(body or {})}
        raise self._error(endpoint, answer["errcode"], self._masked(answer.get("errmsg"), told))

    def _request(
        self,
        endpoint: Endpoint[T],
        query: Mapping[str, object],
        body: Mapping[str, object] | None,
        file: Upload | Download | None,
        time_left: TimeLeft,
    ) -> httpx2.Request:
        headers = _HEADERS
        content: bytes | Iterator[bytes] | None = None
        if isinstance(file, Upload):
            headers, content = {**_HEADERS, **file.headers}, file.body()
        elif isinstance(file, Download):
            headers = {**_HEADERS, **file.headers}
        elif body is not None:
            headers, content = {**_HEADERS, **_JSON_HEADERS}, _encoded(body)
        return httpx2.Request(
            endpoint.method,
            f"{self._root}{endpoint.path}?{urlencode(query)}",
            headers=headers,
            content=content,
            extensions={"timeout": time_left},
        )

    def _send(
        self,
        endpoint: Endpoint[T],
        request: httpx2.Request,
        file: Upload | Download | None,
    ) -> dict[str, Any]:
        """Make one HTTP call; the library's errors end here, because they carry the URL."""
        started, errcode = time.perf_counter(), None
        try:
            answer = self._exchange(endpoint, request, file)
            errcode = answer["errcode"]
        except (httpx2.HTTPError, httpx2.StreamError) as error:
            failure = _unreachable(endpoint, error)
        else:
            return answer
        finally:
            self._tell(Call(endpoint.path, (time.perf_counter() - started) * 1000, errcode))
        raise failure

    def _exchange(
        self,
        endpoint: Endpoint[T],
        request: httpx2.Request,
        file: Upload | Download | None,
    ) -> dict[str, Any]:
        with closing(self._http.send(request, stream=True, follow_redirects=False)) as response:
            if isinstance(file, Download) and file.is_sent(response.status_code, response.headers):
                return file.take(response.status_code, response.headers, response.iter_bytes())
            content = _content(endpoint, response)
        return _read(endpoint, response.status_code, content)

    def _tell(self, call: Call) -> None:
        _log.debug(
            "api_call endpoint=%s errcode=%s ms=%.0f",
            call.endpoint,
            call.errcode,
            call.milliseconds,
        )
        if self._observe is not None:
            self._observe(call)

    def _error(self, endpoint: Endpoint[T], errcode: int, errmsg: str) -> APIError:
        error = errcodes.error(errcode, errmsg, endpoint=endpoint.path)
        if errcode == _RATE_EXCEEDED and isinstance(error, RateLimited):
            error.after = self._limits.pause(endpoint.path)
        return error

    def _masked(self, errmsg: object, told: Mapping[str, object]) -> str:
        text = str(errmsg or "")[:_LONGEST_ERRMSG]
        secrets = {str(told[name]) for name in _SECRET_PARAMETERS & told.keys()}
        secrets.update(purse.source.secret for purse in self._purses.values())
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            text = text.replace(secret, "***")
        return text


def _content(endpoint: Endpoint[Any], response: httpx2.Response) -> bytearray:
    """Return the answer, of which no more is kept than any has."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise APIUnreachable(f"{endpoint.path}: the answer is compressed, which nobody asked for")
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER_BYTES:
            raise AnswerTooLarge(
                f"{endpoint.path}: the answer is larger than {LARGEST_ANSWER_BYTES >> 20} MiB"
            )
    return content


def _read(endpoint: Endpoint[Any], status: int, content: bytearray) -> dict[str, Any]:
    """Return the answer with `errcode` as a number; a few old successes leave it out."""
    if status != _OK:
        raise APIUnreachable(f"{endpoint.path}: HTTP status {status}")
    try:
        answer = jsonlib.loads(content)
        errcode = answer.get("errcode")
        answer["errcode"] = 0 if errcode is None else int(errcode)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        answer = None
    if answer is None:
        raise APIUnreachable(f"{endpoint.path}: the answer is not the API's JSON")
    return dict(answer)


def _unreachable(endpoint: Endpoint[Any], error: Exception) -> APIUnreachable:
    return APIUnreachable(
        f"{endpoint.path}: {type(error).__name__}", sent=not isinstance(error, _NEVER_SENT)
    )


def _given(values: Mapping[str, object] | None) -> dict[str, object]:
    return {name: value for name, value in (values or {}).items() if value is not None}


def _turn(endpoint: Endpoint[Any], body: Mapping[str, object] | None) -> tuple[object, ...]:
    """Return what the call must not share with another at the same time; nothing, mostly."""
    if endpoint.in_turn:
        return (endpoint.in_turn,)
    return tuple(body.get(name) for name in endpoint.one_at_a_time) if body else ()


def _encoded(body: Mapping[str, object]) -> bytes:
    # Raw UTF-8: escapes like \u4f60 are refused with 40033 (doc 90313). A lone half of a surrogate
    # pair, left where a name was cut, becomes `?`.
    text = jsonlib.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _both(
    first: Callable[[Call], None] | None, second: Callable[[Call], None] | None
) -> Callable[[Call], None] | None:
    if first is None or second is None:
        return first or second

    def tell(call: Call) -> None:
        first(call)
        second(call)

    return tell


def _monotonic(deadline: datetime) -> float:
    if deadline.tzinfo is None:
        raise ValueError("deadline must be an aware datetime")
    return time.monotonic() + (deadline - datetime.now(UTC)).total_seconds()


@contextmanager
def _void_code_told(source: Source) -> Iterator[None]:
    """Tell a refused secret of a provider-developed app as what it is: its permanent code."""
    try:
        yield
    except CredentialRejected as refusal:
        if not isinstance(source, ProviderDevelopedApp):
            raise
        raise PermanentCodeRejected(
            refusal.errcode,
            refusal.errmsg,
            endpoint=refusal.endpoint,
            hint=errcodes.describe(_PERMANENT_CODE_INVALID).hint,
        ) from refusal


def _silence_http_logs() -> None:
    """Keep the library from logging URLs: the access_token and the secret stand in them."""
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
