"""Callbacks as WeCom would make them, sealed with what the settings say."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from crypto import decode_key, encrypt, sign
from settings import AppSettings

TEST_EVENT = "wecom_callback_doctor"


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One request: `query` is signed, `body` is None for a GET.

    plaintext: what is sealed in it; a verification must answer it.
    """

    query: str
    body: bytes | None
    plaintext: bytes


def echo(app: AppSettings) -> Probe:
    """Return the request that verifies a URL (验证URL有效性, doc 90930)."""
    plaintext = str(secrets.randbelow(10**19)).encode()
    ciphertext, signed = _sealed(app, plaintext)
    return Probe(query=urlencode({**signed, "echostr": ciphertext}), body=None, plaintext=plaintext)


def unknown_event(app: AppSettings) -> Probe:
    """Return the push of an event that nobody handles, unlike any before."""
    plaintext = _plaintext(app, secrets.token_hex(8))
    ciphertext, signed = _sealed(app, plaintext)
    body = (
        json.dumps({"encrypt": ciphertext})
        if app.kind == "robot"
        else f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"
    )
    return Probe(query=urlencode(signed), body=body.encode(), plaintext=plaintext)


def _plaintext(app: AppSettings, word: str) -> bytes:
    if app.kind == "robot":
        event = {"eventtype": TEST_EVENT}
        return json.dumps({"msgid": word, "msgtype": "event", "event": event}).encode()
    name = "InfoType" if app.kind == "suite" else "Event"
    return (
        f"<xml><ToUserName>{app.corpid}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{int(time.time())}</CreateTime><MsgType>event</MsgType>"
        f"<{name}>{TEST_EVENT}</{name}><EventKey>{word}</EventKey></xml>"
    ).encode()


def _sealed(app: AppSettings, plaintext: bytes) -> tuple[str, dict[str, str]]:
    receiveid = next(iter(app.receiveid), next(iter(app.receiveids)))
    key = decode_key(app.encoding_aes_key[0])
    ciphertext = encrypt(key, plaintext, receiveid, random_prefix=os.urandom(16))
    timestamp, nonce = str(int(time.time())), str(secrets.randbelow(10**10))
    signature = sign(app.token[0], timestamp, nonce, ciphertext)
    return ciphertext, {"msg_signature": signature, "timestamp": timestamp, "nonce": nonce}
