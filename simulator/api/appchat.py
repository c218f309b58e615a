"""Chats of apps (消息推送 - 应用发送消息到群聊会话)."""

from __future__ import annotations

import re
import secrets

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.message_content import CHAT_KINDS, content_of
from simulator.appchats import AppChat, AppChats
from simulator.corp import ROOT_DEPARTMENT
from simulator.days import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS
from simulator.quotas import Quotas, Recent

chapter = Chapter(needs="message")

_CHATID = re.compile("[0-9a-zA-Z]{1,32}")
_MOST_NAME_CHARACTERS = 50
_FEWEST_MEMBERS, _MOST_MEMBERS = 2, 2000
_PER_MEMBER = (200, MINUTE_SECONDS), (10_000, DAY_SECONDS)
_A_MINUTE_IN_ALL = 20_000


@chapter.endpoint("POST", "appchat/create", doc=90245)
def create(call: Call) -> dict[str, object]:
    """Make a chat of members (创建群聊会话); without an owner, the first owns it."""
    _check_app(call)
    most = call.tenant.limits.appchat_create_per_day
    call.corp.of(Quotas).count("appchat_create", call.now, most=most, seconds=DAY_SECONDS)
    chats = call.corp.of(AppChats)
    chatid = call.optional_text("chatid") or secrets.token_hex(16)
    if not _CHATID.fullmatch(chatid):
        raise CallRefused(86001)
    if chatid in chats:
        raise CallRefused(86215)
    userlist = list(dict.fromkeys(call.texts("userlist")))
    _check_members(call, userlist)
    if not _FEWEST_MEMBERS <= len(userlist) <= _MOST_MEMBERS:
        raise CallRefused(86006)
    owner = call.optional_text("owner") or userlist[0]
    if owner not in userlist:
        raise CallRefused(86005)
    name = _name(call) or ""
    chats[chatid] = AppChat(
        chatid=chatid, app=call.app.name, name=name, owner=owner, userlist=userlist
    )
    return {"chatid": chatid}


@chapter.endpoint("POST", "appchat/update", doc=90246)
def update(call: Call) -> dict[str, object]:
    """Change name, owner or members of a chat of one's own (修改群聊会话)."""
    _check_app(call)
    most = call.tenant.limits.appchat_update_per_hour
    call.corp.of(Quotas).count("appchat_update", call.now, most=most, seconds=HOUR_SECONDS)
    chat = _own(call)
    gone, added = call.texts("del_user_list"), call.texts("add_user_list")
    _check_members(call, added)
    members = [each for each in dict.fromkeys([*chat.userlist, *added]) if each not in gone]
    if not _FEWEST_MEMBERS <= len(members) <= _MOST_MEMBERS:
        raise CallRefused(86006)
    owner = call.optional_text("owner") or chat.owner
    if owner not in members:
        raise CallRefused(86005)
    name = _name(call)
    chat.userlist, chat.owner = members, owner
    chat.name = chat.name if name is None else name
    return {}


@chapter.endpoint("GET", "appchat/get", doc=90247, empty={"chat_info": {}})
def get(call: Call) -> dict[str, object]:
    """Return a chat of one's own (获取群聊会话)."""
    chat = _own(call)
    return {
        "chat_info": {
            "chatid": chat.chatid,
            "name": chat.name,
            "owner": chat.owner,
            "userlist": chat.userlist,
            "chat_type": 0,
        }
    }


@chapter.endpoint("POST", "appchat/send", doc=90248)
def send(call: Call) -> dict[str, object]:
    """Send to a chat of one's own (应用推送消息); what a member gets too often is dropped."""
    chat = _own(call)
    msgtype, content = content_of(call, CHAT_KINDS)
    quotas, reaching = call.corp.of(Quotas), len(chat.userlist)
    most = call.tenant.limits.appchat_sends_per_hour
    for most_in_all, seconds in ((_A_MINUTE_IN_ALL, MINUTE_SECONDS), (most, HOUR_SECONDS)):
        quotas.count("appchat_send", call.now, most=most_in_all, seconds=seconds, times=reaching)
    recent = call.corp.of(Recent)
    reached = [
        each
        for each in chat.userlist
        if recent.take(("appchat", chat.app, each), call.now, *_PER_MEMBER)
    ]
    if reached:
        call.note(userid=reached[0], text=str(content.get("content", "")))
        call.tenant.messages.append(
            {
                "app": call.app.name,
                "chatid": chat.chatid,
                "userids": reached,
                "msgtype": msgtype,
                "content": content,
                "msgid": "",
                "time": call.now,
                "recalled": False,
            }
        )
        call.tenant.count("messages")
    return {}


def _check_app(call: Call) -> None:
    """Only a self-built app that everybody sees may have chats."""
    if call.app.kind != "self_built":
        raise CallRefused(48002)
    if ROOT_DEPARTMENT not in call.app.visible_departments:
        raise CallRefused(60011)


def _own(call: Call) -> AppChat:
    chat = call.corp.of(AppChats).get(call.text("chatid", missing=86001))
    if chat is None:
        raise CallRefused(86003)
    if chat.app != call.app.name:
        raise CallRefused(86008)
    return chat


def _name(call: Call) -> str | None:
    return call.optional_text("name", most=_MOST_NAME_CHARACTERS, too_long=86004)


def _check_members(call: Call, userids: list[str]) -> None:
    if not all(call.corp.sees_userid(call.app, each) for each in userids):
        raise CallRefused(86216)
