"""GET /callback/<app>: the URL is verified (验证URL有效性, doc 90930)."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from requests_of_wecom import Sender

ECHO = b"1616140317555161061"


def _plus_sender() -> tuple[Sender, str]:
    """Return a sender whose echostr holds a plus sign, and that echostr."""
    for number in range(1000):
        sender = Sender(random_prefix=f"{number:016}".encode())
        ciphertext = sender.ciphertext(ECHO)
        if "+" in ciphertext:
            return sender, ciphertext
    raise AssertionError


def test_answers_the_bare_echo(client: FlaskClient) -> None:
    answer = client.get(f"/callback/contacts?{Sender().echo_query(ECHO)}")

    assert answer.status_code == 200
    assert answer.data == ECHO
    assert answer.content_type == "text/plain"


def test_takes_a_plus_that_nobody_escaped(client: FlaskClient) -> None:
    sender, echostr = _plus_sender()
    query = sender.query(echostr) + f"&echostr={echostr.replace('=', '%3D')}"
    assert "+" in query

    answer = client.get(f"/callback/contacts?{query}")

    assert (answer.status_code, answer.data) == (200, ECHO)


def test_takes_an_escaped_plus(client: FlaskClient) -> None:
    sender, echostr = _plus_sender()
    query = sender.query(echostr, echostr=echostr)
    assert "%2B" in query

    answer = client.get(f"/callback/contacts?{query}")

    assert (answer.status_code, answer.data) == (200, ECHO)


def test_lets_other_parameters_of_the_url_pass(client: FlaskClient) -> None:
    query = f"corpid=ww%20x&corpid=again&empty=&{Sender().echo_query(ECHO)}&z=1"

    answer = client.get(f"/callback/contacts?{query}")

    assert (answer.status_code, answer.data) == (200, ECHO)


@pytest.mark.parametrize(
    ("app", "receiveid"),
    [("suite", "ww4asffe99e54c0fxx"), ("developed", "wwcorp000000000001"), ("robot", "")],
)
def test_echoes_to_every_kind_of_app(client: FlaskClient, app: str, receiveid: str) -> None:
    query = Sender(receiveid=receiveid).echo_query(ECHO)

    answer = client.get(f"/callback/{app}?{query}")

    assert (answer.status_code, answer.data) == (200, ECHO)


def test_may_be_asked_again_and_again(client: FlaskClient) -> None:
    query = Sender().echo_query(ECHO)

    answers = [client.get(f"/callback/contacts?{query}") for _ in range(3)]

    assert [answer.data for answer in answers] == [ECHO] * 3


@pytest.mark.parametrize("message", [b"", b"\xff\xfe\x00", b'"quoted"\n', "你好".encode()])
def test_echoes_the_bytes_as_they_are(client: FlaskClient, message: bytes) -> None:
    answer = client.get(f"/callback/contacts?{Sender().echo_query(message)}")

    assert (answer.status_code, answer.data) == (200, message)


def test_says_in_the_log_that_it_was_verified_and_no_more(
    client: FlaskClient, logged: list[Any]
) -> None:
    client.get(f"/callback/contacts?{Sender().echo_query(ECHO)}")

    assert logged == [{"event": "url_verified", "log_level": "info", "app": "contacts"}]


def test_a_head_request_gets_no_body(client: FlaskClient) -> None:
    answer = client.head(f"/callback/contacts?{Sender().echo_query(ECHO)}")

    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
def test_knows_no_other_method(client: FlaskClient, method: str) -> None:
    query = Sender().echo_query(ECHO)

    answer = client.open(f"/callback/contacts?{query}", method=method)

    assert answer.status_code == 405
    assert ECHO not in answer.data
