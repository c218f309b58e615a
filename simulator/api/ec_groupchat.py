"""Group chats with customers (客户联系 - 客户群管理)."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import page_of
from simulator.records import ChatMember, ChatView, GroupChat

chapter = Chapter()

_MOST_LISTED = 1000
_MOST_OWNERS = 100
_MOST_VISIBLE_MEMBERS = 1000
_CORP_MEMBER = 1


@chapter.endpoint(
    "POST",
    "externalcontact/groupchat/list",
    doc=92120,
    needs="customer_contact",
    empty={"group_chat_list": []},
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
        and (not status or chat.status == status)
        and (chat.current.owner in owners if owners else _visible(call, chat))
    ]
    page, next_cursor = page_of(chats, call.optional_text("cursor") or "", limit)
    listed = [{"chat_id": chat.chat_id, "status": chat.status} for chat in page]
    if not next_cursor:
        return {"group_chat_list": listed}
    return {"group_chat_list": listed, "next_cursor": next_cursor}


@chapter.endpoint(
    "POST",
    "externalcontact/groupchat/get",
    doc=92122,
    needs="customer_contact",
    empty={"group_chat": {}},
)
def get(call: Call) -> dict[str, object]:
    """Return a group chat and who is in it (获取客户群详情); it may lag behind the event."""
    chat = call.corp.group_chats.get(call.text("chat_id", missing=40050))
    if chat is None:
        raise CallRefused(40050)
    if chat.dismissed:
        raise CallRefused(49008)
    if not _visible(call, chat):
        raise CallRefused(60011)
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


def _owners(call: Call) -> set[str]:
    holder = call.params.get("owner_filter") or {}
    userids = holder.get("userid_list", []) if isinstance(holder, dict) else None
    if not isinstance(userids, list) or len(userids) > _MOST_OWNERS:
        raise CallRefused(40058)
    for userid in userids:
        if not isinstance(userid, str):
            raise CallRefused(40058)
        call.member(userid)
    if not userids:
        visible = sum(call.corp.sees(call.app, each) for each in call.corp.members.values())
        if visible > _MOST_VISIBLE_MEMBERS:
            raise CallRefused(81017)
    return set(userids)


def _visible(call: Call, chat: GroupChat) -> bool:
    return call.corp.sees_userid(call.app, chat.current.owner)


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
