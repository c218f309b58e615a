"""Keeps the members of every customer group, and who came and went (客户群事件)."""

from __future__ import annotations

from datetime import datetime, timedelta

from errors import GroupChatGone, HandlerRetry
from events import GroupChatChanged, GroupChatDismissed, GroupChatUpdated
from events.group_chat import GroupChatMembersJoined, GroupChatMembersLeft
from handlers.context import Context, MemberNews
from handlers.router import Router
from wecom import group_chat

router = Router()

_PATIENCE = 4  # attempts at which we wait for the member list to catch up with the event


@router.on(GroupChatChanged)
def follow_group_chat(event: GroupChatChanged, ctx: Context) -> None:
    """Read the group anew and record the difference to what was known.

    The event only says that something changed; the list is what counts, so events may come in any
    order, twice or not at all.
    """
    if isinstance(event, GroupChatDismissed):
        ctx.chats.dismiss(event.corpid, event.chat_id, ctx.now())
        ctx.conclude("dismissed")
        return
    read_at = ctx.now()
    try:
        chat = group_chat.get(ctx.api, event.chat_id)
    except GroupChatGone:
        ctx.chats.dismiss(event.corpid, event.chat_id, read_at)
        ctx.conclude("dismissed")
        return
    if _lags(event, chat.member_version) and ctx.attempt < _PATIENCE:
        raise HandlerRetry("The member list is still the old one.", after=timedelta(seconds=2))
    joined, left = ctx.chats.store(event.corpid, chat, read_at=read_at, told=_told(event, read_at))
    ctx.log.info("group_chat_followed", joined=len(joined), left=len(left))
    ctx.conclude("followed")


def _lags(event: GroupChatChanged, member_version: str) -> bool:
    """Whether WeCom still shows the members of before the event; it does for some seconds."""
    return (
        isinstance(event, GroupChatUpdated)
        and bool(member_version)
        and member_version == event.last_member_version
        and member_version != event.current_member_version
    )


def _told(event: GroupChatChanged, read_at: datetime) -> MemberNews | None:
    """Return who the event says came or went; the list alone may have shown it before, or never."""
    if isinstance(event, GroupChatMembersJoined):
        change, scene = "joined", event.join_scene
    elif isinstance(event, GroupChatMembersLeft):
        change, scene = "left", event.quit_scene
    else:
        return None
    return MemberNews(
        change=change,
        happened_at=min(event.occurred_at or read_at, read_at),
        userids=event.members,
        scene=scene,
    )
