"""The client against a server on loopback that behaves badly; and no secret in what it says."""

from __future__ import annotations

import io
import json
import logging
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from wecom_api import CORPID, SECRET, Asked, Exchange, WeCom, serve, serve_wecom

from errors import APIUnreachable, FileUnavailable, WeComError
from wecom import Call, Client, external_contact, media

TOKEN = "t0ken-Nobody-May-See_0123456789"
WELCOME_CODE = "w3lcome-Code-Nobody-May-See"
TEXT = "你好，只有您能看到"
Misbehaviour = Callable[[Exchange], None]


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def welcome(client: Client) -> None:
    external_contact.send_welcome_msg(client, WELCOME_CODE, text=TEXT)


@contextmanager
def misbehaving(misbehave: Misbehaviour, *, timeout_seconds: float = 5) -> Iterator[Client]:
    """A client of a server that grants a token and then does as told."""

    def respond(exchange: Exchange, asked: Asked) -> None:
        if asked.path == "gettoken":
            exchange.reply(json.dumps({"access_token": TOKEN}).encode())
        else:
            misbehave(exchange)

    with (
        serve(respond) as url,
        Client(CORPID, SECRET, base_url=url, timeout_seconds=timeout_seconds) as client,
    ):
        yield client


def hang_up(exchange: Exchange) -> None:
    exchange.close_connection = True


def reset(exchange: Exchange) -> None:
    linger = struct.pack("ii", 1, 0)
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    exchange.connection.close()
    exchange.close_connection = True


def bad_gateway(exchange: Exchange) -> None:
    exchange.reply(b"<html>bad gateway</html>", status=502)


def not_json(exchange: Exchange) -> None:
    exchange.reply(b"<html>please log in</html>")


def not_http(exchange: Exchange) -> None:
    exchange.wfile.write(b"SSH-2.0-OpenSSH_9.0\r\n")
    exchange.close_connection = True


def half_a_body(exchange: Exchange) -> None:
    exchange.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"errcode": 0')
    exchange.close_connection = True


def unreadable_gzip(exchange: Exchange) -> None:
    exchange.wfile.write(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"
    )


MISBEHAVIOURS = [hang_up, reset, bad_gateway, not_json, not_http, half_a_body, unreadable_gzip]


@pytest.mark.parametrize("misbehave", MISBEHAVIOURS, ids=lambda each: each.__name__)
def test_no_usable_answer_is_unreachable_and_may_have_been_acted_on(
    misbehave: Misbehaviour,
) -> None:
    calls: list[Call] = []

    with misbehaving(misbehave) as client, pytest.raises(APIUnreachable) as failed:
        welcome(client.bound(observe=calls.append))

    assert failed.value.sent
    assert failed.value.retryable
    assert str(failed.value).startswith("externalcontact/send_welcome_msg: ")
    assert calls[-1].errcode is None


def test_nobody_listening_means_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with (
            Client(
                CORPID, SECRET, base_url=f"http://127.0.0.1:{unused.getsockname()[1]}"
            ) as client,
            pytest.raises(APIUnreachable, match="gettoken: ConnectError") as failed,
        ):
            welcome(client)

    assert not failed.value.sent


def test_a_server_that_says_nothing_is_left_after_the_timeout() -> None:
    over = threading.Event()

    def wait(_: Exchange) -> None:
        over.wait(10)

    with misbehaving(wait, timeout_seconds=0.2) as client:
        with pytest.raises(APIUnreachable, match="ReadTimeout") as failed:
            welcome(client)
        over.set()

    assert failed.value.sent


def test_the_deadline_ends_a_call_before_the_timeout() -> None:
    over = threading.Event()

    def wait(_: Exchange) -> None:
        over.wait(10)

    with misbehaving(wait, timeout_seconds=30) as client:
        deadline = in_seconds(0.3)
        with pytest.raises(APIUnreachable, match="ReadTimeout"):
            welcome(client.bound(deadline))
        left_in_time = not over.is_set()
        over.set()

    assert left_in_time
    assert datetime.now(UTC) >= deadline


def test_a_connection_closed_between_two_calls_is_replaced() -> None:
    closed = threading.Semaphore(0)

    def close_without_a_word(exchange: Exchange) -> None:
        exchange.reply(b'{"errcode": 0}')
        exchange.connection.shutdown(socket.SHUT_RDWR)
        exchange.close_connection = True
        closed.release()

    with misbehaving(close_without_a_word) as client:
        for _ in range(3):
            welcome(client)
            assert closed.acquire(timeout=5)


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def redirect(exchange: Exchange) -> None:
        asked.append(exchange.path)
        exchange.send_response(301)
        exchange.send_header("Location", "/elsewhere")
        exchange.send_header("Content-Length", "0")
        exchange.end_headers()

    with misbehaving(redirect) as client, pytest.raises(APIUnreachable, match="HTTP status 301"):
        welcome(client)

    assert len(asked) == 1


def test_a_large_file_arrives_whole() -> None:
    wecom = WeCom()
    wecom.on("media/upload", {"media_id": "M1"})
    content = bytes(range(256)) * 4096

    with serve_wecom(wecom) as url, Client(CORPID, SECRET, base_url=url) as client:
        media.upload(client, io.BytesIO(content), "file", filename="价目表.pdf")

    body = wecom.to("media/upload")[0].body
    assert content in body
    assert 'filename="价目表.pdf"; filelength=1048576'.encode() in body


def test_a_refusal_tells_address_and_hint() -> None:
    refusal = {"errcode": 60020, "errmsg": f"no {TOKEN}, hint: [17], from ip: 203.0.113.7, more"}

    with (
        misbehaving(lambda exchange: exchange.reply(json.dumps(refusal).encode())) as client,
        pytest.raises(WeComError, match=r"add 203\.0\.113\.7 in App Management"),
    ):
        welcome(client)


def refuse_everything(exchange: Exchange) -> None:
    told = f"bad {TOKEN} {SECRET}, hint: [17]"
    exchange.reply(json.dumps({"errcode": 40014, "errmsg": told}).encode())


def say_nothing(_: Exchange) -> None:
    time.sleep(0.3)


@pytest.mark.parametrize(
    "misbehave",
    [*MISBEHAVIOURS, refuse_everything, say_nothing, lambda each: each.reply(b'{"errcode": 0}')],
)
def test_no_log_and_no_error_tells_a_secret(
    misbehave: Misbehaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told = []

    with misbehaving(misbehave, timeout_seconds=0.2) as client:
        try:
            welcome(client)
        except WeComError as error:
            told = [str(error), repr(error), *traceback.format_exception(error)]
            told += [repr(error.__cause__), repr(error.__context__)]
        told.append(repr(client))

    _assert_silent("\n".join([*told, caplog.text]))
    assert "gettoken" in caplog.text  # the calls are logged, though not their URLs


@pytest.mark.parametrize("fault", [hang_up, reset, bad_gateway, not_json, not_http])
def test_a_failing_gettoken_does_not_tell_the_secret(
    fault: Misbehaviour, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    with (
        serve(lambda exchange, _: fault(exchange)) as url,
        Client(CORPID, SECRET, base_url=url) as client,
        pytest.raises(APIUnreachable) as failed,
    ):
        welcome(client)

    _assert_silent("".join(traceback.format_exception(failed.value)) + caplog.text)


def test_a_rejected_credential_does_not_tell_the_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refusal = json.dumps({"errcode": 40001, "errmsg": f"invalid credential {SECRET}"}).encode()

    with (
        serve(lambda exchange, _: exchange.reply(refusal)) as url,
        Client(CORPID, SECRET, base_url=url) as client,
        pytest.raises(WeComError) as failed,
    ):
        welcome(client)

    _assert_silent("".join(traceback.format_exception(failed.value)) + caplog.text)
    assert "credential_rejected errcode=40001" in caplog.text


def _assert_silent(told: str) -> None:
    assert [
        each for each in (SECRET, TOKEN, WELCOME_CODE, TEXT, "?access_token") if each in told
    ] == []


class Changing(io.BytesIO):
    """A file that somebody writes to while it is read."""

    def __init__(self, then: bytes) -> None:
        super().__init__(b"a" * 200_000)
        self._then = then
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads == 2:
            self.seek(0)
            self.truncate()
            self.write(self._then)
            self.seek(65_536)
        return super().read(size)


def test_a_file_that_becomes_shorter_while_it_is_sent_is_told_and_the_next_call_works() -> None:
    wecom = WeCom()

    with serve_wecom(wecom) as url, Client(CORPID, SECRET, base_url=url) as client:
        with pytest.raises(FileUnavailable, match="shorter"):
            media.upload(client, Changing(b"short"), "file", filename="a.pdf")

        welcome(client)

    assert len(wecom.to("externalcontact/send_welcome_msg")) == 1


def test_a_file_that_grows_while_it_is_sent_is_sent_as_long_as_announced() -> None:
    wecom = WeCom()
    wecom.on("media/upload", {"errcode": 0, "media_id": "m1", "type": "file", "created_at": "0"})

    with serve_wecom(wecom) as url, Client(CORPID, SECRET, base_url=url) as client:
        media.upload(client, Changing(b"\xff" * 400_000), "file", filename="a.pdf")

    (asked,) = wecom.to("media/upload")
    assert (asked.body.count(b"a" * 65_536), asked.body.count(b"\xff")) == (1, 200_000 - 65_536)
    assert "filelength=200000" in str(asked.body[:300])
