"""What can be attached to a message for customers, each kind knowing its limits (doc 92137)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from wecom.arguments import at_least_one, at_most_bytes, at_most_items, not_empty
from wecom.bodies import File, Media

__all__ = [
    "Attached",
    "Attachment",
    "File",
    "Image",
    "Link",
    "MiniProgram",
    "Text",
    "Video",
    "to_json",
]

_MOST_ATTACHMENTS = 9


@dataclass(frozen=True, kw_only=True)
class Text:
    """The words of a message."""

    content: str = ""


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture: a media_id of `media.upload`, or a pic_url of media/uploadimg."""

    msgtype: ClassVar[str] = "image"
    media_id: str = ""
    pic_url: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        at_least_one(media_id=self.media_id, pic_url=self.pic_url)


@dataclass(frozen=True, kw_only=True)
class Link:
    """A card that opens a page."""

    msgtype: ClassVar[str] = "link"
    title: str
    url: str
    picurl: str = ""
    desc: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(title=self.title, url=self.url)
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, desc=self.desc)
        at_most_bytes(2048, url=self.url)


@dataclass(frozen=True, kw_only=True)
class MiniProgram:
    """A card that opens a page of a mini program linked to the corp.

    pic_media_id: its picture, which records of sent messages do not tell (doc 93338).
    """

    msgtype: ClassVar[str] = "miniprogram"
    title: str
    pic_media_id: str = ""
    appid: str
    page: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(
            title=self.title, pic_media_id=self.pic_media_id, appid=self.appid, page=self.page
        )
        at_most_bytes(64, title=self.title)


@dataclass(frozen=True, kw_only=True)
class Video(Media):
    """A video by its media_id."""

    msgtype: ClassVar[str] = "video"


Attachment = Image | Link | MiniProgram | Video | File


@dataclass(frozen=True, kw_only=True)
class Attached:
    """An attachment as it is read back: the field that msgtype names is there."""

    msgtype: str
    image: Image | None = None
    link: Link | None = None
    miniprogram: MiniProgram | None = None
    video: Video | None = None
    file: File | None = None


def to_json(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    """Return the attachments as the platform spells them, at most nine."""
    at_most_items(_MOST_ATTACHMENTS, attachments=attachments)
    return [
        {
            "msgtype": attachment.msgtype,
            attachment.msgtype: {
                name: value for name, value in asdict(attachment).items() if value
            },
        }
        for attachment in attachments
    ]
