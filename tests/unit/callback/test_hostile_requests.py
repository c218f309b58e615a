"""Requests that no honest sender makes: a 4xx, an empty body, one word in the log, nothing kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from endpoint_in_memory import Endpoint
from flask.testing import FlaskClient
from requests_of_wecom import NONCE, TIMESTAMP, TOKEN, Sender, credentials, xml_body
from werkzeug.test import TestResponse

from crypto import sign
from factories import an_external_contact_added
from wire import encrypt_blocks, pkcs7

PLAINTEXT = an_external_contact_added(welcome_code="CALLBACK_SECRET").raw
OTHER_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
(AES_KEY,) = credentials().aes_keys


def framed(message: bytes, receiveid: bytes, *, length: int | None = None) -> bytes:
    size = len(message) if length is None else length
    return b"0123456789abcdef" + size.to_bytes(4, "big") + message + receiveid


CORPID = b"ww1234567890abcdef"
WRONG_CIPHERTEXTS = {
    "another key": (Sender(encoding_aes_key=OTHER_KEY).ciphertext(PLAINTEXT), "decryption_failed"),
    "another corp": (Sender(receiveid="wwother").ciphertext(PLAINTEXT), "receiver_mismatch"),
    "no receiver": (Sender(receiveid="").ciphertext(PLAINTEXT), "receiver_mismatch"),
    "padding of zero": (encrypt_blocks(AES_KEY, framed(b"x" * 12, b"") + bytes(32)), None),
    "padding of 33": (encrypt_blocks(AES_KEY, bytes([33]) * 64), None),
    "unequal padding": (encrypt_blocks(AES_KEY, bytes(62) + b"\x01\x02"), None),
    "length beyond the end": (
        encrypt_blocks(AES_KEY, pkcs7(framed(b"short", CORPID, length=2**31))),
        None,
    ),
    "half a block": ("QUJDRA==", None),
    "not base64": ("%%%", None),
}


def refused(answer: TestResponse, endpoint: Endpoint, status: int = 403) -> bool:
    return (answer.status_code, answer.data, answer.content_type, endpoint.recorder.calls) == (
        status,
        b"",
        "text/plain",
        [],
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", WRONG_CIPHERTEXTS)
def test_refuses_a_signed_ciphertext_that_is_not_for_us(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any], name: str, method: str
) -> None:
    ciphertext, reason = WRONG_CIPHERTEXTS[name]
    query = Sender().query(ciphertext, **({"echostr": ciphertext} if method == "GET" else {}))

    answer = client.open(
        f"/callback/contacts?{query}",
        method=method,
        data=xml_body(ciphertext) if method == "POST" else None,
    )

    assert refused(answer, endpoint)
    assert logged == [
        {
            "event": "callback_rejected",
            "log_level": "warning",
            "app": "contacts",
            "reason": reason or "decryption_failed",
        }
    ]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "signature",
    [
        Sender(token="another").query("x").partition("&")[0].partition("=")[2],
        sign(TOKEN, TIMESTAMP, NONCE, "another ciphertext"),
        sign(TOKEN, TIMESTAMP, "0", "x"),
        "0" * 40,
        "short",
        "ünïcode",
        "x" * 10_000,
    ],
)
def test_refuses_what_is_not_signed_with_our_token(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any], signature: str, method: str
) -> None:
    ciphertext = Sender().ciphertext(PLAINTEXT)
    query = urlencode(
        {
            "msg_signature": signature,
            "timestamp": TIMESTAMP,
            "nonce": NONCE,
            "echostr": ciphertext,
        }
    )

    answer = client.open(
        f"/callback/contacts?{query}",
        method=method,
        data=xml_body(ciphertext) if method == "POST" else None,
    )

    assert refused(answer, endpoint)
    assert [entry["reason"] for entry in logged] == ["signature_mismatch"]


SIGNED = {"msg_signature": "s", "timestamp": "1", "nonce": "2", "echostr": "e"}


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("how", ["missing", "empty", "twice"])
def test_refuses_a_query_without_exactly_one_of_each(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any], name: str, how: str
) -> None:
    query = Sender().echo_query()
    values = dict(pair.split("=", 1) for pair in query.split("&"))
    if how == "missing":
        del values[name]
    elif how == "empty":
        values[name] = ""
    text = "&".join(f"{key}={value}" for key, value in values.items())
    if how == "twice":
        text += f"&{name}={values[name]}"

    answer = client.get(f"/callback/contacts?{text}")

    assert refused(answer, endpoint)
    assert [entry["reason"] for entry in logged] == ["malformed_envelope"]


@pytest.mark.parametrize("name", ["msg_signature", "timestamp", "nonce"])
def test_refuses_an_unsigned_delivery(client: FlaskClient, endpoint: Endpoint, name: str) -> None:
    ciphertext = Sender().ciphertext(PLAINTEXT)
    query = "&".join(
        pair for pair in Sender().query(ciphertext).split("&") if not pair.startswith(name)
    )

    assert refused(client.post(f"/callback/contacts?{query}", data=xml_body(ciphertext)), endpoint)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&" * 100,
        "a=1&" * 33,
        "=&=",
        "echostr=%ff%fe",
        "echostr=%",
        "echostr[]=x",
        "echostr=" + "A" * 100_000,
        "timestamp=%00&nonce=%00&msg_signature=%00&echostr=%00",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refuses_a_query_that_is_none(
    client: FlaskClient, endpoint: Endpoint, query: str, method: str
) -> None:
    answer = client.open(
        f"/callback/contacts?{query}",
        method=method,
        data=xml_body("x") if method == "POST" else b"",
    )

    assert refused(answer, endpoint)


def test_refuses_a_query_of_bytes_that_are_no_text(client: FlaskClient, endpoint: Endpoint) -> None:
    answer = client.get("/callback/contacts", environ_overrides={"QUERY_STRING": "echostr=\xff"})

    assert refused(answer, endpoint)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"x",
        b"<",
        b"<xml/>",
        b"<xml><Encrypt/></xml>",
        b"<xml><Encrypt></Encrypt></xml>",
        b"<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        b'<!DOCTYPE x SYSTEM "http://x"><xml><Encrypt>a</Encrypt></xml>',
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><Encrypt>&b;</Encrypt></xml>',
        b"<xml>" * 500,
        b"{}",
        b"{" * 1000,
        b'{"encrypt": 1}',
        b'{"encrypt": null}',
        b'{"encrypt": {"a": "b"}}',
        b'{"encrypt": "a", "Encrypt": "b"}',
        b"[]",
        b"null",
        b"\xef\xbb\xbf",
        b"\x00" * 100,
        b"\x1f\x8b\x08\x00",
    ],
)
def test_refuses_a_body_that_is_no_envelope(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any], body: bytes
) -> None:
    answer = client.post(f"/callback/contacts?{Sender().query('a')}", data=body)

    assert refused(answer, endpoint)
    assert [entry["reason"] for entry in logged] == ["malformed_envelope"]


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
@pytest.mark.parametrize("name", ["nobody", "CONTACTS", "contacts%00", "contacts%2F", "..", "联系"])
def test_an_app_nobody_configured_is_not_there(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any], name: str, method: str
) -> None:
    ciphertext = Sender().ciphertext(PLAINTEXT)
    query = Sender().query(ciphertext, echostr=ciphertext)

    answer = client.open(f"/callback/{name}?{query}", method=method, data=xml_body(ciphertext))

    assert answer.status_code == 404
    assert endpoint.recorder.calls == []
    assert logged == []


def test_an_unknown_app_gets_an_empty_answer(client: FlaskClient) -> None:
    answers = [client.get("/callback/nobody"), client.post("/callback/nobody", data=b"x")]

    assert [(answer.status_code, answer.data) for answer in answers] == [(404, b"")] * 2


def test_all_refusals_look_alike_from_outside(client: FlaskClient) -> None:
    bodies = [
        *(ciphertext for ciphertext, _ in WRONG_CIPHERTEXTS.values()),
        Sender().ciphertext(PLAINTEXT),
    ]

    answers = [
        client.post(
            f"/callback/contacts?{Sender(token='another').query(each)}", data=xml_body(each)
        )
        for each in bodies
    ] + [
        client.post(f"/callback/contacts?{Sender().query(each)}", data=xml_body(each))
        for each in bodies[:-1]
    ]

    assert {
        (answer.status_code, answer.data, tuple(answer.headers.items())) for answer in answers
    } == {(403, b"", (("Content-Type", "text/plain"), ("Content-Length", "0")))}


def test_the_log_of_a_refusal_carries_nothing_of_the_request(
    client: FlaskClient, logged: list[Any]
) -> None:
    ciphertext = Sender(receiveid="wwother").ciphertext(PLAINTEXT)

    client.post(f"/callback/contacts?{Sender().query(ciphertext)}", data=xml_body(ciphertext))

    for secret in ("CALLBACK_SECRET", ciphertext, NONCE, "wwother", TOKEN):
        assert secret not in str(logged)
