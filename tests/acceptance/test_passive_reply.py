"""What WeCom reads while it waits: replies of apps and of robots (被动回复, 智能机器人)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import xmltodict
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from server import CONTACTS, ONE_WORKER, Server, a_tenant, run_of, running, wait_for, write_settings

from crypto import Credentials, decode_key, read_ciphertext
from simulator import DEFAULT_CORPID, DEFAULT_ENCODING_AES_KEY, DEFAULT_TOKEN

MODULE = """
import hashlib
import time

from events import TextMessage
from events.robot import (
    RobotChatEntered,
    RobotFileMessage,
    RobotStreamRefreshed,
    RobotTextMessage,
)
from handlers import Router
from handlers.replies import RobotStream, RobotText, TextReply

router = Router()


@router.reply(TextMessage)
def echo(event, ctx):
    if event.content == "slow":
        time.sleep(3)
    if event.content == "fail":
        raise RuntimeError("the-secret-of-the-fault")
    if event.content == "wrong":
        return RobotText(content="x")
    if event.content == "giant":
        return TextReply(text="好" * 5_000_000)
    if event.content == "silent":
        return None
    return TextReply(text=f"{ctx.app.name}: {event.content}")


@router.on(TextMessage)
def note(event, ctx):
    ctx.conclude("noted")


@router.reply(RobotChatEntered)
def welcome(event, ctx):
    return RobotText(content="欢迎")


@router.reply(RobotTextMessage)
def think(event, ctx):
    return RobotStream(id=event.message_id, content="思")


@router.reply(RobotStreamRefreshed)
def go_on(event, ctx):
    return RobotStream(id=event.stream_id, content="思考", finish=True)


@router.on(RobotFileMessage)
def keep(event, ctx):
    ctx.conclude(hashlib.sha256(ctx.robot_file(event.url)).hexdigest()[:32])
"""

ROBOT: Mapping[str, object] = {
    "name": "robot",
    "kind": "robot",
    "corpid": DEFAULT_CORPID,
    "token": DEFAULT_TOKEN,
    "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
}
TIMEOUT_SECONDS = 1.0


def a_tenant_with_a_robot(web_url: str) -> dict[str, Any]:
    tenant = a_tenant(web_url)
    tenant["corps"][0]["apps"].append(
        {
            "name": "robot",
            "kind": "robot",
            "callback": {
                "url": f"{web_url}/callback/robot",
                "token": DEFAULT_TOKEN,
                "encoding_aes_key": DEFAULT_ENCODING_AES_KEY,
            },
        }
    )
    return tenant


@pytest.fixture(scope="module")
def replying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("replying")
    (folder / "my_replies.py").write_text(MODULE, encoding="utf-8")
    with running(folder, "web", ONE_WORKER, tenant=a_tenant_with_a_robot, start=False) as server:
        write_settings(
            server.settings,
            {
                "port": urlsplit(server.url).port,
                "redis_url": server.valkey.url,
                "api_base_url": server.simulator.url,
                "handlers": ["my_replies"],
                "reply_timeout_seconds": TIMEOUT_SECONDS,
            },
            (CONTACTS, ROBOT),
        )
        server.start("web", ONE_WORKER)
        yield server


def pushed(server: Server, number: int) -> dict[str, Any]:
    """Return a push when WeCom has its answer."""

    def ended() -> dict[str, Any] | None:
        (found,) = [each for each in server.simulator.pushes() if each["number"] == number]
        return found if found["outcome"] != "pending" else None

    push = wait_for(ended, "WeCom has its answer")
    assert push is not None
    return push


def read(push: dict[str, Any], receiveid: str = DEFAULT_CORPID) -> bytes:
    """Open a reply as WeCom does."""
    ciphertext, form = read_ciphertext(push["reply"].encode())
    if form == "xml":
        outer = xmltodict.parse(push["reply"])["xml"]
        names = ("MsgSignature", "TimeStamp", "Nonce")
    else:
        outer = json.loads(push["reply"])
        names = ("msgsignature", "timestamp", "nonce")
    signature, timestamp, nonce = (str(outer[name]) for name in names)
    keys = Credentials.from_text(
        tokens=(DEFAULT_TOKEN,),
        encoding_aes_keys=(DEFAULT_ENCODING_AES_KEY,),
        receiveids=frozenset({receiveid}),
    )
    return keys.open(ciphertext, signature=signature, timestamp=timestamp, nonce=nonce).message


def say(server: Server, content: str) -> dict[str, Any]:
    return pushed(server, server.simulator.send_message("zhangsan", content, app="contacts"))


def robot_push(server: Server, **fields: object) -> dict[str, Any]:
    plaintext = json.dumps(
        {"msgid": hashlib.sha256(str(fields).encode()).hexdigest(), "aibotid": "b"} | fields
    )
    return pushed(server, server.simulator.push(plaintext, app="robot"))


def robot_reply(server: Server, **fields: object) -> Any:  # noqa: ANN401 - JSON
    return json.loads(read(robot_push(server, **fields), receiveid=""))


def test_a_member_is_answered_while_wecom_waits(replying: Server) -> None:
    fields = xmltodict.parse(read(say(replying, "你好 ]]> <b>")))["xml"]

    assert fields["Content"] == "contacts: 你好 ]]> <b>"
    assert (fields["ToUserName"], fields["FromUserName"]) == ("zhangsan", DEFAULT_CORPID)


def test_a_json_app_is_answered_in_json(replying: Server) -> None:
    replying.simulator.set_callback("contacts", format="json")
    try:
        fields = json.loads(read(say(replying, "json")))
    finally:
        replying.simulator.set_callback("contacts", format="xml")

    assert fields["Content"] == "contacts: json"


def test_a_giant_reply_is_cut(replying: Server) -> None:
    content = xmltodict.parse(read(say(replying, "giant")))["xml"]["Content"]

    assert content == "好" * 682


@pytest.mark.parametrize("content", ["slow", "fail", "wrong", "silent"])
def test_without_a_good_reply_the_callback_is_accepted_at_once_and_handled(
    replying: Server, content: str
) -> None:
    push = say(replying, content)

    assert (push["outcome"], push["reply"], len(push["tries"])) == ("delivered", "", 1)
    (delivery,) = replying.journal.deliveries(event="message.text", limit=1)
    wait_for(
        lambda: replying.journal.delivery(delivery.id).status == "done",  # type: ignore[union-attr]  # it is there
        "the message is handled",
    )


def test_the_text_of_a_fault_is_not_logged(replying: Server) -> None:
    say(replying, "fail")

    wait_for(lambda: replying.log_lines("reply_failed"), "the fault is logged")
    assert "the-secret-of-the-fault" not in replying.log()


def test_a_callback_pushed_again_is_answered_again(replying: Server) -> None:
    first = say(replying, "twice")
    again = pushed(replying, replying.simulator.push_again(first["number"]))

    assert read(first) == read(again)
    assert first["reply"] != again["reply"]
    (delivery,) = replying.journal.deliveries(event="message.text", limit=1)
    assert delivery.repeats == 1


def test_a_robot_greets_who_opens_the_chat(replying: Server) -> None:
    reply = robot_reply(
        replying,
        chattype="single",
        msgtype="event",
        create_time=1,
        event={"eventtype": "enter_chat"},
        **{"from": {"userid": "u1"}},
    )

    assert reply == {"msgtype": "text", "text": {"content": "欢迎"}}


def test_a_robot_answers_in_a_stream_and_goes_on_when_asked(replying: Server) -> None:
    begun = robot_reply(replying, msgtype="text", text={"content": "?"})
    ended = robot_reply(replying, msgtype="stream", stream={"id": begun["stream"]["id"]})

    assert begun["stream"]["finish"] is False
    assert ended["stream"] == {"id": begun["stream"]["id"], "finish": True, "content": "思考"}


def test_what_only_may_be_answered_empty_is(replying: Server) -> None:
    push = robot_push(
        replying, msgtype="event", event={"eventtype": "feedback_event", "feedback_event": {}}
    )

    assert (push["outcome"], push["reply"]) == ("delivered", "")


@pytest.fixture
def file_url() -> Iterator[str]:
    """The address of a file that WeCom keeps for five minutes, encrypted."""
    key = decode_key(DEFAULT_ENCODING_AES_KEY)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    body = encryptor.update(b"content of the file" + b"\x0d" * 13) + encryptor.finalize()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/file?sign=x" else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/file?sign=x"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_sent_to_a_robot_is_fetched_and_decrypted(replying: Server, file_url: str) -> None:
    robot_push(replying, msgtype="file", file={"url": file_url}, chatid="chat-of-the-file")

    delivery = replying.settled("chat-of-the-file")

    expected = hashlib.sha256(b"content of the file").hexdigest()[:32]
    assert run_of(delivery, "keep").result == expected


def test_a_file_that_is_gone_fails_the_run_with_a_clear_sentence(
    replying: Server, file_url: str
) -> None:
    gone = file_url.replace("/file", "/gone")
    robot_push(replying, msgtype="file", file={"url": gone}, chatid="chat-of-the-gone")

    run = run_of(replying.settled("chat-of-the-gone"), "keep")

    assert run.status == "failed"
    assert run.attempt == 1
    assert run.error is not None
    assert run.error.startswith("FileUnavailable: HTTP status 404")
    assert "sign=" not in replying.log()
