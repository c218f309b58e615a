"""A call ends when it should, however the peer spreads its bytes and however many there are."""

from __future__ import annotations

import gzip
import io
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx2
import pytest
from wecom_api import CORPID, SECRET, Asked, Exchange, serve

from errors import AnswerTooLarge, APIUnreachable
from wecom import Call, Client, client
from wecom.answer import nothing
from wecom.download import Download
from wecom.endpoint import Endpoint
from wecom.export import ExportFile, fetch
from wecom.transport import TimeLeft, http_client

# Open to all, so that no other call has to come first in the same short time.
BRIEF = Endpoint("POST", "test/brief", nothing, doc=1, credential="none", timeout_seconds=0.2)
PATIENT = Endpoint("POST", "test/patient", nothing, doc=1, credential="none", timeout_seconds=60)
_DRIPS = 1000
_A_LOT = 60_000_000
_OK = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Peer:
    """Says something at once and then a little every few milliseconds."""

    at_once: bytes
    then: bytes
    pause_seconds: float
    url: str = ""
    dripped: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def drip(self, exchange: Exchange) -> None:
        exchange.close_connection = True
        exchange.wfile.write(self.at_once)
        while self.dripped < _DRIPS and not self.over.wait(self.pause_seconds):
            exchange.wfile.write(self.then)
            self.dripped += 1


@contextmanager
def dripping(at_once: bytes, then: bytes, *, pause_seconds: float = 0.01) -> Iterator[Peer]:
    peer = Peer(at_once, then, pause_seconds)
    with serve(lambda exchange, _: peer.drip(exchange)) as peer.url:
        try:
            yield peer
        finally:
            peer.over.set()


DRIPS = {
    "the status line": (b"", b"H"),
    "headers": (_OK + b"X: ", b"x"),
    "many headers": (_OK, b"X: x\r\n"),
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a body": (_OK + b"Content-Length: 5000\r\n\r\n", b" "),
    "a body without length": (_OK + b"\r\n", b" "),
    "chunks": (_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "what stands beside a chunk": (_OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
    "trailers": (_OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X: x\r\n"),
    "nothing": (b"", b""),
    "nothing after the headers": (_OK + b"Content-Length: 5000\r\n\r\n", b""),
    "nothing after half a body": (_OK + b'Content-Length: 5000\r\n\r\n{"errcode":', b""),
}


@pytest.mark.parametrize(("at_once", "then"), DRIPS.values(), ids=DRIPS)
def test_who_drips_does_not_hold_a_call_beyond_its_limit(at_once: bytes, then: bytes) -> None:
    calls: list[Call] = []

    with (
        dripping(at_once, then) as peer,
        Client(CORPID, SECRET, base_url=peer.url, observe=calls.append) as api,
    ):
        with pytest.raises(APIUnreachable, match=r"test/brief: \w+Timeout") as failed:
            api.call(BRIEF)

        assert peer.dripped < _DRIPS
    assert failed.value.sent is ("ConnectTimeout" not in str(failed.value))
    assert [call.errcode for call in calls] == [None]


def test_a_file_that_drips_does_not_hold_a_download_beyond_its_limit() -> None:
    head = _OK + b"Content-Disposition: attachment\r\nContent-Length: 5000\r\n\r\n"

    with (
        dripping(head, b"x") as peer,
        Client(CORPID, SECRET, base_url=peer.url) as api,
    ):
        with pytest.raises(APIUnreachable, match=r"test/brief: \w+Timeout"):
            api.call(BRIEF, download=Download(into=io.BytesIO()))

        assert peer.dripped < _DRIPS


def test_headers_that_drip_do_not_hold_an_export_beyond_its_limit() -> None:
    with dripping(_OK + b"X: ", b"x") as peer:
        with pytest.raises(APIUnreachable, match="Timeout"):
            fetch(ExportFile(url=peer.url), io.BytesIO(), timeout_seconds=0.2)

        assert peer.dripped < _DRIPS


def test_an_answer_that_drips_in_time_is_taken() -> None:
    content = b'{"errcode": 0}'

    def drip(exchange: Exchange, _: Asked) -> None:
        head = _OK + b"Content-Length: %d\r\n\r\n" % len(content)
        for byte in head + content:
            exchange.wfile.write(bytes([byte]))

    with serve(drip) as url, Client(CORPID, SECRET, base_url=url) as api:
        api.call(PATIENT)
        api.call(PATIENT)  # over the same connection


@pytest.mark.parametrize(
    "head",
    [_OK, _OK + b"Content-Length: 99999999999\r\n", b"HTTP/1.1 502 Bad Gateway\r\n"],
    ids=["no length", "a length", "an error page"],
)
def test_an_answer_without_end_is_not_kept(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "LARGEST_ANSWER_BYTES", 2**20)

    with (
        dripping(head + b"\r\n", b" " * 2**16, pause_seconds=0) as peer,
        Client(CORPID, SECRET, base_url=peer.url) as api,
    ):
        with pytest.raises(AnswerTooLarge, match="answer is larger than 1 MiB") as failed:
            api.call(PATIENT)

        assert peer.dripped < _DRIPS
    assert failed.value.sent
    assert failed.value.retryable


def test_an_answer_of_the_largest_size_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b'{"errcode": 0}'
    monkeypatch.setattr(client, "LARGEST_ANSWER_BYTES", len(content))

    with (
        serve(lambda exchange, _: exchange.reply(content)) as url,
        Client(CORPID, SECRET, base_url=url) as api,
    ):
        api.call(PATIENT)

        monkeypatch.setattr(client, "LARGEST_ANSWER_BYTES", len(content) - 1)
        with pytest.raises(AnswerTooLarge):
            api.call(PATIENT)


@pytest.mark.parametrize("layers", [1, 3])
def test_a_compressed_answer_is_not_unpacked(layers: int) -> None:
    asked: list[Asked] = []
    content = b'{"errcode": 0}' + b" " * 2**20
    for _ in range(layers):
        content = gzip.compress(content)

    def respond(exchange: Exchange, request: Asked) -> None:
        asked.append(request)
        exchange.send_response(200)
        exchange.send_header("Content-Encoding", ", ".join(["gzip"] * layers))
        exchange.send_header("Content-Length", str(len(content)))
        exchange.end_headers()
        exchange.wfile.write(content)

    with (
        serve(respond) as url,
        Client(CORPID, SECRET, base_url=url) as api,
        pytest.raises(APIUnreachable, match="compressed"),
    ):
        api.call(PATIENT)

    assert asked[0].headers["accept-encoding"] == "identity"


@dataclass
class Sipper:
    """Takes no more than this every few milliseconds."""

    sip_bytes: int
    url: str = ""
    taken: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def sip(self, listening: socket.socket) -> None:
        with suppress(OSError), listening.accept()[0] as connection:
            while not self.over.wait(0.005):
                self.taken += len(connection.recv(self.sip_bytes))


@contextmanager
def taking(sip_bytes: int = 0) -> Iterator[Sipper]:
    sipper = Sipper(sip_bytes)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sipper.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=sipper.sip, args=(listening,))
        thread.start()
        try:
            yield sipper
        finally:
            sipper.over.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_who_takes_nothing_does_not_hold_a_call_beyond_its_limit() -> None:
    with taking() as peer, http_client() as http, pytest.raises(httpx2.TimeoutException):
        http.post(peer.url, content=bytes(_A_LOT), extensions=_seconds(0.2))


def test_who_takes_little_by_little_does_not_hold_a_call_beyond_its_limit() -> None:
    with taking(sip_bytes=65_536) as peer, http_client() as http:
        with pytest.raises(httpx2.TimeoutException):
            http.post(peer.url, content=bytes(_A_LOT), extensions=_seconds(0.2))

        assert peer.taken < _A_LOT / 2


def test_the_addresses_of_a_host_share_the_time_to_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def never(_: object, timeout: float, **__: object) -> socket.socket:
        waited.append(timeout)
        raise TimeoutError

    _have_addresses(monkeypatch, ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    monkeypatch.setattr(socket, "create_connection", never)

    with (
        Client(CORPID, SECRET, base_url="http://wecom.example") as api,
        pytest.raises(APIUnreachable, match="ConnectTimeout") as failed,
    ):
        api.call(PATIENT)

    assert not failed.value.sent
    assert [seconds <= 60 / share for seconds, share in zip(waited, (3, 2, 1), strict=True)] == [
        True
    ] * 3


def test_an_address_that_answers_is_found_behind_one_that_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _have_addresses(monkeypatch, ["127.0.0.2", "127.0.0.1"])

    with serve(lambda exchange, _: exchange.reply(b"{}")) as url:
        port = url.rpartition(":")[2]
        with Client(CORPID, SECRET, base_url=f"http://wecom.example:{port}") as api:
            api.call(PATIENT)


def test_after_a_name_took_too_long_to_look_up_nobody_is_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _have_addresses(monkeypatch, ["127.0.0.1"], after_seconds=0.3)
    asked: list[Asked] = []

    with serve(lambda _, request: asked.append(request)) as url:
        port = url.rpartition(":")[2]
        with (
            Client(CORPID, SECRET, base_url=f"http://wecom.example:{port}") as api,
            pytest.raises(APIUnreachable, match="ConnectTimeout") as failed,
        ):
            api.call(BRIEF)

    assert not failed.value.sent
    assert asked == []


@pytest.mark.parametrize("addresses", [[], None], ids=["no address", "no such name"])
def test_a_host_without_an_address_is_not_called(
    addresses: list[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _have_addresses(monkeypatch, addresses)

    with (
        Client(CORPID, SECRET, base_url="http://wecom.example") as api,
        pytest.raises(APIUnreachable, match="ConnectError") as failed,
    ):
        api.call(PATIENT)

    assert not failed.value.sent


def _have_addresses(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str] | None, *, after_seconds: float = 0
) -> None:
    """Have the name wecom.example stand for these; None: there is no such name."""
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *rest: int, **named: int) -> list[tuple[object, ...]]:
        if host != "wecom.example":
            return list(real(host, port, *rest, **named))
        time.sleep(after_seconds)
        if addresses is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def _seconds(seconds: float) -> dict[str, TimeLeft]:
    return {"timeout": TimeLeft(time.monotonic() + seconds)}
