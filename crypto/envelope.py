"""The outer layer of a callback: where the ciphertext sits in the body, and how a reply is wrapped.

Only the ciphertext is authenticated. ToUserName and AgentID beside it are not read at all.

Sources: developer.work.weixin.qq.com/document/path/90238 (XML), 101039 (smart robot, JSON)
"""

from __future__ import annotations

import json
from typing import Literal
from xml.parsers import expat
from xml.parsers.expat import ExpatError

from errors import MalformedEnvelope

Format = Literal["xml", "json"]

_MOST_ELEMENTS = 32  # WeCom sends four


def read_ciphertext(body: bytes) -> tuple[str, Format]:
    """Return the ciphertext of a request body, and whether the body was XML or JSON.

    Raises MalformedEnvelope. Strangers reach this parser: no DTD, no entities, one ciphertext.
    """
    if body.lstrip()[:1] == b"{":
        return _text(_from_json(body)), "json"
    return _text(_from_xml(body)), "xml"


def wrap_reply(ciphertext: str, signature: str, timestamp: str, nonce: str, form: Format) -> str:
    """Return the reply body for an encrypted passive reply (被动回复, doc 90241; 101031).

    timestamp: whole seconds in digits. Raises ValueError when it is no number.
    """
    seconds = int(timestamp)
    if form == "json":
        return json.dumps(
            {
                "encrypt": ciphertext,
                "msgsignature": signature,
                "timestamp": seconds,
                "nonce": nonce,
            }
        )
    return (
        f"<xml><Encrypt><![CDATA[{ciphertext}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{seconds}</TimeStamp><Nonce><![CDATA[{_cdata(nonce)}]]></Nonce></xml>"
    )


def _cdata(text: str) -> str:
    return text.replace("]]>", "]]]]><![CDATA[>")


def _from_json(body: bytes) -> object:
    try:
        document = json.loads(body, object_pairs_hook=_each_key_once)
    except (ValueError, RecursionError) as error:
        raise MalformedEnvelope from error
    if "encrypt" in document and "Encrypt" in document:
        raise MalformedEnvelope("The body has two ciphertexts.")
    return document.get("encrypt", document.get("Encrypt"))


def _each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise MalformedEnvelope("The body names a key twice.")
    return document


def _from_xml(body: bytes) -> object:
    reader = _EnvelopeReader()
    try:
        reader.feed(body)
    except (ExpatError, ValueError) as error:  # ValueError: pyexpat decodes text by itself
        raise MalformedEnvelope from error
    return reader.ciphertext


class _EnvelopeReader:
    """Reads `<xml><Encrypt>…</Encrypt></xml>` and gives up at the first thing that is not so flat.

    Expat directly: a stranger's megabyte of nested tags must not cost the time of building them.
    """

    def __init__(self) -> None:
        self.ciphertext = ""
        self._path: list[str] = []
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._elements = 0
        self._ciphertexts = 0

    def feed(self, body: bytes) -> None:
        self._parser.Parse(body, True)  # noqa: FBT003 - expat's own signature

    def _refuse(self, *_: object) -> None:
        raise MalformedEnvelope("The body declares a document type.")

    def _start(self, name: str, _attributes: object) -> None:
        self._path.append(name)
        self._elements += 1
        if self._path[0] != "xml" or len(self._path) > 2 or self._elements > _MOST_ELEMENTS:  # noqa: PLR2004
            raise MalformedEnvelope
        if name == "Encrypt":
            self._ciphertexts += 1
        if self._ciphertexts > 1:
            raise MalformedEnvelope("The body has two ciphertexts.")

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _characters(self, text: str) -> None:
        if self._path[1:] == ["Encrypt"]:
            self.ciphertext += text


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise MalformedEnvelope("The body has no ciphertext.")
    return value
