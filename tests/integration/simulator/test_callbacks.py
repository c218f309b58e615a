"""Callbacks over the wire: encryption, formats, tries, verification (doc 90238, 90930)."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
import xmltodict
from simulated import CONTACT_SYNC_SECRET, Caller, Receiver, receiving, tenant, until
from wechatpy.work.crypto import WeChatCrypto

from crypto import read_ciphertext
from errors import ActionImpossible
from simulator import (
    DEFAULT_CORPID,
    DEFAULT_ENCODING_AES_KEY,
    DEFAULT_PROVIDER_CORPID,
    DEFAULT_SUITE_ID,
    DEFAULT_TOKEN,
    Simulator,
    default_suite,
    default_tenant,
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def sim(receiver: Receiver) -> Iterator[Simulator]:
    with Simulator.running(tenant=tenant(receiver.url)) as simulator:
        yield simulator


def app_of(described: dict[str, Any], index: int = 0) -> dict[str, Any]:
    app: dict[str, Any] = described["corps"][0]["apps"][index]
    return app


def test_a_new_customer_reaches_the_callback_url(sim: Simulator, receiver: Receiver) -> None:
    customer = sim.add_customer("zhangsan", state="春季-01")

    receiver.wait(1)
    [request] = receiver.requests
    event = xmltodict.parse(request["message"])["xml"]
    assert (event["ExternalUserID"], event["State"]) == (customer, "春季-01")
    assert request["receiveid"] == DEFAULT_CORPID
    outer = xmltodict.parse(request["body"])["xml"]
    assert (outer["ToUserName"], outer["AgentID"]) == (DEFAULT_CORPID, "1000002")


def test_another_library_opens_the_callback(sim: Simulator, receiver: Receiver) -> None:
    sim.add_customer("zhangsan", name="😀")

    receiver.wait(1)
    [request] = receiver.requests
    opened = WeChatCrypto(DEFAULT_TOKEN, DEFAULT_ENCODING_AES_KEY, DEFAULT_CORPID).decrypt_message(
        request["body"],
        request["query"]["msg_signature"],
        request["query"]["timestamp"],
        request["query"]["nonce"],
    )
    assert opened.encode() == request["message"]


def test_an_answer_other_than_200_is_tried_three_times_encrypted_anew(
    sim: Simulator, receiver: Receiver
) -> None:
    receiver.answer = lambda _: (500, b"")

    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    assert len(receiver.requests) == 3
    assert len(set(receiver.plaintexts)) == 1
    assert len({request["ciphertext"] for request in receiver.requests}) == 3
    assert len({request["query"]["nonce"] for request in receiver.requests}) == 3
    [push] = sim.pushes()
    assert push["outcome"] == "failed"
    assert [(each["status"], each["outcome"]) for each in push["tries"]] == [(500, "refused")] * 3


def test_a_later_try_can_succeed(sim: Simulator, receiver: Receiver) -> None:
    receiver.answer = lambda number: (503, b"") if number < 3 else (200, b"")

    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    [push] = sim.pushes()
    assert push["outcome"] == "delivered"
    assert [each["status"] for each in push["tries"]] == [503, 503, 200]
    assert push["tries"][0]["sent_at"] <= push["tries"][2]["sent_at"]


def test_statuses_are_not_retried_where_so_set(sim: Simulator, receiver: Receiver) -> None:
    sim.set_limits({"push_retries_statuses": False})
    receiver.answer = lambda _: (403, b"")

    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    assert len(receiver.requests) == 1


def test_a_slow_answer_is_a_timeout_and_tried_again(sim: Simulator, receiver: Receiver) -> None:
    sim.set_limits({"push_seconds": 0.1})

    def answer(number: int) -> tuple[int, bytes]:
        if number == 1:
            time.sleep(0.3)
        return 200, b""

    receiver.answer = answer
    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    [push] = sim.pushes()
    assert [each["outcome"] for each in push["tries"]] == ["timeout", "accepted"]
    assert push["tries"][0]["milliseconds"] >= 100


def test_the_platform_waits_five_seconds_and_tries_three_times() -> None:
    simulator = Simulator()
    limits = simulator.limits()
    simulator.close()

    assert (limits["push_seconds"], limits["push_tries"]) == (5, 3)
    assert limits["push_retries_statuses"]


def test_an_authorisation_must_be_answered_within_a_second() -> None:
    with closing(Simulator(tenant())) as sim:
        assert sim.limits()["authorisation_seconds"] == 1


def test_only_authorisations_have_the_short_time(receiver: Receiver) -> None:
    def answer(_: int) -> tuple[int, bytes]:
        time.sleep(0.3)
        return 200, b"success"

    receiver.answer = answer
    described = tenant()
    described["suites"] = [default_suite(receiver.url)]
    with Simulator.running(tenant=described) as sim:
        sim.set_limits({"authorisation_seconds": 0.1, "push_tries": 1})
        sim.push_suite_ticket()
        sim.authorise_suite()
        sim.wait(pushes=2)
        outcomes = {each["event"]: each["tries"][0]["outcome"] for each in sim.pushes()}

    assert outcomes == {"suite_ticket": "accepted", "create_auth": "timeout"}


def test_what_members_do_is_told_to_a_suite_in_the_name_of_the_corp(receiver: Receiver) -> None:
    described = tenant()
    described["suites"] = [default_suite(receiver.url)]
    receiver.answer = lambda _: (200, b"success")
    with Simulator.running(tenant=described) as sim:
        app = sim.authorise_suite()["app"]
        sim.wait(pushes=1)
        receiver.answer = lambda _: (200, b"<xml>reply</xml>")
        sim.send_message("zhangsan", "hi", app=app)
        sim.wait(pushes=2)
        [push] = sim.pushes(limit=1)

    assert (push["outcome"], len(push["tries"]), push["reply"]) == (
        "delivered",
        1,
        "<xml>reply</xml>",
    )
    assert [each["receiveid"] for each in receiver.requests] == [DEFAULT_SUITE_ID, DEFAULT_CORPID]
    assert xmltodict.parse(receiver.requests[1]["body"])["xml"]["ToUserName"] == DEFAULT_CORPID


def test_a_suites_url_is_verified_in_the_name_of_its_provider(receiver: Receiver) -> None:
    described = tenant()
    described["suites"] = [default_suite(receiver.url)]
    with Simulator.running(tenant=described) as sim:
        assert sim.verify_suite_callback()["ok"]

    assert receiver.verified_for == [DEFAULT_PROVIDER_CORPID]


def test_a_lost_callback_never_arrives(sim: Simulator, receiver: Receiver) -> None:
    sim.add_fault({"path": "callback/change_external_contact.*", "drop_connection": True})

    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    assert receiver.requests == []
    assert [each["outcome"] for each in sim.pushes()[0]["tries"]] == ["lost before"] * 3


def test_a_lost_answer_brings_the_callback_again(sim: Simulator, receiver: Receiver) -> None:
    sim.add_fault({"path": "callback/*", "when": "after", "drop_connection": True, "calls": 2})

    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    assert len(receiver.requests) == 3
    assert len(set(receiver.plaintexts)) == 1
    assert sim.pushes()[0]["outcome"] == "delivered"


def test_a_fault_of_every_api_does_not_touch_callbacks(sim: Simulator, receiver: Receiver) -> None:
    sim.add_fault({"drop_connection": True})

    sim.add_customer("zhangsan")

    receiver.wait(1)


def test_a_late_callback_is_overtaken(sim: Simulator, receiver: Receiver) -> None:
    sim.add_fault({"path": "callback/*", "latency_seconds": 0.5, "calls": 1})

    late = sim.add_customer("zhangsan")
    until(lambda: sim.faults() == [])
    early = sim.add_customer("lisi")
    sim.wait(pushes=2)

    arrived = [xmltodict.parse(each)["xml"]["ExternalUserID"] for each in receiver.plaintexts]
    assert arrived == [early, late]


def test_nobody_listening_is_recorded(sim: Simulator) -> None:
    sim.set_callback("contacts", url="http://127.0.0.1:9/")

    sim.add_customer("zhangsan")
    sim.wait(pushes=1)

    [push] = sim.pushes(outcome="failed")
    assert [each["outcome"] for each in push["tries"]] == ["no connection"] * 3
    assert sim.counts()["pushes_failed"] == 1


def test_many_callbacks_share_few_connections(sim: Simulator, receiver: Receiver) -> None:
    sim.add_customers(200, per_second=400)

    assert sim.wait(pushes=200)["reached"]
    assert len(receiver.requests) == 200
    assert receiver.connections <= 64


def test_a_query_in_the_url_is_kept(sim: Simulator, receiver: Receiver) -> None:
    sim.set_callback("contacts", url=f"{receiver.url}?tenant=7")

    sim.add_customer("zhangsan")

    receiver.wait(1)
    assert receiver.requests[0]["query"]["tenant"] == "7"


def test_an_app_set_to_json_gets_json(sim: Simulator, receiver: Receiver) -> None:
    sim.set_callback("contacts", format="json")

    sim.add_customer("zhangsan", state="s")

    receiver.wait(1)
    [request] = receiver.requests
    assert set(json.loads(request["body"])) == {"tousername", "encrypt", "agentid"}
    assert json.loads(request["message"])["State"] == "s"


def suite_tenant(url: str) -> dict[str, Any]:
    described = tenant(url)
    app_of(described).update(kind="suite", suite_id="wwsuite")
    return described


@pytest.mark.parametrize(("body", "outcome"), [(b"success", "delivered"), (b"", "failed")])
def test_a_suite_must_answer_success(receiver: Receiver, body: bytes, outcome: str) -> None:
    receiver.answer = lambda _: (200, body)
    with Simulator.running(tenant=suite_tenant(receiver.url)) as sim:
        sim.add_customer("zhangsan")
        sim.wait(pushes=1)
        [push] = sim.pushes()

    request = receiver.requests[0]
    event = xmltodict.parse(request["message"])["xml"]
    assert (event["SuiteId"], event["AuthCorpId"]) == ("wwsuite", DEFAULT_CORPID)
    assert event["InfoType"] == "change_external_contact"
    assert "Event" not in event
    assert request["receiveid"] == "wwsuite"
    assert xmltodict.parse(request["body"])["xml"]["ToUserName"] == "wwsuite"
    assert push["outcome"] == outcome


def test_a_robot_gets_json_and_has_no_receiveid(receiver: Receiver) -> None:
    described = tenant(receiver.url)
    app_of(described)["kind"] = "robot"
    with Simulator.running(tenant=described) as sim:
        sim.send_message("zhangsan", "你好")
        receiver.wait(1)

    [request] = receiver.requests
    assert list(json.loads(request["body"])) == ["encrypt"]
    assert request["receiveid"] == ""
    assert json.loads(request["message"])["text"] == {"content": "你好"}


def test_a_message_of_a_member_has_an_id_and_the_reply_is_kept(
    sim: Simulator, receiver: Receiver
) -> None:
    receiver.answer = lambda _: (200, b"<xml>reply</xml>")

    sim.send_message("zhangsan", "]]> & <b>")
    sim.wait(pushes=1)

    message = xmltodict.parse(receiver.requests[0]["message"])["xml"]
    assert (message["MsgType"], message["Content"]) == ("text", "]]> & <b>")
    assert (message["FromUserName"], message["AgentID"]) == ("zhangsan", "1000002")
    assert message["MsgId"].isdigit()
    assert sim.pushes()[0]["reply"] == "<xml>reply</xml>"


def test_any_plaintext_can_be_pushed_anywhere(sim: Simulator, receiver: Receiver) -> None:
    sim.push("<xml><Event>unheard_of</Event></xml>")
    sim.push(
        "not even xml",
        callback={
            "url": receiver.url,
            "token": DEFAULT_TOKEN,
            "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
            "receiveid": "",
        },
    )

    receiver.wait(2)
    by_text = {request["message"]: request["receiveid"] for request in receiver.requests}
    assert by_text == {
        b"<xml><Event>unheard_of</Event></xml>": DEFAULT_CORPID,
        b"not even xml": "",
    }


def test_the_same_event_can_be_pushed_again(sim: Simulator, receiver: Receiver) -> None:
    sim.add_customer("zhangsan")
    receiver.wait(1)

    sim.push_again(sim.pushes()[0]["number"])

    receiver.wait(2)
    first, second = receiver.requests
    assert first["message"] == second["message"]
    assert first["ciphertext"] != second["ciphertext"]


@pytest.mark.parametrize("raw_plus", [False, True])
def test_a_url_that_echoes_is_verified(
    sim: Simulator,
    receiver: Receiver,
    raw_plus: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    checked = [sim.verify_callback(raw_plus=raw_plus) for _ in range(5)]

    assert all(each["ok"] for each in checked)


@pytest.mark.parametrize(
    "echo",
    [lambda message: b'"' + message + b'"', lambda message: message + b"\n", lambda _: b""],
)
def test_a_url_that_echoes_anything_else_is_not_saved(
    sim: Simulator, receiver: Receiver, echo: Callable[[bytes], bytes]
) -> None:
    receiver.echo = echo

    checked = sim.set_callback("marketing", **_values(receiver.url), verify=True)

    assert not checked["ok"]
    assert checked["outcome"] == "the body is not the decrypted echostr"
    with pytest.raises(ActionImpossible):
        sim.verify_callback("marketing")


def test_a_url_must_echo_within_a_second(sim: Simulator, receiver: Receiver) -> None:
    sim.set_limits({"verification_seconds": 0.1})

    def echo(message: bytes) -> bytes:
        time.sleep(0.3)
        return message

    receiver.echo = echo

    assert sim.verify_callback()["outcome"] == "timeout"


def test_a_verified_url_is_saved_and_used(sim: Simulator, receiver: Receiver) -> None:
    assert sim.set_callback("marketing", **_values(receiver.url), verify=True)["ok"]

    sim.add_customer("zhangsan")

    receiver.wait(2)
    assert {push["app"] for push in sim.pushes()} == {"contacts", "marketing"}


def test_the_end_of_an_import_is_told_by_the_clock() -> None:
    with receiving() as receiver:
        described = default_tenant(receiver.url)
        with Simulator.running(tenant=described) as sim:
            caller = Caller(sim, CONTACT_SYNC_SECRET)
            media_id = caller.upload("姓名,帐号\n新人,xinren\n".encode(), kind="file")["media_id"]
            callback = {
                "url": receiver.url,
                "token": DEFAULT_TOKEN,
                "encodingaeskey": DEFAULT_ENCODING_AES_KEY,
            }
            sim.set_limits({"batch_seconds": 600})
            jobid = caller.post("batch/syncuser", media_id=media_id, callback=callback)["jobid"]

            sim.advance(600)

            receiver.wait(1)
            job = xmltodict.parse(receiver.plaintexts[0])["xml"]["BatchJob"]
            assert (job["JobId"], job["JobType"]) == (jobid, "sync_user")


def test_what_is_pushed_has_the_shape_of_a_callback(sim: Simulator, receiver: Receiver) -> None:
    sim.add_customer("zhangsan")

    receiver.wait(1)
    [request] = receiver.requests
    assert read_ciphertext(request["body"]) == (request["ciphertext"], "xml")
    assert request["query"].keys() == {"msg_signature", "timestamp", "nonce"}
    assert abs(int(request["query"]["timestamp"]) - time.time()) < 5


def _values(url: str) -> dict[str, str]:
    return {"url": url, "token": DEFAULT_TOKEN, "encoding_aes_key": DEFAULT_ENCODING_AES_KEY}
