"""The encrypted answer to a callback (被动回复, docs 90241 and 101031)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import xmltodict
from endpoint_in_memory import NOW, Endpoint
from flask.testing import FlaskClient
from requests_of_wecom import (
    ENCODING_AES_KEY,
    TOKEN,
    Sender,
    json_body,
    xml_body,
)
from werkzeug.test import TestResponse

from callback import CallbackApp
from crypto import Credentials, read_ciphertext
from errors import SignatureMismatch
from events import Event
from factories import CORPID, a_text_message
from journal import event_key

MESSAGE = a_text_message().raw
ROBOT_MESSAGE = b'{"msgid":"m1","msgtype":"text","text":{"content":"hi"},"from":{"userid":"u1"}}'
REPLY = "<xml><Content>回复 ]]&gt;</Content></xml>".encode()
Body = Callable[[str], bytes]


def robot_body(ciphertext: str) -> bytes:
    return json.dumps({"encrypt": ciphertext}).encode()


def post(
    client: FlaskClient,
    plaintext: bytes = MESSAGE,
    *,
    app: str = "contacts",
    receiveid: str = CORPID,
    body: Body = xml_body,
    sender: Sender | None = None,
) -> TestResponse:
    sender = sender or Sender(receiveid=receiveid)
    ciphertext = sender.ciphertext(plaintext)
    return client.post(f"/callback/{app}?{sender.query(ciphertext)}", data=body(ciphertext))


def opened(
    answer: TestResponse,
    receiveid: str = CORPID,
    *,
    token: str = TOKEN,
    encoding_aes_key: str = ENCODING_AES_KEY,
) -> bytes:
    """Open a reply as WeCom does: its own signature, timestamp and nonce."""
    ciphertext, form = read_ciphertext(answer.data)
    if form == "xml":
        outer = xmltodict.parse(answer.data)["xml"]
        names = ("MsgSignature", "TimeStamp", "Nonce")
    else:
        outer = json.loads(answer.data)
        names = ("msgsignature", "timestamp", "nonce")
    signature, timestamp, nonce = (str(outer[name]) for name in names)
    used = Credentials.from_text(
        tokens=(token,),
        encoding_aes_keys=(encoding_aes_key,),
        receiveids=frozenset({receiveid}),
    )
    return used.open(ciphertext, signature=signature, timestamp=timestamp, nonce=nonce).message


@pytest.fixture
def replying(endpoint: Endpoint) -> Endpoint:
    endpoint.reply = lambda _event, _app, _key: REPLY
    return endpoint


def test_a_reply_is_sealed_in_xml_for_the_same_receiver(replying: Endpoint) -> None:
    answer = post(replying.client())

    assert answer.status_code == 200
    assert answer.content_type == "application/xml"
    assert list(xmltodict.parse(answer.data)["xml"]) == [
        "Encrypt",
        "MsgSignature",
        "TimeStamp",
        "Nonce",
    ]
    assert opened(answer) == REPLY


@pytest.mark.parametrize(
    ("app", "receiveid", "plaintext", "body"),
    [
        ("robot", "", ROBOT_MESSAGE, robot_body),
        ("contacts", CORPID, MESSAGE, json_body),
        ("suite", "ww4asffe99e54c0fxx", MESSAGE, json_body),
    ],
)
def test_a_callback_in_json_is_answered_in_json(
    replying: Endpoint, app: str, receiveid: str, plaintext: bytes, body: Body
) -> None:
    answer = post(replying.client(), plaintext, app=app, receiveid=receiveid, body=body)

    assert answer.content_type == "application/json"
    assert json.loads(answer.data).keys() == {"encrypt", "msgsignature", "timestamp", "nonce"}
    assert json.loads(answer.data)["timestamp"] == int(NOW.timestamp())
    assert opened(answer, receiveid) == REPLY


def test_no_two_replies_look_the_same(replying: Endpoint) -> None:
    client = replying.client()

    first, second = post(client), post(client)

    assert first.data != second.data
    assert opened(first) == opened(second)


@pytest.mark.parametrize(("app", "body"), [("contacts", b""), ("suite", b"success")])
def test_no_reply_is_the_usual_answer(endpoint: Endpoint, app: str, body: bytes) -> None:
    receiveid = CORPID if app == "contacts" else "ww4asffe99e54c0fxx"
    endpoint.reply = lambda _event, _app, _key: None

    answer = post(endpoint.client(), app=app, receiveid=receiveid)

    assert (answer.status_code, answer.data) == (200, body)


def test_records_first_and_replies_after(endpoint: Endpoint) -> None:
    def reply(_event: Event, _app: CallbackApp, _key: str) -> bytes:
        endpoint.recorder.calls.append("reply")
        return REPLY

    endpoint.reply = reply

    post(endpoint.client())

    assert endpoint.recorder.calls == ["record", "publish", "reply"]


def test_what_is_not_recorded_is_not_answered(replying: Endpoint) -> None:
    replying.recorder.available = False

    answer = post(replying.client())

    assert (answer.status_code, answer.data) == (503, b"")


def test_a_repeated_callback_is_answered_again_under_the_same_key(endpoint: Endpoint) -> None:
    keys: list[str] = []

    def reply(event: Event, app: CallbackApp, key: str) -> bytes:
        keys.append(key)
        assert key == event_key(app.name, event)
        return REPLY

    endpoint.reply = reply
    client = endpoint.client()

    answers = [post(client), post(client)]

    assert [opened(answer) for answer in answers] == [REPLY, REPLY]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(endpoint.recorder.deliveries) == 1


@pytest.mark.parametrize("wrong", ["text", 7, object()])
def test_a_reply_that_cannot_be_sealed_is_an_empty_answer(
    endpoint: Endpoint,
    logged: list[Any],
    wrong: Any,  # noqa: ANN401 - hostile
) -> None:
    endpoint.reply = lambda _event, _app, _key: wrong

    answer = post(endpoint.client())

    assert (answer.status_code, answer.data) == (200, b"")
    assert "reply_failed" in [entry["event"] for entry in logged]


def test_a_fault_while_replying_is_an_empty_answer(endpoint: Endpoint, logged: list[Any]) -> None:
    def fail(_event: Event, _app: CallbackApp, _key: str) -> bytes:
        raise RuntimeError("the customer's name")

    endpoint.reply = fail

    answer = post(endpoint.client())

    assert (answer.status_code, answer.data) == (200, b"")
    assert len(endpoint.recorder.deliveries) == 1
    assert "customer" not in str(logged)


def test_a_giant_reply_arrives_whole(endpoint: Endpoint) -> None:
    giant = b"x" * 5_000_000
    endpoint.reply = lambda _event, _app, _key: giant

    assert opened(post(endpoint.client())) == giant


@pytest.mark.parametrize("old", [True, False])
def test_amid_a_rotation_wecom_is_answered_with_the_keys_it_used(
    replying: Endpoint, *, old: bool
) -> None:
    new_token, new_key = "NewTokenOfTheApp", "k" * 42 + "A"
    replying.credentials = lambda receiveid: Credentials.from_text(
        tokens=(new_token, TOKEN),
        encoding_aes_keys=(new_key, ENCODING_AES_KEY),
        receiveids=frozenset({receiveid}),
    )
    token, key = (TOKEN, ENCODING_AES_KEY) if old else (new_token, new_key)

    answer = post(replying.client(), sender=Sender(token=token, encoding_aes_key=key))

    assert opened(answer, token=token, encoding_aes_key=key) == REPLY


def test_a_stranger_gets_no_reply(replying: Endpoint) -> None:
    answer = post(replying.client(), sender=Sender(token="Another"))

    assert (answer.status_code, answer.data) == (SignatureMismatch.status, b"")
    assert replying.recorder.calls == []


def test_the_verification_of_the_url_is_no_reply(replying: Endpoint) -> None:
    sender = Sender()

    answer = replying.client().get(f"/callback/contacts?{sender.echo_query(b'123')}")

    assert answer.data == b"123"
