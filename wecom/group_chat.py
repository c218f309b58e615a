"""Customer group chats (客户群管理)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from wecom.answer import only, paged
from wecom.arguments import at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every

_MOST_OWNERS = 100


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
class ListedGroupChat:
    """One group of the list.

    status: 0 normal, 1 its owner has left, 2 it is being handed over, 3 it was handed over.
    """

    chat_id: str
    status: int = 0


LIST = Endpoint(
    "POST", "externalcontact/groupchat/list", paged("group_chat_list", ListedGroupChat), doc=92120
)
GET = Endpoint("POST", "externalcontact/groupchat/get", only("group_chat", GroupChat), doc=92122)
OPENGID_TO_CHATID = Endpoint(
    "POST", "externalcontact/opengid_to_chatid", only("chat_id", str), doc=94822
)


def list_(
    api: Client, *, owners: Sequence[str] = (), status_filter: int | None = None, limit: int = 1000
) -> Iterator[ListedGroupChat]:
    """Yield the groups of the owners, or of everybody in the app's range (获取客户群列表).

    status_filter: 0 all, 1 the owner has left, 2 being handed over, 3 handed over. Without owners
    a range of more than 1000 members is refused (81017).
    """
    at_most_items(_MOST_OWNERS, owners=owners)
    within(0, 3, status_filter=status_filter)
    within(1, 1000, limit=limit)
    arguments = {
        "status_filter": status_filter,
        "owner_filter": {"userid_list": list(owners)} if owners else None,
        "limit": limit,
    }
    return every(api, LIST, arguments)


def get(api: Client, chat_id: str, *, need_name: bool = False) -> GroupChat:
    """Read one customer group (获取客户群详情); need_name adds the members' names.

    The answer lags a little behind the events: compare member_version.
    """
    not_empty(chat_id=chat_id)
    return api.call(GET, json={"chat_id": chat_id, "need_name": int(need_name)})


def opengid_to_chatid(api: Client, opengid: str) -> str:
    """Return the chat_id of a group a mini program knows (客户群opengid转换)."""
    not_empty(opengid=opengid)
    return api.call(OPENGID_TO_CHATID, json={"opengid": opengid})
