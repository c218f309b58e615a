"""Typed messages and events of WeCom (企业微信), one file per chapter of the official docs.

The everyday classes can be imported from here, the others from their chapter: `events.meeting`.
"""

from events import (
    app,
    approval,
    archive,
    batch_job,
    calendar,
    chain,
    contact,
    customer_acquisition,
    customer_service,
    document,
    drive,
    external_contact,
    group_chat,
    hardware,
    licensing,
    living,
    mail,
    meeting,
    message,
    order,
    payment,
    robot,
    school,
    security,
    suite,
    tag,
    vip_account,
)
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

_CHAPTERS = (
    app,
    contact,
    batch_job,
    external_contact,
    group_chat,
    tag,
    customer_acquisition,
    approval,
    customer_service,
    archive,
    calendar,
    meeting,
    document,
    drive,
    living,
    mail,
    vip_account,
    school,
    suite,
    order,
    licensing,
    chain,
    security,
    hardware,
    payment,
    message,
    robot,
)


def catalogue() -> tuple[type[Event], ...]:
    """Return every concrete event and message class, in the order of the official docs."""
    known = {cls: None for cls in REGISTER.values() if not cls.unknown}
    return tuple(
        cls for chapter in _CHAPTERS for cls in known if cls.__module__ == chapter.__name__
    )
