"""Customer group chats: created, changed, dismissed (客户群事件)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import integer, text, texts


@family(
    "change_external_chat",
    "客户群事件",
    92130,
    92277,
    96361,
    receivers=("self_built", "provider_developed", "suite"),
)
class GroupChatChanged(Event):
    """Something happened to a customer group chat (客户群事件)."""

    chat_id: str = text("ChatId", subject=True)


@event("create", "客户群创建", 92130)
class GroupChatCreated(GroupChatChanged):
    """A customer group chat was created (客户群创建)."""


@event("update", "客户群变更", 92130)
class GroupChatUpdated(GroupChatChanged):
    """A customer group chat changed; its subclasses tell how (客户群变更).

    update_detail decides, the scenes do not: an event of joining may carry a quit_scene.
    members: who joined or left.
    last_member_version: other than the stored one, it tells that an event was missed.
    """

    update_detail: str = text("UpdateDetail")
    join_scene: int | None = integer("JoinScene")
    quit_scene: int | None = integer("QuitScene")
    member_count: int | None = integer("MemChangeCnt")
    members: tuple[str, ...] = texts("MemChangeList")
    last_member_version: str = text("LastMemVer")
    current_member_version: str = text("CurMemVer")


@event("add_member", "成员入群", 92130)
class GroupChatMembersJoined(GroupChatUpdated):
    """Somebody joined; join_scene 0 by invitation, 3 by the group's QR code (成员入群)."""


@event("del_member", "成员退群", 92130)
class GroupChatMembersLeft(GroupChatUpdated):
    """Somebody left; quit_scene 0 by themselves, 1 removed (成员退群)."""


@event("change_owner", "群主变更", 92130)
class GroupChatOwnerChanged(GroupChatUpdated):
    """The group chat has a new owner (群主变更)."""


@event("change_name", "群名变更", 92130)
class GroupChatRenamed(GroupChatUpdated):
    """The group chat has a new name (群名变更)."""


@event("change_notice", "群公告变更", 92130)
class GroupChatNoticeChanged(GroupChatUpdated):
    """The group chat has a new notice (群公告变更)."""


@event("dismiss", "客户群解散", 92130)
class GroupChatDismissed(GroupChatChanged):
    """A customer group chat was dismissed (客户群解散)."""
