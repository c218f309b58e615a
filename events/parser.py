"""From a decrypted plaintext to the typed event."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from events import wire
from events.event import REGISTER, Event, UnknownEvent
from events.fields import as_text
from events.wire import Fields, Tree

_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def parse(plaintext: bytes | str) -> Event:
    """Return the event of one decrypted callback; for any bytes, because what is refused is lost.

    What is not understood is an UnknownEvent that keeps everything.
    """
    raw = plaintext.encode("utf-8", "surrogatepass") if isinstance(plaintext, str) else plaintext
    tree = wire.read(raw) or {}
    form, words = _keys(tree)
    cls = _class_of(form, words)
    values: dict[str, Any] = {name: read(tree) for name, read in cls.readers}
    if issubclass(cls, UnknownEvent):
        values["wire_name"] = _readable(words)
    return cls(raw=raw, fields=Fields(tree), **values)


def canonical(event: Event) -> str:
    """Return one text for the whole content; blanks, CDATA and the order of tags do not change it.

    Of a plaintext that could not be read, it is the text of its bytes.
    """
    if not event.fields:
        return json.dumps(event.raw.decode("latin-1"))
    return event.fields.canonical()


def _keys(tree: Tree) -> tuple[str, list[str]]:
    """Return the form of the plaintext and the values that name what happened."""
    kind = as_text(tree.get("MsgType"))
    if kind and kind != "event":
        return "message", ["message", kind]
    happened = as_text(tree.get("Event")) or as_text(tree.get("InfoType"))
    if not happened:
        return _lower_case_keys(tree)
    change = as_text(tree.get("ChangeType"))
    if not change:
        return "", [happened]
    detail = as_text(tree.get("UpdateDetail"))
    return "", [happened, change, detail] if detail else [happened, change]


def _lower_case_keys(tree: Tree) -> tuple[str, list[str]]:
    inner = tree.get("event")
    happened = inner if isinstance(inner, dict) else {}
    value = as_text(
        happened.get("event_type")
        or happened.get("eventtype")
        or tree.get("msgtype")
        or tree.get("msg_type")
    )
    if "base_info" in tree:
        return "hardware", ["hardware", value]
    if "open_kfid" in tree or "event_type" in happened:
        return "kf", ["kf", value]
    if "msgtype" in tree:
        return "robot", ["robot", "event", value] if happened else ["robot", value]
    if "resource" in tree:
        return "payment", ["payment", *as_text(tree.get("event_type")).split(".", 1)]
    return "", []


def _class_of(form: str, words: list[str]) -> type[Event]:
    for length in range(len(words), 0, -1):
        found = REGISTER.get((form, ".".join(words[:length])))
        if found:
            return found.unknown or found
    return UnknownEvent


def _readable(words: list[str]) -> str:
    """Return the name of something unknown, as far as it is fit for a log line or a label."""
    fit = itertools.takewhile(_WORD.fullmatch, words)
    return ".".join(fit) or "unknown"
