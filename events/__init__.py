"""Typed messages and events of WeCom, one file per chapter of the official docs."""

from events import batch_job, external_contact, group_chat, message, tag
from events.batch_job import BatchJobFinished
from events.event import REGISTER, Event, UnknownEvent
from events.external_contact import (
    ExternalContactAdded,
    ExternalContactChanged,
    ExternalContactDeleted,
    ExternalContactEdited,
    ExternalContactTransferFailed,
    FollowUserDeleted,
    HalfExternalContactAdded,
    MessageAuditApproved,
)
from events.group_chat import (
    GroupChatChanged,
    GroupChatCreated,
    GroupChatDismissed,
    GroupChatMembersJoined,
    GroupChatMembersLeft,
    GroupChatNoticeChanged,
    GroupChatOwnerChanged,
    GroupChatRenamed,
    GroupChatUpdated,
)
from events.message import (
    ImageMessage,
    LinkMessage,
    LocationMessage,
    Message,
    TextMessage,
    VideoMessage,
    VoiceMessage,
)
from events.parser import canonical, parse
from events.tag import (
    CorpTagChanged,
    CorpTagCreated,
    CorpTagDeleted,
    CorpTagsShuffled,
    CorpTagUpdated,
)

__all__ = [
    "BatchJobFinished",
    "CorpTagChanged",
    "CorpTagCreated",
    "CorpTagDeleted",
    "CorpTagUpdated",
    "CorpTagsShuffled",
    "Event",
    "ExternalContactAdded",
    "ExternalContactChanged",
    "ExternalContactDeleted",
    "ExternalContactEdited",
    "ExternalContactTransferFailed",
    "FollowUserDeleted",
    "GroupChatChanged",
    "GroupChatCreated",
    "GroupChatDismissed",
    "GroupChatMembersJoined",
    "GroupChatMembersLeft",
    "GroupChatNoticeChanged",
    "GroupChatOwnerChanged",
    "GroupChatRenamed",
    "GroupChatUpdated",
    "HalfExternalContactAdded",
    "ImageMessage",
    "LinkMessage",
    "LocationMessage",
    "Message",
    "MessageAuditApproved",
    "TextMessage",
    "UnknownEvent",
    "VideoMessage",
    "VoiceMessage",
    "canonical",
    "catalogue",
    "parse",
]

_CHAPTERS = (batch_job, external_contact, group_chat, tag, message)


def catalogue() -> tuple[type[Event], ...]:
    """Return every concrete event and message class, in the order of the official docs."""
    known = {cls: None for cls in REGISTER.values() if not cls.unknown}
    return tuple(
        cls for chapter in _CHAPTERS for cls in known if cls.__module__ == chapter.__name__
    )
