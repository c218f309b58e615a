"""Group chats with customers (客户联系 - 客户群管理)."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import page_of
from simulator.handovers import left_at, sees_or_saw, status_of
from simulator.records import ChatMember, ChatView, GroupChat

chapter = Chapter(needs="customer_contact")

_MOST_LISTED = 1000
_MOST_OWNERS = 100
_MOST_VISIBLE_MEMBERS = 1000
_CORP_MEMBER = 1


@chapter.endpoint(
    "POST", "externalcontact/groupchat/list", doc=92120, empty={"group_chat_list": []}
)
def list_(call: Call) -> dict[str, object]:
    """Return the group chats of visible owners, page by page (获取客户群列表)."""
    limit = call.integer("limit", low=1, high=_MOST_LISTED)
    status = call.integer("status_filter", 0, low=0, high=3)
    owners = _owners(call)
    chats = [
        chat
        for chat in call.corp.group_chats.values()
        if not chat.dismissed
        and (not status or status_of(call.corp, chat) == status)
        and (chat.current.owner in owners if owners else _visible(call, chat))
    ]
    page, next_cursor = page_of(chats, call.optional_text("cursor") or "", limit)
    listed = [{"chat_id": chat.chat_id, "status": status_of(call.corp, chat)} for chat in page]
    if not next_cursor:
        return {"group_chat_list": listed}
    return {"group_chat_list": listed, "next_cursor": next_cursor}


@chapter.endpoint("POST", "externalcontact/groupchat/get", doc=92122, empty={"group_chat": {}})
def get(call: Call) -> dict[str, object]:
    """Return a group chat and who is in it (获取客户群详情); it may lag behind the event."""
    chat = known_chat(call, call.text("chat_id", missing=40050))
    view = _view(call, chat)
    return {
        "group_chat": {
            "chat_id": chat.chat_id,
            "name": view.name,
            "owner": view.owner,
            "create_time": chat.create_time,
            "notice": view.notice,
            "member_list": [
                _shown(member, named=call.flag("need_name")) for member in view.members
            ],
            "admin_list": [],
            "member_version": view.version,
        }
    }


@chapter.endpoint("POST", "externalcontact/opengid_to_chatid", doc=94822)
def opengid_to_chatid(call: Call) -> dict[str, object]:
    """Return the chat_id of a group a mini program knows (客户群opengid转换).

    The simulated opengid of a group is `og` and its chat_id; an app out of whose range the owner
    is gets 60011 (unconfirmed).
    """
    opengid = call.text("opengid")
    chat_id = opengid.removeprefix("og")
    if chat_id == opengid or chat_id not in call.corp.group_chats:
        raise CallRefused(90511)
    return {"chat_id": known_chat(call, chat_id).chat_id}


def known_chat(call: Call, chat_id: str) -> GroupChat:
    """Return a group chat whose owner the app may see. Raises CallRefused."""
    chat = call.corp.group_chats.get(chat_id)
    if chat is None:
        raise CallRefused(40050)
    if chat.dismissed:
        raise CallRefused(49008)
    if not _visible(call, chat):
        raise CallRefused(60011)
    return chat


def _owners(call: Call) -> set[str]:
    holder = call.params.get("owner_filter") or {}
    userids = holder.get("userid_list", []) if isinstance(holder, dict) else None
    if not isinstance(userids, list) or len(userids) > _MOST_OWNERS:
        raise CallRefused(40058)
    for userid in userids:
        if not isinstance(userid, str):
            raise CallRefused(40058)
        if left_at(call.corp, userid, call.now) is None:
            call.member(userid)
    if not userids:
        visible = sum(call.corp.sees(call.app, each) for each in call.corp.members.values())
        if visible > _MOST_VISIBLE_MEMBERS:
            raise CallRefused(81017)
    return set(userids)


def _visible(call: Call, chat: GroupChat) -> bool:
    return sees_or_saw(call.corp, call.app, chat.current.owner)


def _view(call: Call, chat: GroupChat) -> ChatView:
    seen_until = call.now - call.tenant.limits.group_chat_lag_seconds
    seen = [view for view in chat.views if view.since <= seen_until]
    return seen[-1] if seen else chat.views[0]


def _shown(member: ChatMember, *, named: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "userid": member.userid,
        "type": member.type,
        "join_time": member.join_time,
        "join_scene": member.join_scene,
        "group_nickname": "",
    }
    if named:
        shown["name"] = member.name
    if member.invitor:
        shown["invitor"] = {"userid": member.invitor}
    if member.type != _CORP_MEMBER:
        shown["unionid"] = member.unionid
        shown["state"] = member.state
    return shown
