"""Callbacks as WeCom sends them: encrypted, signed and put into a URL and a body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from crypto import Credentials, encrypt, sign
from factories import CORPID

TOKEN = "QDG6eK1111111111"
ENCODING_AES_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
TIMESTAMP = "1700000000"
NONCE = "1372623149"


def credentials(receiveid: str = CORPID) -> Credentials:
    return Credentials.from_text(
        tokens=(TOKEN,),
        encoding_aes_keys=(ENCODING_AES_KEY,),
        receiveids=frozenset({receiveid}),
    )


@dataclass(frozen=True, kw_only=True)
class Sender:
    """One sender; a changed field makes one that is not ours."""

    token: str = TOKEN
    encoding_aes_key: str = ENCODING_AES_KEY
    receiveid: str = CORPID
    random_prefix: bytes = b"0123456789abcdef"

    def ciphertext(self, plaintext: bytes) -> str:
        (aes_key,) = Credentials.from_text(
            tokens=(self.token,),
            encoding_aes_keys=(self.encoding_aes_key,),
            receiveids=frozenset({self.receiveid}),
        ).aes_keys
        return encrypt(aes_key, plaintext, self.receiveid, random_prefix=self.random_prefix)

    def query(self, ciphertext: str, **more: str) -> str:
        """Return the signed values, escaped, and more parameters after them."""
        signed = {
            "msg_signature": sign(self.token, TIMESTAMP, NONCE, ciphertext),
            "timestamp": TIMESTAMP,
            "nonce": NONCE,
        }
        return urlencode(signed | more)

    def echo_query(self, message: bytes = b"1616140317555161061") -> str:
        """Return the query of the request that verifies a URL."""
        ciphertext = self.ciphertext(message)
        return self.query(ciphertext, echostr=ciphertext)


def xml_body(ciphertext: str) -> bytes:
    return (
        f"<xml><ToUserName><![CDATA[{CORPID}]]></ToUserName><AgentID><![CDATA[1000002]]></AgentID>"
        f"<Encrypt><![CDATA[{ciphertext}]]></Encrypt></xml>"
    ).encode()


def json_body(ciphertext: str) -> bytes:
    return json.dumps({"tousername": CORPID, "encrypt": ciphertext, "agentid": "1000002"}).encode()
