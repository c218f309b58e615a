"""Messages members send to an app (消息格式)."""

from __future__ import annotations

from typing import ClassVar

from events.event import Event, event, family
from events.fields import number, text


@family(
    "message",
    "消息格式",
    90239,
    90375,
    90855,
    receivers=("self_built", "provider_developed", "suite"),
)
class Message(Event):
    """A member wrote to the app (消息格式)."""

    form: ClassVar[str] = "message"

    message_id: str = text("MsgId")


@event("text", "文本消息", 90239)
class TextMessage(Message):
    """A text (文本消息)."""

    content: str = text("Content")


@event("image", "图片消息", 90239)
class ImageMessage(Message):
    """A picture; media_id is good for three days (图片消息)."""

    pic_url: str = text("PicUrl")
    media_id: str = text("MediaId")


@event("voice", "语音消息", 90239)
class VoiceMessage(Message):
    """A recording; media_id is good for three days (语音消息)."""

    media_id: str = text("MediaId")
    format: str = text("Format")


@event("video", "视频消息", 90239)
class VideoMessage(Message):
    """A film; both media ids are good for three days (视频消息)."""

    media_id: str = text("MediaId")
    thumb_media_id: str = text("ThumbMediaId")


@event("location", "位置消息", 90239)
class LocationMessage(Message):
    """A place; location_x is the latitude (位置消息)."""

    location_x: float | None = number("Location_X")
    location_y: float | None = number("Location_Y")
    scale: float | None = number("Scale")
    label: str = text("Label")
    app_type: str = text("AppType")


@event("link", "链接消息", 90239)
class LinkMessage(Message):
    """A link (链接消息)."""

    title: str = text("Title")
    description: str = text("Description")
    url: str = text("Url")
    pic_url: str = text("PicUrl")
