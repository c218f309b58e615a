"""One complete example of every event of the catalogue, one TOML file per chapter.

The reference prints them, `simulator push` starts from them and the tests hold each class to them.

    [ExternalContactEdited]         # the class
    app = "<Event>...</Event>..."   # or suite, provider: what follows that envelope
    plaintext = "..."               # or the whole of it
    fields = {userid = "li", ...}   # what is read; corpid and occurred_at where they are another's
    subject = "woX1"
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import events
from events.event import Event

_APP = "<ToUserName>wwCORP</ToUserName><CreateTime>1700000000</CreateTime>"
_HEADS = {
    "suite": (
        "<SuiteId>wwSUITE</SuiteId><AuthCorpId>wwCORP</AuthCorpId><TimeStamp>1700000000</TimeStamp>"
    ),
    "provider": (
        "<ServiceCorpId>wwPROVIDER</ServiceCorpId><AuthCorpId>wwCORP</AuthCorpId>"
        "<TimeStamp>1700000000</TimeStamp>"
    ),
}
_HELD: dict[str, object] = {
    "corpid": "wwCORP",
    "occurred_at": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
}


@dataclass(frozen=True, kw_only=True)
class Example:
    """A plaintext and what is read from it.

    fields: the values by name, without empty ones; a record is a mapping, a tuple a list.
    """

    plaintext: str
    fields: Mapping[str, object]
    subject: str


@cache
def examples() -> Mapping[type[Event], Example]:
    """Return the example of every class. Raises KeyError for a class that has none."""
    written = {
        name: entry
        for file in resources.files(__name__).iterdir()
        if file.name.endswith(".toml")
        for name, entry in tomllib.loads(file.read_text(encoding="utf-8")).items()
    }
    return {cls: _example(written[cls.__name__]) for cls in events.catalogue()}


def _example(entry: Mapping[str, Any]) -> Example:
    suite = {"suite_id": "wwSUITE"} if "suite" in entry else {}
    return Example(
        plaintext=_plaintext(entry),
        fields={k: v for k, v in (_HELD | suite | entry["fields"]).items() if v != ""},
        subject=entry.get("subject", ""),
    )


def _plaintext(entry: Mapping[str, object]) -> str:
    if "plaintext" in entry:
        return str(entry["plaintext"])
    for form, head in _HEADS.items():
        if form in entry:
            return f"<xml>{head}{entry[form]}</xml>"
    inner = str(entry["app"])
    sender = "" if "<FromUserName>" in inner else "<FromUserName>sys</FromUserName>"
    kind = "" if "<MsgType>" in inner else "<MsgType>event</MsgType>"
    return f"<xml>{_APP}{sender}{kind}{inner}</xml>"
