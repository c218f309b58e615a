"""Customer group chats (客户群管理)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from wecom.answer import record
from wecom.arguments import not_empty
from wecom.client import Client
from wecom.endpoint import Endpoint


@dataclass(frozen=True, kw_only=True)
class Invitor:
    """The corp member who invited somebody."""

    userid: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupMember:
    """One person in the group; type: 1 a corp member, 2 an external person.

    join_scene: 1 invited, 2 by invitation link, 3 by QR code. state: the mark of the join way.
    """

    userid: str = ""
    type: int = 0
    unionid: str = ""
    join_time: datetime | None = None
    join_scene: int = 0
    invitor: Invitor | None = None
    group_nickname: str = ""
    name: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupAdmin:
    """An administrator of the group."""

    userid: str = ""


@dataclass(frozen=True, kw_only=True)
class GroupChat:
    """A customer group; member_version is the CurMemVer of the events."""

    chat_id: str
    name: str = ""
    owner: str = ""
    create_time: datetime | None = None
    notice: str = ""
    member_list: tuple[GroupMember, ...] = ()
    admin_list: tuple[GroupAdmin, ...] = ()
    member_version: str = ""


@dataclass(frozen=True, kw_only=True)
class _GroupChatAnswer:
    group_chat: GroupChat


GET = Endpoint("POST", "externalcontact/groupchat/get", record(_GroupChatAnswer), doc=92122)


def get(api: Client, chat_id: str, *, need_name: bool = False) -> GroupChat:
    """Read one customer group (获取客户群详情); need_name adds the members' names.

    The answer lags a little behind the events: compare member_version.
    """
    not_empty(chat_id=chat_id)
    return api.call(GET, json={"chat_id": chat_id, "need_name": int(need_name)}).group_chat
