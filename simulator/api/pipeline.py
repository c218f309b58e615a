"""What every API call goes through, in one place and one order.

path, access_token, address, rights, frequency, concurrency, JSON; then the endpoint decides.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request

from errors import CallRefused
from simulator.api.endpoint import Answer, Call, DoLater, Download, Endpoint, Push
from simulator.api.errmsg import errmsg
from simulator.corp import Corp
from simulator.days import HOUR_SECONDS, MINUTE_SECONDS
from simulator.faults import Fault
from simulator.foreign_ids import as_corp_knows, as_provider_knows
from simulator.records import App, CallRecord
from simulator.tenant import Tenant

_MOST_JSON_BYTES = 2_000_000
_MOST_FILE_BYTES = 32_000_000
_MOST_DISCARDED_BYTES = 256_000_000
_PIECE_BYTES = 1_000_000
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_MAY_BE_HALF = b"\xed"  # begins the bytes of every lone surrogate, and of some letters
_WRONG_JSON = "invalid json. Warning: wrong json format."
_NOBODY = App(
    name="",
    corpid="",
    agentid=0,
    secret="",
    kind="self_built",
    permissions=frozenset(),
    visible_userids=frozenset(),
    visible_departments=frozenset(),
    trusted_ips=frozenset(),
)


@dataclass(kw_only=True)
class Reply:
    """What goes back over the wire; status None: the connection is dropped."""

    status: int | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    slow_seconds: float = 0
    errcode: int | None = None


@dataclass(kw_only=True)
class _Exchange:
    """One request on its way through."""

    endpoint: Endpoint
    request: Request
    query: Mapping[str, str]
    ip: str
    app: App
    fault: Fault | None
    started: float = field(default_factory=time.perf_counter)
    noted: dict[str, str] = field(default_factory=dict)


class Pipeline:
    """Answers the calls under /cgi-bin/."""

    def __init__(
        self,
        tenant: Tenant,
        endpoints: Mapping[str, Endpoint],
        *,
        do_later: DoLater,
        push: Push,
    ) -> None:
        self._tenant = tenant
        self._endpoints = endpoints
        self._do_later = do_later
        self._push = push

    def answer(self, path: str, request: Request) -> Reply:
        """Return the reply to one request; `path` stands behind /cgi-bin/."""
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return Reply(status=HTTPStatus.NOT_FOUND)
        query = request.args
        with self._tenant.changed:
            app = self._claimed_app(query)
            fault = self._tenant.faults.take(path, app.name)
        exchange = _Exchange(
            endpoint=endpoint,
            request=request,
            query=query,
            ip=request.remote_addr or "",
            app=app,
            fault=fault,
        )
        reply = self._reply(exchange)
        self._record(exchange, reply)
        return reply

    def download(self, key: str, request: Request) -> Reply:
        """Return a file that an answer gave the address of."""
        with self._tenant.changed:
            content = self._tenant.downloads.find(key, self._tenant.clock.now())
        if content is None:
            return Reply(status=HTTPStatus.FORBIDDEN)
        file = Download(content=content, filename=key, content_type="application/octet-stream")
        return _download(file, request.headers.get("Range", ""))

    def _reply(self, exchange: _Exchange) -> Reply:
        fault = exchange.fault
        if fault and fault.when == "before" and fault.replaces_answer:
            time.sleep(fault.latency_seconds)
            return _broken(exchange, fault)
        try:
            answer = self._act(exchange)
        except CallRefused as refusal:
            reply = _refused(exchange, refusal.errcode, refusal.errmsg)
        else:
            reply = _answered(answer, exchange.request)
        if fault and fault.replaces_answer:
            return _broken(exchange, fault)
        reply.slow_seconds = fault.slow_body_seconds if fault else 0
        return reply

    def _act(self, exchange: _Exchange) -> Answer:
        tenant, endpoint = self._tenant, exchange.endpoint
        with tenant.changed:
            now = tenant.clock.now()
            corp, app = self._admit(exchange, now)
            self._count(corp, exchange, now)
        params = self._params(exchange)
        foreign = tenant.limits.ids_per_suite and app.kind == "suite" and not endpoint.own_ids
        if foreign:
            with tenant.changed:
                params = as_corp_knows(corp, app, params)
        file = _file(exchange.request) if endpoint.file else None
        pair = _pair(corp, params) if endpoint.pair else None
        fault_seconds = exchange.fault.latency_seconds if exchange.fault else 0
        busy_seconds = tenant.limits.service_seconds + fault_seconds
        with tenant.place_in_flight(corp.corpid, endpoint.path, pair):
            if busy_seconds:
                time.sleep(busy_seconds)
            with tenant.changed:
                answer = endpoint.function(
                    Call(
                        tenant=tenant,
                        corp=corp,
                        app=app,
                        params=params,
                        query=exchange.query,
                        file=file,
                        ip=exchange.ip,
                        base_url=exchange.request.host_url,
                        now=tenant.clock.now(),
                        do_later=self._do_later,
                        push=self._push,
                        noted=exchange.noted,
                    )
                )
                return as_provider_knows(corp, app, answer) if foreign else answer

    def _claimed_app(self, query: Mapping[str, str]) -> App:
        token = self._tenant.tokens.get(query.get("access_token", ""))
        corp = self._tenant.corps.get(token.corpid if token else query.get("corpid", ""))
        if token and corp:
            return corp.apps.get(token.app, _NOBODY)
        secret = query.get("corpsecret")
        apps = corp.apps.values() if corp and secret else ()
        return next((app for app in apps if app.secret == secret), _NOBODY)

    def _admit(self, exchange: _Exchange, now: float) -> tuple[Corp, App]:
        """Return who calls. Raises CallRefused in the order of the platform."""
        if not exchange.endpoint.token:
            corp = self._tenant.corps.get(exchange.query.get("corpid", ""))
            return corp or self._tenant.corp(), _NOBODY
        value = exchange.query.get("access_token")
        if not value:
            raise CallRefused(41001)
        token = self._tenant.tokens.get(value)
        if token is None or token.revoked:
            raise CallRefused(40014)
        if now >= token.expires_at:
            raise CallRefused(42001)
        corp = self._tenant.corps[token.corpid]
        app = corp.apps[token.app]
        if app.trusted_ips and exchange.ip not in app.trusted_ips:
            raise CallRefused(60020)
        if not app.enabled:
            raise CallRefused(50003)
        if exchange.endpoint.needs not in app.permissions:
            raise CallRefused(48002)
        return corp, app

    def _count(self, corp: Corp, exchange: _Exchange, now: float) -> None:
        limits, count, path = self._tenant.limits, self._tenant.quotas.count, exchange.endpoint.path
        ip, of_corp = (exchange.ip, path), (corp.corpid, path)
        count(ip, now, most=limits.calls_per_minute_ip, seconds=MINUTE_SECONDS)
        count(ip, now, most=limits.calls_per_hour_ip, seconds=HOUR_SECONDS)
        count(of_corp, now, most=limits.calls_per_minute, seconds=MINUTE_SECONDS)
        count(of_corp, now, most=limits.calls_per_hour, seconds=HOUR_SECONDS)

    def _params(self, exchange: _Exchange) -> Mapping[str, Any]:
        """Return the query of a GET, the body of a POST; a wrong method brings no parameters."""
        if exchange.endpoint.method == "GET":
            return exchange.query
        if exchange.endpoint.file or exchange.request.method != "POST":
            return {}
        return self._json(exchange.request)

    def _json(self, request: Request) -> Mapping[str, Any]:
        request.max_content_length = _MOST_JSON_BYTES
        try:
            body = request.get_data()
        except RequestEntityTooLarge as error:
            _discard(request)
            raise CallRefused(40206) from error
        if not body.strip():
            return {}
        if self._tenant.limits.refuse_unicode_escapes and b"\\u" in body:
            raise CallRefused(40033)
        try:
            params = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise CallRefused(40058, _WRONG_JSON) from error
        if not isinstance(params, dict):
            raise CallRefused(40058, _WRONG_JSON)
        if b"\\u" in body or _MAY_BE_HALF in body:
            _check_whole(params)
        return params

    def _record(self, exchange: _Exchange, reply: Reply) -> None:
        tenant = self._tenant
        milliseconds = (time.perf_counter() - exchange.started) * 1000
        with tenant.changed:
            tenant.calls.append(
                CallRecord(
                    number=next(tenant.numbers),
                    time=tenant.clock.now(),
                    method=exchange.request.method,
                    path=exchange.endpoint.path,
                    app=exchange.app.name,
                    ip=exchange.ip,
                    errcode=reply.errcode,
                    http_status=None if reply.status is None else int(reply.status),
                    milliseconds=round(milliseconds, 3),
                    fault=exchange.fault is not None,
                    **exchange.noted,
                )
            )
            tenant.count("calls")


def _check_whole(params: Mapping[str, Any]) -> None:
    """Raise CallRefused 40033 for a text with half a character, which no answer could carry."""
    try:
        json.dumps(params, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise CallRefused(40033) from error


def _file(request: Request) -> FileStorage | None:
    """Return the first part that has a filename."""
    request.max_content_length = _MOST_FILE_BYTES
    try:
        return next(iter(request.files.values()), None)
    except RequestEntityTooLarge as error:
        _discard(request)
        raise CallRefused(45001) from error


def _discard(request: Request) -> None:
    """Take in what is still on its way: who is sending does not read an answer before the end."""
    left = min(request.content_length or 0, _MOST_DISCARDED_BYTES)
    while left > 0:
        piece = request.input_stream.read(min(left, _PIECE_BYTES))
        if not piece:
            return
        left -= len(piece)


def _pair(corp: Corp, params: Mapping[str, Any]) -> tuple[str, str, str]:
    return corp.corpid, str(params.get("userid")), str(params.get("external_userid"))


def _refused(exchange: _Exchange, errcode: int, detail: str = "") -> Reply:
    text = errmsg(errcode, exchange.ip, detail)
    return _json_reply({"errcode": errcode, "errmsg": text, **exchange.endpoint.empty})


def _broken(exchange: _Exchange, fault: Fault) -> Reply:
    if fault.drop_connection:
        return Reply(status=None)
    if fault.http_status is not None:
        return Reply(
            status=fault.http_status,
            body=b"<html><body>gateway error</body></html>",
            headers={"Content-Type": "text/html"},
            slow_seconds=fault.slow_body_seconds,
        )
    reply = _refused(exchange, fault.errcode or 0)
    reply.slow_seconds = fault.slow_body_seconds
    return reply


def _answered(answer: Answer, request: Request) -> Reply:
    if isinstance(answer, Download):
        return _download(answer, request.headers.get("Range", ""))
    return _json_reply({"errcode": 0, "errmsg": "ok", **answer})


def _json_reply(body: Mapping[str, Any]) -> Reply:
    return Reply(
        status=HTTPStatus.OK,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(),
        headers={
            "Content-Type": "application/json; charset=UTF-8",
            "Error-Code": str(body["errcode"]),
            "Error-Msg": body["errmsg"],
        },
        errcode=body["errcode"],
    )


def _download(answer: Download, asked: str) -> Reply:
    headers = {
        "Content-Type": answer.content_type,
        "Content-Disposition": f'attachment; filename="{answer.filename}"',
        "Error-Code": "0",
        "Error-Msg": "ok",
        "Accept-Ranges": "bytes",
    }
    size = len(answer.content)
    bounds = _range(asked, size)
    if bounds is None:
        return Reply(status=HTTPStatus.OK, body=answer.content, headers=headers, errcode=0)
    first, last = bounds
    headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Reply(
        status=HTTPStatus.PARTIAL_CONTENT,
        body=answer.content[first : last + 1],
        headers=headers,
        errcode=0,
    )


def _range(asked: str, size: int) -> tuple[int, int] | None:
    match = _RANGE.fullmatch(asked)
    if match is None or match.groups() == ("", ""):
        return None
    start, end = match.groups()
    if not start:
        return max(size - int(end), 0), size - 1
    last = min(int(end), size - 1) if end else size - 1
    return (int(start), last) if int(start) <= last else None
