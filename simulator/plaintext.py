"""What a callback says before it is encrypted: the envelopes and their XML or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Union

from crypto import Format

Value = Union[str, int, "Sequence[Value]", "Mapping[str, Value]"]
Fields = Mapping[str, Value]

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def app_event(
    corpid: str, event: str, now: float, fields: Fields, *, sender: str = "sys"
) -> Fields:
    """Return an event in the application envelope (doc 90240)."""
    return {
        "ToUserName": corpid,
        "FromUserName": sender,
        "CreateTime": int(now),
        "MsgType": "event",
        "Event": event,
        **fields,
    }


def suite_event(suite_id: str, corpid: str, event: str, now: float, fields: Fields) -> Fields:
    """Return an event in the suite envelope of a command callback (指令回调, doc 92277)."""
    return {
        "SuiteId": suite_id,
        "AuthCorpId": corpid,
        "InfoType": event,
        "TimeStamp": int(now),
        **fields,
    }


def write(fields: Fields, form: Format) -> bytes:
    """Return the bytes that will be encrypted."""
    if form == "json":
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return f"<xml>{_elements(fields)}</xml>".encode()


def cdata(text: str) -> str:
    """Return the text as CDATA; `]]>` inside is split, and what XML cannot carry is dropped."""
    safe = _CONTROL_CHARACTERS.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{safe}]]>"


def _elements(fields: Fields) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Value) -> str:
    if isinstance(value, str):
        return f"<{name}>{cdata(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    return "".join(_element(name, each) for each in value)
