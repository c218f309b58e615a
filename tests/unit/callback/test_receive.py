"""POST /callback/<app>: opened, recorded, handed on, answered (doc 90238)."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from endpoint_in_memory import MAX_BODY_BYTES, NOW, Endpoint
from flask.testing import FlaskClient
from requests_of_wecom import Sender, json_body, xml_body
from werkzeug.test import TestResponse

import events
from events import Event
from factories import (
    CORPID,
    a_batch_job_finished,
    a_group_chat_created,
    a_text_message,
    an_app_plaintext,
    an_external_contact_added,
    an_unknown_event,
)
from journal import PlannedRun, event_key

CUSTOMER = an_external_contact_added(state="spring", welcome_code="CALLBACK_SECRET")


def post(
    client: FlaskClient, plaintext: bytes, *, app: str = "contacts", sender: Sender | None = None
) -> TestResponse:
    sender = sender or Sender()
    ciphertext = sender.ciphertext(plaintext)
    return client.post(f"/callback/{app}?{sender.query(ciphertext)}", data=xml_body(ciphertext))


def test_acknowledges_with_an_empty_body(client: FlaskClient) -> None:
    answer = post(client, CUSTOMER.raw)

    assert (answer.status_code, answer.data, answer.content_type) == (200, b"", "text/plain")


def test_records_all_that_is_known_of_the_event(client: FlaskClient, endpoint: Endpoint) -> None:
    post(client, CUSTOMER.raw)

    delivery = endpoint.recorder.only
    assert delivery.app == "contacts"
    assert delivery.corpid == CORPID
    assert delivery.event == "change_external_contact.add_external_contact"
    assert delivery.event_key == event_key("contacts", CUSTOMER)
    assert (delivery.userid, delivery.subject) == (CUSTOMER.userid, CUSTOMER.external_userid)
    assert delivery.occurred_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert delivery.received_at == NOW
    assert delivery.payload == CUSTOMER.raw
    assert [run.handler for run in delivery.plan] == ["greet"]


def test_hands_the_runs_on_after_they_are_recorded(client: FlaskClient, endpoint: Endpoint) -> None:
    post(client, CUSTOMER.raw)

    assert endpoint.recorder.calls == ["record", "publish"]
    assert [(run.run_id, run.handler, run.lane) for run in endpoint.published] == [
        (100, "greet", "urgent")
    ]


def test_takes_json_as_well(client: FlaskClient, endpoint: Endpoint) -> None:
    plaintext = b'{"ToUserName":"ww1234567890abcdef","Event":"add_schedule","MsgType":"event"}'
    ciphertext = Sender().ciphertext(plaintext)

    answer = client.post(
        f"/callback/contacts?{Sender().query(ciphertext)}", data=json_body(ciphertext)
    )

    assert (answer.status_code, answer.data) == (200, b"")
    assert endpoint.recorder.only.event == "add_schedule"


@pytest.mark.parametrize(
    ("app", "receiveid", "body"),
    [
        ("contacts", CORPID, b""),
        ("suite", "ww4asffe99e54c0fxx", b"success"),
        ("robot", "", b""),
    ],
)
def test_answers_each_kind_of_app_as_it_expects(
    client: FlaskClient, app: str, receiveid: str, body: bytes
) -> None:
    answer = post(client, CUSTOMER.raw, app=app, sender=Sender(receiveid=receiveid))

    assert (answer.status_code, answer.data) == (200, body)


@pytest.mark.parametrize("receiveid", ["dk4asffe99e54c0fxx", "wwprovider00000001", "wpEncrypted0"])
def test_a_template_hears_of_its_corps_whichever_corpid_seals_it(
    client: FlaskClient, endpoint: Endpoint, receiveid: str
) -> None:
    answer = post(client, CUSTOMER.raw, app="developed", sender=Sender(receiveid=receiveid))

    assert (answer.status_code, answer.data) == (200, b"success")
    assert endpoint.recorder.only.corpid == CORPID


def test_what_is_sealed_for_nobody_is_not_for_a_template(
    client: FlaskClient, endpoint: Endpoint
) -> None:
    answer = post(client, CUSTOMER.raw, app="developed", sender=Sender(receiveid=""))

    assert (answer.status_code, answer.data) == (403, b"")
    assert not endpoint.recorder.deliveries


def test_the_same_event_again_is_acknowledged_and_runs_nothing(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any]
) -> None:
    post(client, CUSTOMER.raw)
    encrypted_anew = Sender(random_prefix=b"another prefix!!")

    answer = post(client, CUSTOMER.raw, sender=encrypted_anew)

    assert (answer.status_code, answer.data) == (200, b"")
    assert len(endpoint.recorder.deliveries) == 1
    assert len(endpoint.published) == 1
    assert [entry["event"] for entry in logged] == ["callback_received", "callback_repeated"]


def test_two_customers_of_one_second_are_two(client: FlaskClient, endpoint: Endpoint) -> None:
    for external_userid in ("wmOne", "wmTwo"):
        post(client, an_external_contact_added(external_userid=external_userid).raw)

    assert len(endpoint.recorder.deliveries) == 2


def test_one_event_received_by_two_apps_is_two(client: FlaskClient, endpoint: Endpoint) -> None:
    post(client, CUSTOMER.raw)
    post(client, CUSTOMER.raw, app="robot", sender=Sender(receiveid=""))

    assert {delivery.app for delivery in endpoint.recorder.deliveries.values()} == {
        "contacts",
        "robot",
    }


def test_asks_for_it_again_when_the_journal_is_away(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any]
) -> None:
    endpoint.recorder.available = False

    answer = post(client, CUSTOMER.raw)

    assert (answer.status_code, answer.data) == (503, b"")
    assert endpoint.recorder.calls == ["record"]
    assert [(entry["event"], entry["log_level"]) for entry in logged] == [
        ("callback_not_recorded", "error")
    ]


def test_acknowledges_what_is_recorded_even_if_publishing_breaks(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any]
) -> None:
    endpoint.fail_to_publish = RuntimeError("secret of the broker")

    answer = post(client, CUSTOMER.raw)

    assert answer.status_code == 200
    assert endpoint.recorder.only.plan
    assert logged[0] == {
        "event": "publish_failed",
        "log_level": "error",
        "delivery_id": 1,
        "error": "RuntimeError",
    }


def test_keeps_an_event_whose_planning_breaks(logged: list[Any]) -> None:
    def broken(event: Event, received_at: datetime) -> tuple[PlannedRun, ...]:
        raise OverflowError("date value out of range")

    endpoint = Endpoint(plan=broken)

    answer = post(endpoint.client(), CUSTOMER.raw)

    assert answer.status_code == 200
    assert endpoint.recorder.only.plan == ()
    assert logged[0] == {
        "event": "plan_failed",
        "log_level": "error",
        "event_name": "change_external_contact.add_external_contact",
        "error": "OverflowError",
    }


@pytest.mark.parametrize(
    ("event", "hint"),
    [
        (a_group_chat_created(), "@router.on(GroupChatCreated)"),
        (a_batch_job_finished(), "@router.on(BatchJobFinished)"),
        (a_text_message(), "@router.on(TextMessage)"),
        (an_unknown_event(), "@router.on(UnknownEvent)"),
        (
            events.parse(an_app_plaintext(Event="change_external_contact", ChangeType="tomorrow")),
            "@router.on(ExternalContactChanged)",
        ),
    ],
)
def test_keeps_what_nobody_handles_and_says_how_to_handle_it(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any], event: Event, hint: str
) -> None:
    answer = post(client, event.raw)

    assert answer.status_code == 200
    assert endpoint.recorder.only.payload == event.raw
    assert [(entry["event"], entry["hint"]) for entry in logged] == [("callback_ignored", hint)]
    assert hasattr(events, hint.removeprefix("@router.on(").removesuffix(")"))


@pytest.mark.parametrize(
    "plaintext",
    [
        b"",
        b"not XML",
        b"<xml>",
        b"\xff\xfe\x00\x01",
        b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>',
        b"{" * 500,
    ],
)
def test_keeps_a_genuine_callback_that_nobody_can_read(
    client: FlaskClient, endpoint: Endpoint, plaintext: bytes
) -> None:
    answer = post(client, plaintext)

    assert answer.status_code == 200
    assert endpoint.recorder.only.event == "unknown"
    assert endpoint.recorder.only.payload == plaintext


def test_logs_identifiers_and_no_content(client: FlaskClient, logged: list[Any]) -> None:
    post(client, CUSTOMER.raw)
    post(client, a_text_message(content="my password is hunter2").raw)

    assert logged[0] == {
        "event": "callback_received",
        "log_level": "info",
        "app": "contacts",
        "event_name": "change_external_contact.add_external_contact",
        "delivery_id": 1,
        "runs": 1,
    }
    assert "CALLBACK_SECRET" not in str(logged)
    assert "hunter2" not in str(logged)


def _padded_body(length: int) -> tuple[str, bytes]:
    """Return the query and a body of exactly this length."""
    ciphertext = Sender().ciphertext(CUSTOMER.raw)
    body = xml_body(ciphertext)
    return Sender().query(ciphertext), body + b" " * (length - len(body))


def test_takes_a_body_as_large_as_allowed(client: FlaskClient) -> None:
    query, body = _padded_body(MAX_BODY_BYTES)

    assert client.post(f"/callback/contacts?{query}", data=body).status_code == 200


def test_refuses_a_larger_one_by_its_announced_length(
    client: FlaskClient, endpoint: Endpoint, logged: list[Any]
) -> None:
    query, body = _padded_body(MAX_BODY_BYTES + 1)

    unread = io.BytesIO(body)

    answer = client.post(
        f"/callback/contacts?{query}",
        environ_overrides={"wsgi.input": unread, "CONTENT_LENGTH": str(len(body))},
    )

    assert unread.tell() == 0
    assert (answer.status_code, answer.data) == (413, b"")
    assert endpoint.recorder.calls == []
    assert [entry["reason"] for entry in logged] == ["body_too_large"]


def test_refuses_a_larger_one_whose_length_nobody_announced(client: FlaskClient) -> None:
    query, body = _padded_body(MAX_BODY_BYTES * 100)
    stream = io.BytesIO(body)

    answer = client.post(
        f"/callback/contacts?{query}",
        environ_overrides={
            "wsgi.input": stream,
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": "",
        },
    )

    assert (answer.status_code, answer.data) == (413, b"")
    assert stream.tell() <= MAX_BODY_BYTES + 1


class InPieces(io.RawIOBase):
    """A connection that gives a few bytes at a time."""

    def __init__(self, body: bytes) -> None:
        self._left = io.BytesIO(body)

    def readinto(self, buffer: bytearray, /) -> int:  # type: ignore[override]  # it is one here
        piece = self._left.read(min(7, len(buffer)))
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize("announced", [True, False])
def test_reads_a_body_that_comes_in_pieces(client: FlaskClient, *, announced: bool) -> None:
    query, body = _padded_body(2000)

    answer = client.post(
        f"/callback/contacts?{query}",
        environ_overrides={
            "wsgi.input": InPieces(body),
            "wsgi.input_terminated": True,
            "CONTENT_LENGTH": str(len(body)) if announced else "",
        },
    )

    assert answer.status_code == 200
