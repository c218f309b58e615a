"""What of an event may be shown to whom.

Shown to everybody is only what is known to be an identifier, a time, a kind or a number of
something; whatever else WeCom sends may be personal, also in fields nobody knows yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from events.secrecy import SECRET_FIELDS

Kind = Literal["plain", "personal", "secret"]

_PLAIN = frozenset(
    {
        "AgentID",
        "AgentId",
        "ChangeType",
        "Event",
        "FailReason",
        "FromUserName",
        "InfoType",
        "MsgType",
        "NewExternalUserID",
        "Source",
        "State",
        "ToUserName",
        "UpdateDetail",
        "UserID",
        "action",
        "errcode",
        "event",
        "msgtype",
    }
)
_PLAIN_ENDINGS = re.compile(
    r"(ID|Id|Ids|IDs|id|ids|Time|time|Type|type|Scene|Status|status|Cnt|Count|Version|ErrCode"
    r"|Sequence|IsLeader|Action|Kind)$"
)
_DEEPEST = 8


@dataclass(frozen=True, kw_only=True)
class Field:
    """One value of an event, with the way to it; text: None where it is hidden."""

    path: str
    kind: Kind
    text: str | None


def disclosed(fields: Mapping[str, object], *, personal: bool) -> list[Field]:
    """Return every value of an event, those hidden that this reader may not see.

    personal: whether personal data is shown. Secrets never are.
    """
    return list(_walk(fields, "", "plain", personal=personal, depth=0))


def kind_of(tag: str) -> Kind:
    """Tell what a field's value may be, by its name."""
    if tag in SECRET_FIELDS:
        return "secret"
    return "plain" if tag in _PLAIN or _PLAIN_ENDINGS.search(tag) else "personal"


def _walk(node: object, path: str, kind: Kind, *, personal: bool, depth: int) -> Iterator[Field]:
    if isinstance(node, Mapping) and depth < _DEEPEST:
        for tag, value in node.items():
            deeper = f"{path}/{tag}" if path else str(tag)
            found = "secret" if kind == "secret" else kind_of(str(tag).lstrip("@"))
            yield from _walk(value, deeper, found, personal=personal, depth=depth + 1)
        return
    if isinstance(node, list | tuple) and depth < _DEEPEST:
        for number, value in enumerate(node, 1):
            yield from _walk(value, f"{path}[{number}]", kind, personal=personal, depth=depth + 1)
        return
    # What is nested too deeply to be looked through may hold anything.
    kind = "secret" if isinstance(node, Mapping | list | tuple) and node else kind
    shown = kind == "plain" or (kind == "personal" and personal)
    empty = node is None or node == ""
    yield Field(path=path, kind=kind, text=("" if empty else str(node)) if shown or empty else None)
