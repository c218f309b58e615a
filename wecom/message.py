"""App messages to members (发送应用消息, doc 90236)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from errors import ArgumentRejected
from wecom.answer import record
from wecom.arguments import (
    at_least_one,
    at_most_bytes,
    at_most_chars,
    at_most_items,
    not_empty,
    within,
)
from wecom.client import Client
from wecom.endpoint import Endpoint

EVERYBODY = ("@all",)
"""As `touser`: every member in the app's visible range."""


@dataclass(frozen=True, kw_only=True)
class Text:
    """Plain text; the platform cuts it off after 2048 bytes, so more is refused here."""

    msgtype: ClassVar[str] = "text"
    content: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(content=self.content)
        at_most_bytes(2048, content=self.content)


@dataclass(frozen=True, kw_only=True)
class Markdown:
    """Text in the small Markdown of the WeCom client."""

    msgtype: ClassVar[str] = "markdown"
    content: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(content=self.content)
        at_most_bytes(2048, content=self.content)


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture by its media_id."""

    msgtype: ClassVar[str] = "image"
    media_id: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(media_id=self.media_id)


@dataclass(frozen=True, kw_only=True)
class File:
    """A file by its media_id."""

    msgtype: ClassVar[str] = "file"
    media_id: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(media_id=self.media_id)


@dataclass(frozen=True, kw_only=True)
class TextCard:
    """A card with a title, a description and a page to open."""

    msgtype: ClassVar[str] = "textcard"
    title: str
    description: str
    url: str
    btntxt: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(title=self.title, description=self.description, url=self.url)
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, description=self.description)
        at_most_bytes(2048, url=self.url)
        at_most_chars(4, btntxt=self.btntxt)


Body = Text | Markdown | Image | File | TextCard


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of a message; receivers that cannot get it are not an error."""

    msgid: str = ""
    invaliduser: str = ""
    invalidparty: str = ""
    invalidtag: str = ""
    unlicenseduser: str = ""
    response_code: str = ""


SEND = Endpoint("POST", "message/send", record(Sent), doc=90236)


def send(
    api: Client,
    body: Body,
    *,
    touser: Sequence[str] = (),
    toparty: Sequence[str] = (),
    totag: Sequence[str] = (),
    agentid: int | None = None,
    safe: int = 0,
    duplicate_check_seconds: int = 0,
) -> Sent:
    """Send an app message to members, departments or tags (发送应用消息).

    agentid: the client's own when not given. duplicate_check_seconds: within this time the
    platform delivers an identical message only once; use it where a send may be repeated.
    """
    at_least_one(touser=touser, toparty=toparty, totag=totag)
    at_most_items(1000, touser=touser)
    at_most_items(100, toparty=toparty, totag=totag)
    within(0, 1, safe=safe)
    within(0, 14_400, duplicate_check_seconds=duplicate_check_seconds)
    return api.call(
        SEND,
        json={
            "touser": "|".join(touser) or None,
            "toparty": "|".join(toparty) or None,
            "totag": "|".join(totag) or None,
            "agentid": _agentid(api, agentid),
            "msgtype": body.msgtype,
            body.msgtype: _spelled(body),
            "safe": safe or None,
            "enable_duplicate_check": 1 if duplicate_check_seconds else None,
            "duplicate_check_interval": duplicate_check_seconds or None,
        },
    )


def _agentid(api: Client, agentid: int | None) -> int:
    wanted = api.agentid if agentid is None else agentid
    if wanted is None:
        raise ArgumentRejected("agentid", "must be given, here or to the client")
    return wanted


def _spelled(body: Body) -> dict[str, Any]:
    return {name: value for name, value in asdict(body).items() if value}
