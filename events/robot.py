"""The smart robot: what people tell it and do to its answers (智能机器人), always JSON."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from events.event import Event, event, family
from events.fields import Record, moment, record, records, text, texts


class RobotPart(Record):
    """One part of a mixed or quoted message (图文混排): content of words, url of the rest."""

    msgtype: str = text("msgtype")
    content: str = text("text/content", "voice/content")
    url: str = text("image/url", "file/url", "video/url")


class RobotQuote(RobotPart):
    """The message somebody answered to (引用)."""

    msg_item: tuple[RobotPart, ...] = records(RobotPart, "mixed/msg_item")


class RobotCallback(Event):
    """What every callback of a robot has in common (智能机器人).

    chatid: of the group, "" in a single chat. response_url: takes one active answer.
    """

    form: ClassVar[str] = "robot"
    receivers = ("robot",)

    corpid: str = text("from/corpid")
    userid: str = text("from/userid")
    occurred_at: datetime | None = moment("create_time")
    message_id: str = text("msgid")
    aibotid: str = text("aibotid")
    chatid: str = text("chatid", subject=True)
    chattype: str = text("chattype")
    response_url: str = text("response_url")


@family("robot", "智能机器人接收消息", 100719)
class RobotMessage(RobotCallback):
    """Somebody wrote to the robot (接收消息); quote is the message they answered to."""

    quote: RobotQuote = record(RobotQuote, "quote")


@event("text", "文本消息")
class RobotTextMessage(RobotMessage):
    """A text (文本消息)."""

    content: str = text("text/content")


@event("image", "图片消息")
class RobotImageMessage(RobotMessage):
    """A picture, encrypted at url for five minutes (图片消息)."""

    url: str = text("image/url")


@event("mixed", "图文混排消息")
class RobotMixedMessage(RobotMessage):
    """Texts and pictures together (图文混排消息)."""

    msg_item: tuple[RobotPart, ...] = records(RobotPart, "mixed/msg_item")


@event("voice", "语音消息")
class RobotVoiceMessage(RobotMessage):
    """What was said, as text (语音消息)."""

    content: str = text("voice/content")


@event("file", "文件消息")
class RobotFileMessage(RobotMessage):
    """A file, encrypted at url for five minutes (文件消息)."""

    url: str = text("file/url")


@event("video", "视频消息")
class RobotVideoMessage(RobotMessage):
    """A film, encrypted at url for five minutes (视频消息)."""

    url: str = text("video/url")


@event("stream", "流式消息刷新")
class RobotStreamRefreshed(RobotMessage):
    """WeCom asks how a streamed answer goes on (流式消息刷新)."""

    stream_id: str = text("stream/id")


@family("robot.event", "智能机器人接收事件", 101027)
class RobotEvent(RobotCallback):
    """Something happened around the robot (接收事件)."""


@event("enter_chat", "进入会话事件")
class RobotChatEntered(RobotEvent):
    """Somebody opened the single chat, for the first time that day (进入会话事件)."""


class RobotSelectedItem(Record):
    """One question of a card and the options chosen (选择项)."""

    question_key: str = text("question_key")
    option_ids: tuple[str, ...] = texts("option_ids")


@event("template_card_event", "模板卡片事件")
class RobotTemplateCardClicked(RobotEvent):
    """Somebody pressed a button of a card or chose from its menu (模板卡片事件)."""

    task_id: str = text("event/template_card_event/task_id", subject=True)
    card_type: str = text("event/template_card_event/card_type")
    event_key: str = text("event/template_card_event/event_key")
    selected_items: tuple[RobotSelectedItem, ...] = records(
        RobotSelectedItem, "event/template_card_event/selected_items/selected_item"
    )


@event("feedback_event", "用户反馈事件")
class RobotFeedbackGiven(RobotEvent):
    """Somebody liked or disliked an answer (用户反馈事件)."""


@event("disconnected_event", "连接断开事件")
class RobotDisconnected(RobotEvent):
    """The long connection of the robot was cut (连接断开事件)."""
