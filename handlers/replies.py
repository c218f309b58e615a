"""Passive replies (被动回复): what a message or an event may be answered with, and its writing.

An app answers in the format it was called in, XML or JSON (doc 90241), a robot in JSON (101031).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Union

from errors import ArgumentRejected
from events import Event, Message, UnknownEvent, app, robot
from wecom.arguments import at_least_one, at_most_bytes, at_most_items, not_empty

Value = Union[str, int, "Sequence[Value]", "Mapping[str, Value]"]
Card = Mapping[str, Any]  # of the user, checked when a reply is made

TEXT_BYTES = 2048
STREAM_BYTES = 20480
_MEGABYTE = 1024 * 1024
_DEEPEST_CARD = 16
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What XML 1.0 cannot carry, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer; `write` makes the plaintext that will be encrypted."""

    def write(self, event: Event, now: datetime) -> bytes:
        """Return the plaintext that answers this event."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class AppReply(Reply):
    """An answer of an app (被动回复消息, doc 90241)."""

    msgtype: ClassVar[str]

    def content(self) -> Mapping[str, Value]:
        """Return what follows the envelope."""
        raise NotImplementedError

    def write(self, event: Event, now: datetime) -> bytes:
        """Return the plaintext: sender and receiver change places, the format stays."""
        if not event.userid or not event.corpid:
            raise ArgumentRejected("event", "names nobody who could be answered")
        fields: Mapping[str, Value] = {
            "ToUserName": event.userid,
            "FromUserName": event.corpid,
            "CreateTime": int(now.timestamp()),
            "MsgType": self.msgtype,
            **self.content(),
        }
        if event.raw.lstrip()[:1] == b"{":
            return _json(fields)
        return f"<xml>{_elements(fields)}</xml>".encode()


@dataclass(frozen=True, kw_only=True)
class TextReply(AppReply):
    """A text (文本消息); what exceeds 2048 bytes is cut off, never inside a character."""

    msgtype = "text"
    text: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(text=self.text)

    def content(self) -> Mapping[str, Value]:
        """Return the text."""
        encoded = self.text.encode("utf-8", "replace")
        return {"Content": encoded[:TEXT_BYTES].decode("utf-8", "ignore")}


@dataclass(frozen=True, kw_only=True)
class ImageReply(AppReply):
    """A picture that was uploaded as temporary media (图片消息)."""

    msgtype = "image"
    media_id: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(media_id=self.media_id)

    def content(self) -> Mapping[str, Value]:
        """Return the picture."""
        return {"Image": {"MediaId": self.media_id}}


@dataclass(frozen=True, kw_only=True)
class VoiceReply(AppReply):
    """A recording that was uploaded as temporary media (语音消息)."""

    msgtype = "voice"
    media_id: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(media_id=self.media_id)

    def content(self) -> Mapping[str, Value]:
        """Return the recording."""
        return {"Voice": {"MediaId": self.media_id}}


@dataclass(frozen=True, kw_only=True)
class VideoReply(AppReply):
    """A film that was uploaded as temporary media (视频消息)."""

    msgtype = "video"
    media_id: str
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(media_id=self.media_id)
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, description=self.description)

    def content(self) -> Mapping[str, Value]:
        """Return the film."""
        return {
            "Video": {
                "MediaId": self.media_id,
                "Title": self.title,
                "Description": self.description,
            }
        }


@dataclass(frozen=True, kw_only=True)
class Article:
    """One entry of a news reply."""

    title: str
    url: str
    description: str = ""
    picurl: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(title=self.title, url=self.url)
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, description=self.description)


@dataclass(frozen=True, kw_only=True)
class NewsReply(AppReply):
    """One to eight articles (图文消息)."""

    msgtype = "news"
    articles: tuple[Article, ...]

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(articles=self.articles)
        at_most_items(8, articles=self.articles)

    def content(self) -> Mapping[str, Value]:
        """Return the articles."""
        items = [
            {
                "Title": each.title,
                "Description": each.description,
                "PicUrl": each.picurl,
                "Url": each.url,
            }
            for each in self.articles
        ]
        return {"ArticleCount": len(items), "Articles": {"item": items}}


@dataclass(frozen=True, kw_only=True)
class ButtonUpdate(AppReply):
    """Another word on a button, for the one who pressed it (更新点击用户的按钮文案)."""

    msgtype = "update_button"
    replace_name: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(replace_name=self.replace_name)

    def content(self) -> Mapping[str, Value]:
        """Return the word."""
        return {"Button": {"ReplaceName": self.replace_name}}


@dataclass(frozen=True, kw_only=True)
class TemplateCardUpdate(AppReply):
    """Another card, for the one who pressed a button of it (更新点击用户的整张卡片).

    template_card: in the spelling of doc 90241 (CardType ...); a list repeats its element.
    """

    msgtype = "update_template_card"
    template_card: Card

    def __post_init__(self) -> None:
        """Check the documented limits."""
        _check_card(self.template_card)

    def content(self) -> Mapping[str, Value]:
        """Return the card."""
        return {"TemplateCard": self.template_card}


@dataclass(frozen=True, kw_only=True)
class TaskCardUpdate(AppReply):
    """Another word on the button of an old task card (更新任务卡片消息)."""

    msgtype = "update_taskcard"
    replace_name: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(replace_name=self.replace_name)

    def content(self) -> Mapping[str, Value]:
        """Return the word."""
        return {"TaskCard": {"ReplaceName": self.replace_name}}


@dataclass(frozen=True, kw_only=True)
class RobotReply(Reply):
    """An answer of a smart robot (智能机器人被动回复, doc 101031)."""

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        raise NotImplementedError

    def write(self, event: Event, now: datetime) -> bytes:  # noqa: ARG002 - WeCom knows whom it asked
        """Return the plaintext."""
        return _json(self.document())


@dataclass(frozen=True, kw_only=True)
class RobotText(RobotReply):
    """A text that welcomes somebody into the chat (文本消息)."""

    content: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(content=self.content)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        return {"msgtype": "text", "text": {"content": self.content}}


@dataclass(frozen=True, kw_only=True)
class RobotTemplateCard(RobotReply):
    """A template card (模板卡片消息), in the spelling of doc 101032 (card_type ...)."""

    template_card: Card

    def __post_init__(self) -> None:
        """Check the documented limits."""
        _check_card(self.template_card)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        return {"msgtype": "template_card", "template_card": self.template_card}


@dataclass(frozen=True, kw_only=True)
class StreamImage:
    """A JPG or PNG picture at the end of a stream, at most 10 MB."""

    image: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(image=self.image)
        if len(self.image) > 10 * _MEGABYTE:
            raise ArgumentRejected("image", f"at most 10 MB, got {len(self.image)} bytes")

    def document(self) -> Mapping[str, Any]:
        """Return one entry of msg_item."""
        digest = hashlib.md5(self.image, usedforsecurity=False).hexdigest()
        encoded = base64.b64encode(self.image).decode("ascii")
        return {"msgtype": "image", "image": {"base64": encoded, "md5": digest}}


@dataclass(frozen=True, kw_only=True)
class RobotStream(RobotReply):
    """An answer that grows (流式消息): WeCom asks how it goes on until `finish`, for six minutes.

    id: of your own, the same in every part. content: all of the answer so far, at most 20480 bytes.
    msg_item: pictures, with the last part only.
    """

    id: str
    content: str = ""
    finish: bool = False
    msg_item: tuple[StreamImage, ...] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(id=self.id)
        at_most_bytes(STREAM_BYTES, content=self.content)
        at_most_items(10, msg_item=self.msg_item)
        if self.msg_item and not self.finish:
            raise ArgumentRejected("msg_item", "only with finish")
        if self.finish:
            at_least_one(content=self.content, msg_item=self.msg_item)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        stream: dict[str, Any] = {"id": self.id, "finish": self.finish, "content": self.content}
        if self.msg_item:
            stream["msg_item"] = [each.document() for each in self.msg_item]
        return {"msgtype": "stream", "stream": stream}


@dataclass(frozen=True, kw_only=True)
class RobotStreamWithTemplateCard(RobotReply):
    """An answer that grows, and a template card with it (流式消息+模板卡片)."""

    stream: RobotStream
    template_card: Card

    def __post_init__(self) -> None:
        """Check the documented limits."""
        _check_card(self.template_card)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        return {
            **self.stream.document(),
            "msgtype": "stream_with_template_card",
            "template_card": self.template_card,
        }


@dataclass(frozen=True, kw_only=True)
class RobotTemplateCardUpdate(RobotReply):
    """Another card in place of the one that was clicked (更新模板卡片).

    userids: for whom; nobody named means everybody.
    """

    template_card: Card
    userids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        _check_card(self.template_card)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON document."""
        document: dict[str, Any] = {
            "response_type": "update_template_card",
            "template_card": self.template_card,
        }
        return {**document, "userids": list(self.userids)} if self.userids else document


Kinds = tuple[type[Reply], ...]

_MESSAGES: Kinds = (TextReply, ImageReply, VoiceReply, VideoReply, NewsReply)
_CARD_UPDATES: Kinds = (ButtonUpdate, TemplateCardUpdate)

# All that can be answered, and with what (docs 90241 and 101031); anything else gets the empty
# answer, and is reacted to by calling the API.
_ANSWERABLE: dict[type[Event], Kinds] = {
    Message: _MESSAGES,
    app.Subscribed: _MESSAGES,
    app.AgentEntered: _MESSAGES,
    app.LocationReported: _MESSAGES,
    app.MenuClicked: _MESSAGES,
    app.MenuLinkOpened: _MESSAGES,
    app.MenuMiniprogramOpened: _MESSAGES,
    app.CodeScannedAwaitingReply: _MESSAGES,
    app.TemplateCardMenuClicked: (*_MESSAGES, *_CARD_UPDATES),
    app.TemplateCardClicked: _CARD_UPDATES,
    app.TaskCardClicked: (TaskCardUpdate,),
    robot.RobotMessage: (RobotTemplateCard, RobotStream, RobotStreamWithTemplateCard),
    robot.RobotStreamRefreshed: (RobotStream, RobotStreamWithTemplateCard),
    robot.RobotChatEntered: (RobotText, RobotTemplateCard),
    robot.RobotTemplateCardClicked: (RobotTemplateCardUpdate,),
}


def replies_to(event: type[Event]) -> Kinds:
    """Return the kinds of reply that answer a class of events; none where there is no answering."""
    for cls in event.__mro__:
        if cls in _ANSWERABLE and cls is not UnknownEvent:
            return _ANSWERABLE[cls]
    return ()


def _json(fields: Mapping[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def _elements(fields: Mapping[str, Value]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Value) -> str:
    if isinstance(value, str):
        # CDATA as in the official samples; inside it, only its own end has to be split.
        safe = _NOT_XML.sub("", value).replace("]]>", "]]]]><![CDATA[>")
        return f"<{name}><![CDATA[{safe}]]></{name}>"
    if isinstance(value, int):
        return f"<{name}>{int(value)}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    return "".join(_element(name, each) for each in value)


def _check_card(card: object) -> None:
    if not isinstance(card, Mapping) or not card:
        raise ArgumentRejected("template_card", "must be a mapping with something in it")
    _check_value(card, _DEEPEST_CARD)


def _check_value(value: object, deeper: int) -> None:
    """Refuse what could not be written, or would be written as something else."""
    if not deeper:
        raise ArgumentRejected("template_card", f"at most {_DEEPEST_CARD} levels")
    if isinstance(value, str | int):
        return
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise ArgumentRejected("template_card", "keys must be plain names")
            _check_value(inner, deeper - 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_value(inner, deeper - 1)
    else:
        raise ArgumentRejected("template_card", "may hold text, whole numbers, lists and mappings")
