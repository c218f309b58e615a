"""What an app message may hold, kind by kind (消息类型, doc 90236)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call
from simulator.api.fields import Fields, size_of
from simulator.api.media import check_media
from simulator.api.template_card import check_card
from simulator.messages import Messages

Content = Mapping[str, Any]

_TEXT_BYTES = 2048
_MOST_ARTICLES = 8
_MPNEWS_BYTES = 666 * 1024
_AUTHOR_BYTES = 64
_BUTTON_CHARACTERS = 4
_MOST_NOTICE_ITEMS = 10
_NOTICE_CHARACTERS = range(4, 13)
_MOST_TASK_BUTTONS = 2
_TASK_ID = re.compile("[0-9a-zA-Z_@-]{1,128}")


def content_of(call: Call, kinds: Collection[str]) -> tuple[str, Content]:
    """Return the kind and the checked content of a message. Raises CallRefused."""
    msgtype = call.text("msgtype", missing=40008)
    if msgtype not in kinds:
        raise CallRefused(40008)
    content = call.params.get(msgtype)
    if not isinstance(content, dict):
        raise CallRefused(40063)
    safe = call.integer("safe", 0, low=0, high=2)
    if safe and msgtype == "news":
        raise CallRefused(40074)
    if safe == 2 and msgtype != "mpnews":  # noqa: PLR2004 - the vendor's value: shared inside only
        raise CallRefused(40058)
    return msgtype, _CHECKS[msgtype](call, content)


def _text(_call: Call, content: dict[str, Any]) -> Content:
    """Too long a text is cut, not refused."""
    text = content.get("content")
    if not isinstance(text, str) or not text:
        raise CallRefused(44004)
    cut = text.encode("utf-8", "surrogatepass")[:_TEXT_BYTES].decode("utf-8", "ignore")
    return {**content, "content": cut}


def _markdown(_call: Call, content: dict[str, Any]) -> Content:
    _check_texts(content, {"content": (44004, _TEXT_BYTES)})
    return content


def _file_of(kind: str) -> Callable[[Call, dict[str, Any]], Content]:
    def check(call: Call, content: dict[str, Any]) -> Content:
        check_media(call, _media_id(content), kind)
        return content

    return check


def _video(call: Call, content: dict[str, Any]) -> Content:
    _check_texts(content, {"title": (0, 128), "description": (0, 512)})
    check_media(call, _media_id(content), "video")
    return content


def _textcard(_call: Call, content: dict[str, Any]) -> Content:
    _check_texts(
        content, {"title": (41016, 128), "description": (41033, 512), "url": (40058, 2048)}
    )
    _check_url(content.get("url"))
    button = content.get("btntxt")
    if button is not None and (not isinstance(button, str) or len(button) > _BUTTON_CHARACTERS):
        raise CallRefused(40058)
    return content


def _news(_call: Call, content: dict[str, Any]) -> Content:
    for article in _articles(content):
        _check_texts(article, {"title": (41016, 128), "description": (0, 512), "url": (0, 2048)})
        _check_url(article.get("url"))
    return content


def _mpnews(call: Call, content: dict[str, Any]) -> Content:
    for article in _articles(content):
        _check_texts(article, {"title": (41016, 128), "content": (44004, _MPNEWS_BYTES)})
        _check_texts(article, {"digest": (0, 512)})
        author = article.get("author")
        if author and (not isinstance(author, str) or size_of(author) > _AUTHOR_BYTES):
            raise CallRefused(45032)
        check_media(call, article.get("thumb_media_id"), "image")
    return content


def _miniprogram_notice(call: Call, content: dict[str, Any]) -> Content:
    if call.params.get("touser") == "@all":
        raise CallRefused(40058)
    notice = Fields(params=content)
    notice.text("appid", missing=90200)
    for name, missing in (("title", 41016), ("description", 0)):
        if (missing or notice.has(name)) and len(
            notice.text(name, missing=missing or 40058)
        ) not in _NOTICE_CHARACTERS:
            raise CallRefused(40058)
    for item in notice.objects("content_item", most=_MOST_NOTICE_ITEMS, too_many=90201):
        item.named("key", most=10, wrong=90202)
        item.named("value", most=30, wrong=90203)
    return content


def _miniprogram(call: Call, content: dict[str, Any]) -> Content:
    """A page of a mini program, which only schools send (doc 92321)."""
    page = Fields(params=content)
    page.text("appid", missing=90200)
    page.text("pagepath")
    check_media(call, page.text("thumb_media_id", missing=41006), "image")
    return content


def _taskcard(call: Call, content: dict[str, Any]) -> Content:
    _check_texts(content, {"title": (41016, 128), "description": (41033, 512), "url": (0, 2048)})
    _check_task(call, content)
    card = Fields(params=content)
    buttons = card.objects("btn", most=_MOST_TASK_BUTTONS, too_many=42018)
    keys = [button.named("key", most=128, wrong=42019) for button in buttons]
    for button in buttons:
        button.text("name", missing=42020)
    if not keys:
        raise CallRefused(42019)
    if len(set(keys)) < len(keys):
        raise CallRefused(42018)
    return content


def _template_card(call: Call, content: dict[str, Any]) -> Content:
    check_card(Fields(params=content))
    if content.get("task_id"):
        _check_task(call, content)
    return content


def _check_task(call: Call, content: dict[str, Any]) -> None:
    """A task id is unique in the app."""
    task_id = content.get("task_id")
    if not isinstance(task_id, str) or not _TASK_ID.fullmatch(task_id):
        raise CallRefused(42014)
    if call.corp.of(Messages).task(call.app.name, task_id):
        raise CallRefused(42014)


_CHECKS: dict[str, Callable[[Call, dict[str, Any]], Content]] = {
    "text": _text,
    "markdown": _markdown,
    "image": _file_of("image"),
    "voice": _file_of("voice"),
    "file": _file_of("file"),
    "video": _video,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "miniprogram": _miniprogram,
    "miniprogram_notice": _miniprogram_notice,
    "taskcard": _taskcard,
    "template_card": _template_card,
}
APP_KINDS = frozenset(_CHECKS) - {"miniprogram"}
CHAT_KINDS = APP_KINDS - {"miniprogram_notice", "taskcard", "template_card"}
LINKED_KINDS = APP_KINDS - {"taskcard", "template_card"}
SCHOOL_KINDS = frozenset(
    {"text", "image", "voice", "video", "file", "news", "mpnews", "miniprogram"}
)


def _media_id(content: dict[str, Any]) -> object:
    if not content.get("media_id"):
        raise CallRefused(41006)
    return content["media_id"]


def _articles(content: dict[str, Any]) -> list[dict[str, Any]]:
    articles = content.get("articles")
    if not isinstance(articles, list) or not 1 <= len(articles) <= _MOST_ARTICLES:
        raise CallRefused(45008)
    if not all(isinstance(article, dict) for article in articles):
        raise CallRefused(40058)
    return articles


def _check_url(url: object) -> None:
    if isinstance(url, str) and url and "://" not in url:
        raise CallRefused(45034)


def _check_texts(content: dict[str, Any], rules: Mapping[str, tuple[int, int]]) -> None:
    """Check texts by (code when missing, 0 = may be missing; most bytes)."""
    for name, (missing, most_bytes) in rules.items():
        value = content.get(name)
        if not value:
            if missing:
                raise CallRefused(missing)
            continue
        if not isinstance(value, str):
            raise CallRefused(40058)
        if size_of(value) > most_bytes:
            raise CallRefused(45002)
