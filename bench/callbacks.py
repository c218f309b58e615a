"""Callbacks of new customers, encrypted before the clock runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from crypto import decode_key, encrypt, sign

CORPID = "wwbench0000000001"
AGENTID = 1000002
SECRET = "bench-secret"  # noqa: S105 - opens nothing
TOKEN = "QDG6eK"  # noqa: S105 - opens nothing
ENCODING_AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
USERID = "zhangsan"
PATH = "/callback/contacts"

_AES_KEY = decode_key(ENCODING_AES_KEY)


@dataclass(frozen=True, kw_only=True)
class Callback:
    """One push: the code its welcome must carry, and what goes over the wire."""

    welcome_code: str
    plaintext: bytes
    ciphertext: str
    signature: str
    timestamp: str
    nonce: str

    @property
    def body(self) -> bytes:
        """What WeCom posts."""
        return (
            f"<xml><ToUserName><![CDATA[{CORPID}]]></ToUserName>"
            f"<AgentID><![CDATA[{AGENTID}]]></AgentID>"
            f"<Encrypt><![CDATA[{self.ciphertext}]]></Encrypt></xml>"
        ).encode()

    @property
    def request(self) -> bytes:
        """The whole HTTP request."""
        query = f"msg_signature={self.signature}&timestamp={self.timestamp}&nonce={self.nonce}"
        head = (
            f"POST {PATH}?{query} HTTP/1.1\r\nHost: bench\r\nContent-Type: text/xml\r\n"
            f"Content-Length: {len(self.body)}\r\n\r\n"
        )
        return head.encode() + self.body


def new_customer(series: str, number: int, created_at: float) -> Callback:
    """Return the callback of a customer nobody else is."""
    welcome_code = f"CODE{series}{number:08d}"
    plaintext = (
        f"<xml><ToUserName><![CDATA[{CORPID}]]></ToUserName>"
        f"<FromUserName><![CDATA[sys]]></FromUserName><CreateTime>{created_at:.0f}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event><![CDATA[change_external_contact]]></Event>"
        f"<ChangeType><![CDATA[add_external_contact]]></ChangeType>"
        f"<UserID><![CDATA[{USERID}]]></UserID>"
        f"<ExternalUserID><![CDATA[wm{series}{number:08d}]]></ExternalUserID>"
        f"<State><![CDATA[spring-01]]></State>"
        f"<WelcomeCode><![CDATA[{welcome_code}]]></WelcomeCode></xml>"
    ).encode()
    ciphertext = encrypt(_AES_KEY, plaintext, CORPID, random_prefix=os.urandom(16))
    timestamp, nonce = f"{created_at:.0f}", f"{number:010d}"
    return Callback(
        welcome_code=welcome_code,
        plaintext=plaintext,
        ciphertext=ciphertext,
        signature=sign(TOKEN, timestamp, nonce, ciphertext),
        timestamp=timestamp,
        nonce=nonce,
    )
