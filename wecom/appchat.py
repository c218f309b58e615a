"""Chats of members that an app made, and messages into them (应用推送消息到群聊会话)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from errors import ArgumentRejected
from wecom.answer import nothing, only
from wecom.arguments import any_given, at_most_chars, at_most_items, not_empty
from wecom.bodies import Body, MiniprogramNotice, TaskCard
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.message import written
from wecom.spelling import listed
from wecom.template_card import Card

_FEWEST_MEMBERS = 2
_MOST_MEMBERS = 2000
_CHATID = re.compile("[0-9A-Za-z]{1,32}")
_NOT_INTO_CHATS = (MiniprogramNotice, TaskCard, Card)


@dataclass(frozen=True, kw_only=True)
class AppChat:
    """A chat; chat_type: 0 an ordinary one, 1 that of a department, 2 that of all members."""

    chatid: str
    name: str = ""
    owner: str = ""
    userlist: tuple[str, ...] = ()
    chat_type: int = 0


CREATE = Endpoint("POST", "appchat/create", only("chatid", str), doc=90245)
UPDATE = Endpoint("POST", "appchat/update", nothing, doc=90246, one_at_a_time=("chatid",))
GET = Endpoint("GET", "appchat/get", only("chat_info", AppChat), doc=90247)
SEND = Endpoint("POST", "appchat/send", nothing, doc=90248)


def create(
    api: Client,
    userlist: Sequence[str],
    *,
    name: str | None = None,
    owner: str | None = None,
    chatid: str | None = None,
) -> str:
    """Make a chat of members and return its chatid (创建群聊会话); the first message shows it.

    owner: a member of the chat, any when not told. chatid: one of the caller's choice.
    """
    if isinstance(userlist, str) or not _FEWEST_MEMBERS <= len(userlist) <= _MOST_MEMBERS:
        raise ArgumentRejected("userlist", f"a list of {_FEWEST_MEMBERS}..{_MOST_MEMBERS} userids")
    at_most_chars(50, name=name)
    if chatid is not None and not _CHATID.fullmatch(chatid):
        raise ArgumentRejected("chatid", "1..32 letters and digits")
    body = {"name": name, "owner": owner, "userlist": list(userlist), "chatid": chatid}
    return api.call(CREATE, json=body)


def update(
    api: Client,
    chatid: str,
    *,
    name: str | None = None,
    owner: str | None = None,
    add_user_list: Sequence[str] = (),
    del_user_list: Sequence[str] = (),
) -> None:
    """Change a chat this app made (修改群聊会话)."""
    not_empty(chatid=chatid)
    at_most_chars(50, name=name)
    at_most_items(_MOST_MEMBERS, add_user_list=add_user_list, del_user_list=del_user_list)
    changes = {
        "name": name,
        "owner": owner,
        "add_user_list": listed(add_user_list),
        "del_user_list": listed(del_user_list),
    }
    any_given(**changes)
    api.call(UPDATE, json={"chatid": chatid, **changes})


def get(api: Client, chatid: str) -> AppChat:
    """Read a chat this app made (获取群聊会话)."""
    not_empty(chatid=chatid)
    return api.call(GET, query={"chatid": chatid})


def send(api: Client, chatid: str, body: Body, *, safe: int = 0) -> None:
    """Send a message into a chat (应用推送消息); cards and mini programs cannot go there."""
    not_empty(chatid=chatid)
    if isinstance(body, _NOT_INTO_CHATS):
        raise ArgumentRejected("body", f"a {body.msgtype} cannot go into a chat")
    api.call(SEND, json={"chatid": chatid, **written(body, safe=safe)})
