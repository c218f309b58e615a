"""Write wechatpy.json: callbacks as wechatpy encrypts and signs them.

Run: python tests/vectors/make_wechatpy.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from wechatpy.work.crypto import PrpCrypto, WeChatCrypto

TOKEN = "wechatpyToken7"
CANONICAL_KEY = "kWxy0123456789ABCDEFGHIJklmnopqrstuvwxyzABE"
ODD_KEY = "kWxy0123456789ABCDEFGHIJklmnopqrstuvwxyzABG"
CORPID = "wwtestcorp000001"

CASES = [
    ("short", CORPID, CANONICAL_KEY, "x"),
    ("empty message", CORPID, CANONICAL_KEY, ""),
    ("pad 32", CORPID, CANONICAL_KEY, "x" * 60),
    ("pad 1", CORPID, CANONICAL_KEY, "x" * 59),
    ("pad 17", CORPID, CANONICAL_KEY, "x" * 43),
    ("Chinese", CORPID, CANONICAL_KEY, "<xml><Content><![CDATA[你好，世界 𠮷]]></Content></xml>"),
    ("end of CDATA inside", CORPID, CANONICAL_KEY, "<xml><Content>a]]&gt;b ]]> c</Content></xml>"),
    ("20 kB", CORPID, CANONICAL_KEY, "<xml>" + "客户 0123456789 " * 1150 + "</xml>"),
    ("empty receiveid", "", CANONICAL_KEY, "<xml><MsgType>text</MsgType></xml>"),
    ("JSON", "", CANONICAL_KEY, '{"msgtype":"text","text":{"content":"你好"}}'),
    ("non-canonical key", CORPID, ODD_KEY, "<xml><Event>subscribe</Event></xml>"),
]


class RecordingPrpCrypto(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's own cipher, remembering the random prefix it drew."""

    drawn = ""

    def get_random_string(self) -> str:
        type(self).drawn = super().get_random_string()
        return type(self).drawn


def vector(number: int, name: str, receiveid: str, key: str, plaintext: str) -> dict[str, Any]:
    timestamp, nonce = str(1700001000 + number), str(300400500 + number)
    crypto = WeChatCrypto(TOKEN, key, receiveid)
    body = crypto._encrypt_message(plaintext, nonce, timestamp, RecordingPrpCrypto)
    sealed = ET.fromstring(body)  # noqa: S314 - we made it ourselves
    return {
        "name": name,
        "origin": f"wechatpy {version('wechatpy')} (PyPI), wechatpy.work.crypto.WeChatCrypto",
        "token": TOKEN,
        "encoding_aes_key": key,
        "receiveid": receiveid,
        "timestamp": timestamp,
        "nonce": nonce,
        "random_prefix": RecordingPrpCrypto.drawn.encode().hex(),
        "ciphertext": sealed.findtext("Encrypt"),
        "signature": sealed.findtext("MsgSignature"),
        "plaintext": plaintext,
    }


if __name__ == "__main__":
    vectors = [vector(number, *case) for number, case in enumerate(CASES)]
    text = json.dumps(vectors, ensure_ascii=False, indent=1) + "\n"
    Path(__file__).with_name("wechatpy.json").write_text(text, encoding="utf-8")
