"""What others encrypted, `crypto/` opens; what `crypto/` encrypts, others open."""

from __future__ import annotations

import json
from collections import Counter
from xml.etree import ElementTree as ET

import pytest
from wechatpy.work.crypto import WeChatCrypto

from crypto import encrypt, read_ciphertext, sign
from errors import CallbackRejected
from wire import Vector, all_vectors

ALL = all_vectors()
PREFIX = b"0123456789abcdef"

each_vector = pytest.mark.parametrize(
    "vector", ALL, ids=[f"{vector.origin.split()[0]} {vector.name}" for vector in ALL]
)


def test_three_independent_makers_are_heard() -> None:
    makers = Counter(vector.origin.split()[0] for vector in ALL)

    assert makers["wechatpy"] == 11
    assert makers["@wecom/crypto"] == 11
    assert makers["developer.work.weixin.qq.com/document/path/90968,"] == 1


@each_vector
def test_opens_what_others_made(vector: Vector) -> None:
    frame = vector.credentials.open(
        vector.ciphertext,
        signature=vector.signature,
        timestamp=vector.timestamp,
        nonce=vector.nonce,
    )

    assert frame.message.decode() == vector.plaintext
    assert frame.receiveid == vector.receiveid


@each_vector
def test_signs_as_others_do(vector: Vector) -> None:
    signature = sign(vector.token, vector.timestamp, vector.nonce, vector.ciphertext)

    assert signature == vector.signature


@pytest.mark.parametrize("vector", [vector for vector in ALL if vector.random_prefix])
def test_encrypts_to_the_same_bytes_as_others(vector: Vector) -> None:
    assert vector.random_prefix is not None

    ciphertext = encrypt(
        vector.aes_key,
        vector.plaintext.encode(),
        vector.receiveid,
        random_prefix=bytes.fromhex(vector.random_prefix),
    )

    assert ciphertext == vector.ciphertext


@each_vector
def test_the_envelopes_of_wecom_give_the_ciphertext_back(vector: Vector) -> None:
    xml = f"<xml><ToUserName>ww1</ToUserName><Encrypt>{vector.ciphertext}</Encrypt></xml>"
    document = {"tousername": "ww1", "encrypt": vector.ciphertext}

    assert read_ciphertext(xml.encode()) == (vector.ciphertext, "xml")
    assert read_ciphertext(json.dumps(document).encode()) == (vector.ciphertext, "json")


@each_vector
def test_no_vector_opens_with_the_credentials_of_another(vector: Vector) -> None:
    strangers = [
        other.credentials
        for other in ALL
        if (other.token, other.receiveid) != (vector.token, vector.receiveid)
    ]

    assert strangers
    for credentials in strangers:
        with pytest.raises(CallbackRejected):
            credentials.open(
                vector.ciphertext,
                signature=vector.signature,
                timestamp=vector.timestamp,
                nonce=vector.nonce,
            )


@each_vector
def test_wechatpy_opens_the_xml_reply_made_here(vector: Vector) -> None:
    reply = vector.credentials.seal(
        vector.plaintext.encode(),
        receiveid=vector.receiveid,
        timestamp=vector.timestamp,
        nonce=vector.nonce,
        random_prefix=PREFIX,
    )

    root = ET.fromstring(reply)  # noqa: S314 - we made it ourselves
    other = WeChatCrypto(vector.token, vector.encoding_aes_key, vector.receiveid)
    plaintext = other.decrypt_message(
        reply, root.findtext("MsgSignature"), root.findtext("TimeStamp"), root.findtext("Nonce")
    )
    assert plaintext == vector.plaintext


@each_vector
def test_wechatpy_opens_the_json_reply_made_here(vector: Vector) -> None:
    reply = json.loads(
        vector.credentials.seal(
            vector.plaintext.encode(),
            receiveid=vector.receiveid,
            timestamp=vector.timestamp,
            nonce=vector.nonce,
            random_prefix=PREFIX,
            form="json",
        )
    )

    other = WeChatCrypto(vector.token, vector.encoding_aes_key, vector.receiveid)
    plaintext = other.decrypt_message(
        {"Encrypt": reply["encrypt"]},
        reply["msgsignature"],
        str(reply["timestamp"]),
        reply["nonce"],
    )
    assert plaintext == vector.plaintext


@pytest.mark.parametrize("message", ["", "x", "x" * 60, "你好]]>", "客户" * 5000])
@pytest.mark.parametrize("receiveid", ["wwtestcorp000001", ""])
def test_opens_what_wechatpy_makes_with_fresh_randomness(message: str, receiveid: str) -> None:
    like = next(vector for vector in ALL if vector.receiveid == receiveid)
    body = WeChatCrypto(like.token, like.encoding_aes_key, receiveid).encrypt_message(
        message, "nonce", "1700000000"
    )

    ciphertext, form = read_ciphertext(body.encode())
    frame = like.credentials.open(
        ciphertext,
        signature=ET.fromstring(body).findtext("MsgSignature") or "",  # noqa: S314 - made by a library we run
        timestamp="1700000000",
        nonce="nonce",
    )
    assert (form, frame.message.decode(), frame.receiveid) == ("xml", message, receiveid)
