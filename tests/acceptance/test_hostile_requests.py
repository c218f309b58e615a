"""Whoever is not WeCom gets a 4xx with an empty body, and leaves no trace but one log line."""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2
import pytest
from callbacks import Callback
from server import SUITE_ID, Server, wait_for

from crypto import decode_key
from factories import an_app_plaintext
from simulator import DEFAULT_ENCODING_AES_KEY
from wire import encrypt_blocks, pkcs7

MORE_THAN_THREADS = 300
MARKER = "wm-of-a-stranger"
PLAINTEXT = an_app_plaintext(
    Event="change_external_contact",
    ChangeType="add_external_contact",
    UserID="zhangsan",
    ExternalUserID=MARKER,
    WelcomeCode="CODEOFASTRANGER",
)
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
AES_KEY = decode_key(DEFAULT_ENCODING_AES_KEY)
GENUINE = Callback.of(PLAINTEXT)
BILLION_LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<xml><Encrypt>&c;&c;&c;&c;</Encrypt></xml>"
)
EXTERNAL_ENTITY = (
    b'<!DOCTYPE xml [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    b"<xml><Encrypt>&file;</Encrypt></xml>"
)


def _frame(length: int, receiveid: bytes = b"ww1234567890abcdef") -> bytes:
    """Return a frame that names this length for its message."""
    return os.urandom(16) + length.to_bytes(4, "big") + PLAINTEXT + receiveid


def _padded(count: int, last: bytes) -> Callback:
    """Return a genuine signature around a frame that is padded so."""
    frame = _frame(len(PLAINTEXT))
    return Callback.around(encrypt_blocks(AES_KEY, frame + bytes(-len(frame) % 16 + count) + last))


def _query(**changes: str | None) -> str:
    values: dict[str, str | None] = {
        "msg_signature": GENUINE.signature,
        "timestamp": GENUINE.timestamp,
        "nonce": GENUINE.nonce,
        **changes,
    }
    return "&".join(f"{name}={value}" for name, value in values.items() if value is not None)


def _json(**fields: object) -> bytes:
    return json.dumps(fields).encode()


CALLBACKS = {
    "forged: another Token": Callback.of(PLAINTEXT, token="AnotherToken"),
    "another key": Callback.of(PLAINTEXT, encoding_aes_key=OTHER_KEY),
    "another corp": Callback.of(PLAINTEXT, receiveid="wwsomebodyelse"),
    "a suite's receiveid": Callback.of(PLAINTEXT, receiveid=SUITE_ID),
    "no receiveid": Callback.of(PLAINTEXT, receiveid=""),
    "padding of zeros": _padded(31, b"\0"),
    "padding of 33": _padded(31, b"\x21"),
    "padding of 255": _padded(31, b"\xff"),
    "uneven padding": _padded(31, b"\x02"),
    "a length beyond the frame": Callback.around(encrypt_blocks(AES_KEY, pkcs7(_frame(2**31)))),
    "a length of four gigabytes": Callback.around(
        encrypt_blocks(AES_KEY, pkcs7(_frame(2**32 - 1)))
    ),
    "a frame of nothing": Callback.around(encrypt_blocks(AES_KEY, b"\x10" * 16)),
    "an empty ciphertext": Callback.around(""),
    "a truncated ciphertext": Callback.around(GENUINE.ciphertext[:-40]),
    "half a block": Callback.around(base64.b64encode(os.urandom(24)).decode()),
    "no base64": Callback.around("不是base64"),
    "garbage in base64": Callback.around(base64.b64encode(os.urandom(512)).decode()),
}

BODIES = {
    "nothing": b"",
    "a blank": b" ",
    "garbage": os.urandom(256),
    "invalid UTF-8": b"<xml><Encrypt>\xff\xfe\xc0</Encrypt></xml>",
    "truncated XML": GENUINE.body[:-20],
    "no ciphertext": b"<xml><ToUserName>ww1234567890abcdef</ToUserName></xml>",
    "two ciphertexts": GENUINE.body.replace(b"</xml>", b"<Encrypt>x</Encrypt></xml>"),
    "a nested ciphertext": b"<xml><a>" + GENUINE.body + b"</a></xml>",
    "another root": GENUINE.body.replace(b"xml>", b"html>"),
    "an entity bomb": BILLION_LAUGHS,
    "an external entity": EXTERNAL_ENTITY,
    "deep nesting": b"<xml>" * 50_000,
    "JSON of nothing": b"{}",
    "JSON of a list": b"[]",
    "a number for a ciphertext": _json(encrypt=7),
    "a list for a ciphertext": _json(encrypt=[GENUINE.ciphertext]),
    "both spellings": _json(encrypt=GENUINE.ciphertext, Encrypt=GENUINE.ciphertext),
    "deep JSON": b'{"encrypt":' + b"[" * 100_000,
    "XML in JSON": _json(encrypt=GENUINE.body.decode()),
    "JSON in XML": b"<xml><Encrypt>" + _json(encrypt=GENUINE.ciphertext) + b"</Encrypt></xml>",
    "a form": b"Encrypt=" + GENUINE.ciphertext.encode(),
    "an unencrypted event": PLAINTEXT,
}

QUERIES = {
    "unsigned": "",
    "no signature": _query(msg_signature=None),
    "no timestamp": _query(timestamp=None),
    "no nonce": _query(nonce=None),
    "an empty signature": _query(msg_signature=""),
    "another nonce": _query(nonce="1"),
    "another time": _query(timestamp="1700000000"),
    "a signature in capitals": _query(msg_signature=GENUINE.signature.upper()),
    "half a signature": _query(msg_signature=GENUINE.signature[:20]),
    "two signatures": _query() + f"&msg_signature={GENUINE.signature}",
    "two nonces": _query() + "&nonce=1",
    "invalid UTF-8": _query(nonce="%ff%fe"),
    "a NUL": _query(nonce="%00"),
    "a hundred parameters": _query() + "&a=1" * 100,
}


@pytest.fixture(autouse=True)
def _no_trace(server: Server) -> Iterator[None]:
    """Check after each test: nothing journalled, nothing broken, nothing of the payload logged."""
    before = len(server.log_lines("callback_rejected"))
    yield
    time.sleep(0.1)  # a process writes its log a hundred times a second
    assert server.journal.deliveries(subject=MARKER) == []
    assert all(
        re.fullmatch("[a-z_]+", line["reason"])
        and line.keys() == {"app", "reason", "event", "level", "timestamp"}
        for line in server.log_lines("callback_rejected")[before:]
    )
    log = server.log()
    assert MARKER not in log
    assert "CODEOFASTRANGER" not in log
    assert GENUINE.ciphertext[:40] not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("name", CALLBACKS)
def test_a_callback_that_is_not_wecoms_is_refused(server: Server, name: str) -> None:
    _assert_refused(server, CALLBACKS[name].query, CALLBACKS[name].body)


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_envelope_is_refused(server: Server, name: str) -> None:
    _assert_refused(server, GENUINE.query, BODIES[name])


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_that_does_not_sign_the_body_is_refused(server: Server, name: str) -> None:
    _assert_refused(server, QUERIES[name], GENUINE.body)


def test_a_ciphertext_in_the_query_is_not_read(server: Server) -> None:
    _assert_refused(server, f"{GENUINE.query}&encrypt={GENUINE.ciphertext}", b"")


def test_an_event_for_another_app_is_refused(server: Server) -> None:
    answer = httpx2.post(
        f"{server.url}/callback/suite?{GENUINE.query}", content=GENUINE.body, trust_env=False
    )

    assert (answer.status_code, answer.content) == (403, b"")


def test_an_unknown_app_is_not_found(server: Server) -> None:
    for app in ("nobody", "", "..", "contacts/", "%00", "contacts%2f..%2fsuite"):
        answer = httpx2.post(
            f"{server.url}/callback/{app}?{GENUINE.query}", content=GENUINE.body, trust_env=False
        )
        assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HACK"])
def test_another_method_is_not_allowed(server: Server, method: str) -> None:
    answer = httpx2.request(
        method, f"{server.callback_url}?{GENUINE.query}", content=GENUINE.body, trust_env=False
    )

    assert 400 <= answer.status_code < 500
    assert answer.content == b""


def test_an_unsigned_verification_is_refused(server: Server) -> None:
    for query in ("", "echostr=abc", f"{GENUINE.query}&echostr=", f"{GENUINE.query}&echostr=%ff"):
        answer = httpx2.get(f"{server.callback_url}?{query}", trust_env=False)
        assert (answer.status_code, answer.content) == (403, b"")


def test_an_oversized_body_is_refused_by_its_announced_length(server: Server) -> None:
    answer = httpx2.post(
        f"{server.callback_url}?{GENUINE.query}", content=b"x" * 1_048_577, trust_env=False
    )

    assert (answer.status_code, answer.content) == (413, b"")


def test_an_oversized_body_that_announces_no_length_is_refused(server: Server) -> None:
    size = 1_048_577

    status, body = _raw(
        server,
        [
            f"POST /callback/contacts?{GENUINE.query} HTTP/1.1\r\nHost: x\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode(),
            f"{size:x}\r\n".encode() + b"x" * size,  # and more would come
        ],
    )

    assert (status, body) == (413, b"")


def test_a_body_that_ends_before_its_announced_length_is_not_taken(server: Server) -> None:
    status, body = _raw(
        server,
        [
            f"POST /callback/contacts?{GENUINE.query} HTTP/1.1\r\nHost: x\r\n"
            f"Content-Length: {len(GENUINE.body)}\r\nConnection: close\r\n\r\n".encode(),
            GENUINE.body[:-20],
        ],
        hang_up=True,
    )

    assert status is None or 400 <= status < 500
    assert body == b""


@pytest.mark.parametrize(
    "head",
    [
        b"POST /callback/contacts?nonce=" + b"1" * 10_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + b"1" * 10_000_000 + b"\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 10_000 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
        b"POST /callback/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
    ids=["10 MB query", "10 MB header", "many headers", "TLS", "negative length", "two lengths"],
)
def test_what_is_no_sound_http_is_refused_or_hung_up_on(server: Server, head: bytes) -> None:
    status, _ = _raw(server, [head])

    assert status is None or 400 <= status < 500
    assert httpx2.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_a_flood_of_forgeries_does_not_disturb_a_genuine_callback(server: Server) -> None:
    forged = [CALLBACKS[name] for name in sorted(CALLBACKS)] * 12
    with ThreadPoolExecutor(40) as pool, httpx2.Client(trust_env=False) as http:
        flood = [
            pool.submit(http.post, f"{server.callback_url}?{each.query}", content=each.body)
            for each in forged
        ]
        customer = server.simulator.add_customer("zhangsan")
        statuses = {each.result().status_code for each in flood}

    assert len(forged) > 200
    assert statuses == {403}
    assert server.welcome(customer).result == "sent"
    (push,) = server.simulator.pushes(subject=customer)
    assert [each["status"] for each in push["tries"]] == [200]


@pytest.mark.parametrize(
    ("head", "ended"),
    [
        (b"POST /callback/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n<", True),
        (b"POST /callback/contacts HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n", True),
        (b"POST /callback/contacts HTTP/1.1\r\nHo", False),
    ],
    ids=["bodies", "chunks", "headers"],
)
def test_requests_that_never_end_do_not_keep_a_genuine_callback_out(
    server: Server, head: bytes, *, ended: bool
) -> None:
    before = len(server.log_lines("slow_requests_ended"))
    address = urlsplit(server.url)
    with ExitStack() as stack:
        for _ in range(MORE_THAN_THREADS):
            place = str(address.hostname), int(address.port or 0)
            stack.enter_context(socket.create_connection(place)).sendall(head)
        customer = server.simulator.add_customer("zhangsan")

        assert server.welcome(customer).result == "sent"
        if ended:
            wait_for(
                lambda: len(server.log_lines("slow_requests_ended")) > before, "they are ended"
            )


def test_a_thousand_idle_connections_do_not_disturb_a_genuine_callback(server: Server) -> None:
    address = urlsplit(server.url)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(1200):
            place = str(address.hostname), int(address.port or 0)
            stack.enter_context(socket.create_connection(place))
        customer = server.simulator.add_customer("zhangsan")

        assert server.welcome(customer).result == "sent"
        (push,) = server.simulator.pushes(subject=customer)
        assert [each["status"] for each in push["tries"]] == [200]


def _assert_refused(server: Server, query: str, body: bytes) -> None:
    before = len(server.log_lines("callback_rejected"))

    answer = httpx2.post(f"{server.callback_url}?{query}", content=body, trust_env=False)

    assert (answer.status_code, answer.content) == (403, b"")
    wait_for(lambda: len(server.log_lines("callback_rejected")) > before, "it is logged")


def _raw(
    server: Server, pieces: Iterable[bytes], *, hang_up: bool = False
) -> tuple[int | None, bytes]:
    """Send bytes as they are; return status and body, None when the server just hung up."""
    address = urlsplit(server.url)
    answer = b""
    with socket.create_connection(
        (str(address.hostname), int(address.port or 0)), 10
    ) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
            while received := connection.recv(65536):
                answer += received
        except ConnectionError:
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]), body) if head else (None, b"")
