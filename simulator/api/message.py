"""App messages to members (消息推送 - 发送应用消息)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.media import check_media
from simulator.records import Member

chapter = Chapter()

_MOST_USERS = 1000
_MOST_LISTED = 100
_MOST_AGENTID = 2**31 - 1
_TEXT_BYTES = 2048
_MOST_ARTICLES = 8
_A_MINUTE_PER_MEMBER = 30
_MINUTE_SECONDS = 60
_MOST_DUPLICATE_SECONDS = 4 * 3600
_INTERACTIVE = frozenset({"button_interaction", "vote_interaction", "multiple_interaction"})
_CARDS = frozenset({"text_notice", "news_notice"}) | _INTERACTIVE


@chapter.endpoint("POST", "message/send", doc=90236, needs="message")
def send(call: Call) -> dict[str, object]:
    """Send a message of the app to members (发送应用消息).

    Partly invalid receivers are told, not refused; what is over 30 a minute for one member, or a
    duplicate where the check was asked for, is dropped without a word.
    """
    _check_agentid(call)
    members, invalid = _receivers(call)
    msgtype = call.text("msgtype", missing=40008)
    content = _content(call, msgtype)
    msgid = secrets.token_urlsafe(32)
    if not _duplicate(call, msgtype, content):
        _deliver(call, members, msgtype, content, msgid)
    answer = {**invalid, "unlicenseduser": "", "msgid": msgid}
    if content.get("card_type") in _INTERACTIVE:
        answer["response_code"] = secrets.token_urlsafe(32)
    return answer


def _check_agentid(call: Call) -> None:
    agentid = call.params.get("agentid")
    if isinstance(agentid, str) and agentid.isdigit():
        agentid = int(agentid)
    if not isinstance(agentid, int) or not 0 <= agentid <= _MOST_AGENTID:
        raise CallRefused(40056)
    if agentid != call.app.agentid:
        raise CallRefused(301002)


def _receivers(call: Call) -> tuple[list[Member], dict[str, object]]:
    users = _listed(call, "touser", _MOST_USERS, 40032)
    parties = _listed(call, "toparty", _MOST_LISTED, 82002)
    tags = _listed(call, "totag", _MOST_LISTED, 82003)
    if not (users or parties or tags):
        raise CallRefused(82001)
    visible = [each for each in call.corp.members.values() if call.corp.sees(call.app, each)]
    if users == ["@all"]:
        return visible, {"invaliduser": "", "invalidparty": "", "invalidtag": ""}
    by_id = {member.userid: member for member in visible}
    chosen = {user: by_id[user] for user in users if user in by_id}
    known_parties = [
        each for each in parties if each.isdigit() and int(each) in call.corp.departments
    ]
    for member in visible:
        ancestors = {up for each in member.department for up in call.corp.ancestors(each)}
        if any(int(each) in ancestors for each in known_parties):
            chosen[member.userid] = member
    if not chosen:
        raise CallRefused(81013)
    return list(chosen.values()), {
        "invaliduser": "|".join(user.lower() for user in users if user not in by_id),
        "invalidparty": "|".join(each for each in parties if each not in known_parties),
        "invalidtag": "|".join(tags),
    }


def _listed(call: Call, name: str, most: int, too_many: int) -> list[str]:
    listed = [each for each in (call.optional_text(name) or "").split("|") if each]
    if len(listed) > most:
        raise CallRefused(too_many)
    return listed


def _content(call: Call, msgtype: str) -> Mapping[str, Any]:
    check = _CHECKS.get(msgtype)
    if check is None:
        raise CallRefused(40008)
    content = call.params.get(msgtype)
    if not isinstance(content, dict):
        raise CallRefused(40063)
    return check(call, content)


def _text(_call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    """Too long a text is cut, not refused."""
    text = content.get("content")
    if not isinstance(text, str) or not text:
        raise CallRefused(44004)
    cut = text.encode("utf-8", "surrogatepass")[:_TEXT_BYTES].decode("utf-8", "ignore")
    return {**content, "content": cut}


def _markdown(_call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    _check_texts(content, {"content": (44004, _TEXT_BYTES)})
    return content


def _image(call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    check_media(call, _media_id(content), "image")
    return content


def _voice(call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    check_media(call, _media_id(content), "voice")
    return content


def _file(call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    check_media(call, _media_id(content), "file")
    return content


def _video(call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    _check_texts(content, {"title": (0, 128), "description": (0, 512)})
    check_media(call, _media_id(content), "video")
    return content


def _textcard(_call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    _check_texts(
        content, {"title": (41016, 128), "description": (41033, 512), "url": (40058, 2048)}
    )
    return content


def _news(_call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    for article in _articles(content):
        _check_texts(article, {"title": (41016, 128), "description": (0, 512), "url": (0, 2048)})
    return content


def _mpnews(call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    for article in _articles(content):
        _check_texts(article, {"title": (41016, 128), "content": (44004, 666 * 1024)})
        check_media(call, article.get("thumb_media_id"), "image")
    return content


def _miniprogram_notice(_call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    _check_texts(content, {"appid": (40058, 128), "title": (41016, 64)})
    return content


def _template_card(_call: Call, content: dict[str, Any]) -> Mapping[str, Any]:
    if content.get("card_type") not in _CARDS:
        raise CallRefused(42014)
    if content["card_type"] in _INTERACTIVE and not content.get("task_id"):
        raise CallRefused(42014)
    return content


_CHECKS = {
    "text": _text,
    "markdown": _markdown,
    "image": _image,
    "voice": _voice,
    "file": _file,
    "video": _video,
    "textcard": _textcard,
    "news": _news,
    "mpnews": _mpnews,
    "miniprogram_notice": _miniprogram_notice,
    "template_card": _template_card,
}


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
        if len(value.encode("utf-8", "surrogatepass")) > most_bytes:
            raise CallRefused(45002)


def _duplicate(call: Call, msgtype: str, content: Mapping[str, Any]) -> bool:
    """Return whether the same message went out inside the interval that was asked for."""
    if not call.flag("enable_duplicate_check"):
        return False
    seconds = call.integer("duplicate_check_interval", 1800, low=0, high=_MOST_DUPLICATE_SECONDS)
    receivers = [call.params.get(name) for name in ("touser", "toparty", "totag")]
    key = json.dumps([call.app.name, receivers, msgtype, content], sort_keys=True)
    sent_at = call.corp.messages_sent.get(key)
    if sent_at is not None and call.now - sent_at < seconds:
        return True
    call.corp.remember_message(key, call.now)
    return False


def _deliver(
    call: Call, members: list[Member], msgtype: str, content: Mapping[str, Any], msgid: str
) -> None:
    reached = [
        member.userid
        for member in members
        if call.corp.message_allowed(
            call.app, member, call.now, most=_A_MINUTE_PER_MEMBER, seconds=_MINUTE_SECONDS
        )
    ]
    if not reached:
        return
    call.note(userid=reached[0], text=str(content.get("content", "")))
    call.tenant.messages.append(
        {
            "app": call.app.name,
            "userids": reached,
            "msgtype": msgtype,
            "content": content,
            "msgid": msgid,
            "time": call.now,
        }
    )
    call.tenant.count("messages")
