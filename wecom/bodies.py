"""What a message to members, chats or parents can say, each kind knowing its limits (doc 90236)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from errors import ArgumentRejected
from wecom.arguments import (
    at_least_one,
    at_most_bytes,
    at_most_chars,
    at_most_items,
    chars_between,
    not_empty,
    utf8_length,
)

_MOST_ARTICLES = 8
_MOST_ITEMS = 10
_MOST_BUTTONS = 2
_MOST_CONTENT_BYTES = 666 * 1024


@dataclass(frozen=True, kw_only=True)
class Body:
    """One kind of message.

    most_safe: the highest `safe` it can be sent with: 1 no forwarding, 2 inside the company only.
    """

    msgtype: ClassVar[str]
    most_safe: ClassVar[int] = 1


@dataclass(frozen=True, kw_only=True)
class _Words(Body):
    content: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(content=self.content)
        at_most_bytes(2048, content=self.content)


@dataclass(frozen=True, kw_only=True)
class Text(_Words):
    """Plain text; the platform cuts it off after 2048 bytes, so more is refused here."""

    msgtype: ClassVar[str] = "text"


@dataclass(frozen=True, kw_only=True)
class Markdown(_Words):
    """Text in the small Markdown of the WeCom client."""

    msgtype: ClassVar[str] = "markdown"


@dataclass(frozen=True, kw_only=True)
class Media(Body):
    """Something that was uploaded, by its media_id."""

    media_id: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(media_id=self.media_id)


@dataclass(frozen=True, kw_only=True)
class Image(Media):
    """A picture by its media_id."""

    msgtype: ClassVar[str] = "image"


@dataclass(frozen=True, kw_only=True)
class Voice(Media):
    """A recording by its media_id."""

    msgtype: ClassVar[str] = "voice"


@dataclass(frozen=True, kw_only=True)
class File(Media):
    """A file by its media_id."""

    msgtype: ClassVar[str] = "file"


@dataclass(frozen=True, kw_only=True)
class Video(Media):
    """A video by its media_id, with a title and a description."""

    msgtype: ClassVar[str] = "video"
    title: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        super().__post_init__()
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, description=self.description)


@dataclass(frozen=True, kw_only=True)
class TextCard(Body):
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


@dataclass(frozen=True, kw_only=True)
class Article:
    """One article of `News`: it opens a page (url), or a mini program (appid and pagepath)."""

    title: str
    description: str = ""
    url: str = ""
    picurl: str = ""
    appid: str = ""
    pagepath: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(title=self.title)
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, description=self.description)
        at_least_one(url=self.url, appid=self.appid)
        at_most_bytes(2048, url=self.url)


@dataclass(frozen=True, kw_only=True)
class News(Body):
    """Up to eight articles that lie elsewhere."""

    msgtype: ClassVar[str] = "news"
    most_safe: ClassVar[int] = 0  # 40074
    articles: Sequence[Article]

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(articles=self.articles)
        at_most_items(_MOST_ARTICLES, articles=self.articles)


@dataclass(frozen=True, kw_only=True)
class MpArticle:
    """One article of `MpNews`; content: HTML. thumb_media_id: of its picture."""

    title: str
    thumb_media_id: str
    content: str
    author: str = ""
    content_source_url: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(title=self.title, thumb_media_id=self.thumb_media_id, content=self.content)
        at_most_bytes(128, title=self.title)
        at_most_bytes(64, author=self.author)
        at_most_bytes(_MOST_CONTENT_BYTES, content=self.content)
        at_most_bytes(512, digest=self.digest)


@dataclass(frozen=True, kw_only=True)
class MpNews(Body):
    """Up to eight articles that the platform keeps."""

    msgtype: ClassVar[str] = "mpnews"
    most_safe: ClassVar[int] = 2
    articles: Sequence[MpArticle]

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(articles=self.articles)
        at_most_items(_MOST_ARTICLES, articles=self.articles)


@dataclass(frozen=True, kw_only=True)
class NoticeItem:
    """One line of a `MiniprogramNotice`."""

    key: str
    value: str

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(key=self.key, value=self.value)
        at_most_chars(10, key=self.key)
        at_most_chars(30, value=self.value)


@dataclass(frozen=True, kw_only=True)
class MiniprogramNotice(Body):
    """A notice of a mini program linked to the app; it cannot go to everybody."""

    msgtype: ClassVar[str] = "miniprogram_notice"
    appid: str
    title: str
    page: str = ""
    description: str = ""
    emphasis_first_item: bool | None = None
    content_item: Sequence[NoticeItem] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(appid=self.appid)
        chars_between(4, 12, title=self.title, description=self.description or None)
        at_most_items(_MOST_ITEMS, content_item=self.content_item)


@dataclass(frozen=True, kw_only=True)
class TaskButton:
    """A button of a `TaskCard`; replace_name: what it says once pressed. color: red or blue."""

    key: str
    name: str
    replace_name: str = ""
    color: str = ""
    is_bold: bool | None = None

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(key=self.key, name=self.name)
        at_most_bytes(128, key=self.key)


@dataclass(frozen=True, kw_only=True)
class TaskCard(Body):
    """A card with one or two buttons; old, use the cards of `template_card`."""

    msgtype: ClassVar[str] = "taskcard"
    title: str
    description: str
    task_id: str
    btn: Sequence[TaskButton]
    url: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(title=self.title, description=self.description, btn=self.btn)
        at_most_bytes(128, title=self.title)
        at_most_bytes(512, description=self.description)
        at_most_bytes(2048, url=self.url)
        check_task_id(self.task_id)
        at_most_items(_MOST_BUTTONS, btn=self.btn)


def check_task_id(task_id: str) -> None:
    """Check what a card's clicks are told apart by; an app may use each only once."""
    not_empty(task_id=task_id)
    at_most_bytes(128, task_id=task_id)
    if any(utf8_length(each) > 1 or not (each.isalnum() or each in "_-@") for each in task_id):
        raise ArgumentRejected("task_id", "letters, digits and _-@ only")
