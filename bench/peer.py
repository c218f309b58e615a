"""The build most people write: Flask, wechatpy, one Celery task for each thing to do.

The broker and the API are named by the environment; `bench.stage` starts it.
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from flask import Flask, request
from requests.adapters import HTTPAdapter
from wechatpy.work import WeChatClient, parse_message
from wechatpy.work.crypto import WeChatCrypto

from bench.callbacks import CORPID, ENCODING_AES_KEY, PATH, SECRET, TOKEN

crypto = WeChatCrypto(TOKEN, ENCODING_AES_KEY, CORPID)
celery = Celery("peer", broker=os.environ["PEER_BROKER"])
celery.conf.task_ignore_result = True
app = Flask(__name__)


class Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's client, at our address and with connections enough for all threads."""

    API_BASE_URL = os.environ.get("PEER_API", "") + "/cgi-bin/"

    def __init__(self) -> None:
        # With its token at hand: the address it would fetch one from cannot be changed.
        super().__init__(CORPID, SECRET, access_token="bench-token")  # noqa: S106 - opens nothing
        self._http.mount("http://", HTTPAdapter(pool_maxsize=256))


client = Client()


@app.post(PATH)
def callback() -> str:
    plaintext = crypto.decrypt_message(
        request.data,
        request.args["msg_signature"],
        request.args["timestamp"],
        request.args["nonce"],
    )
    message: Any = parse_message(plaintext)
    event = message._data  # noqa: SLF001 - wechatpy has no field for a ChangeType
    if event["ChangeType"] == "add_external_contact":
        send_welcome.delay(event["WelcomeCode"])
        mark_tag.delay(event["UserID"], event["ExternalUserID"])
    return "success"


@celery.task  # type: ignore[untyped-decorator]
def send_welcome(welcome_code: str) -> None:
    client.external_contact.send_welcome_msg(
        {"welcome_code": welcome_code, "text": {"content": "你好"}}
    )


@celery.task  # type: ignore[untyped-decorator]
def mark_tag(userid: str, external_userid: str) -> None:
    client.external_contact.mark_tag(userid, external_userid, add_tag=["etTAG"])
