"""The archive of conversations and its keywords (会话内容存档)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import integer, text


@event("msgaudit_notify", "产生会话回调事件", 95039, receivers=("self_built",))
class ArchiveMessagesArrived(Event):
    """There are new conversations to pull from the archive (产生会话回调)."""


@event("conversation_new_message", "产生会话回调通知", 97085, 99682, receivers=("suite",))
class ConversationMessagesArrived(Event):
    """There are new conversations; token is good for ten minutes (产生会话回调通知)."""

    token: str = text("Token")


@event("hit_keyword", "命中关键词规则通知", 97244, receivers=("suite",))
class KeywordHit(Event):
    """A conversation matched a keyword rule; token is good for ten minutes (命中关键词规则)."""

    token: str = text("Token")


class ArchiveAgreed(Event):
    """A customer agreed that conversations are archived."""

    docs = (99532,)
    receivers = ("suite",)

    open_userid: str = text("OpenUserID", "OpenUserId")
    external_userid: str = text("ExternalUserID", "ExternalUserId", subject=True)
    chat_id: str = text("ChatId")


@event("chat_archive_audit_approved_single", "客户同意进行聊天内容存档(单聊)")
class SingleChatArchiveApproved(ArchiveAgreed):
    """A customer agreed for the chats with one member (客户同意存档-单聊)."""


@event("chat_archive_audit_approved_room", "客户同意进行聊天内容存档(群聊)")
class GroupChatArchiveApproved(ArchiveAgreed):
    """A customer agreed for a group chat (客户同意存档-群聊)."""


@event("chat_archive_export_finished", "会话内容导出完成", receivers=("suite",))
class ArchiveExportFinished(Event):
    """An export of conversations is ready for 24 hours (会话内容导出完成)."""

    job_id: str = text("JobId", subject=True)


@event("advanced_api_expired", "高级接口到期", 100269, receivers=("provider",))
class AdvancedAPIExpired(Event):
    """The term of an advanced API is over (高级接口到期); AdvanceApiType is spelt so officially."""

    advance_api_type: int | None = integer("AdvanceApiType")
    chat_archive_api_edition: int | None = integer("ChatArchiveApi/Edition")


@event("advanced_api_trial_expired", "高级接口试用到期", 100270, receivers=("provider",))
class AdvancedAPITrialExpired(Event):
    """The trial of an advanced API is over (高级接口试用到期)."""

    advance_api_type: int | None = integer("AdvanceApiType")
