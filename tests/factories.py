"""Plaintexts and events for the tests, each made of real XML and read by the real parser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from xml.sax.saxutils import escape

import events

E = TypeVar("E", bound=events.Event)

CORPID = "ww1234567890abcdef"
SUITE_ID = "ww4asffe99e54c0fxx"
CREATE_TIME = 1700000000

Node = object  # a text, a number, a mapping of nodes, or a list of nodes beside each other


def xml_of(**fields: Node) -> bytes:
    """Return `<xml>` with these fields; None leaves one out, a list repeats it, a dict nests."""
    return f"<xml>{_nodes(fields)}</xml>".encode()


def an_app_plaintext(**fields: Node) -> bytes:
    """Return an event in the envelope of an app; its own fields may replace the envelope's."""
    envelope: dict[str, Node] = {
        "ToUserName": CORPID,
        "FromUserName": "sys",
        "CreateTime": CREATE_TIME,
        "MsgType": "event",
    }
    return xml_of(**envelope | fields)


def a_suite_plaintext(**fields: Node) -> bytes:
    """Return an event in the envelope of a third-party suite."""
    envelope: dict[str, Node] = {
        "SuiteId": SUITE_ID,
        "AuthCorpId": CORPID,
        "TimeStamp": CREATE_TIME,
    }
    return xml_of(**envelope | fields)


def an_external_contact_added(
    *,
    userid: str = "zhangsan",
    external_userid: str = "wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",
    state: str = "",
    welcome_code: str = "WELCOMECODE",
    create_time: int = CREATE_TIME,
    corpid: str = CORPID,
) -> events.ExternalContactAdded:
    """Return the event of a new customer; "" leaves state or welcome_code out, as WeCom does."""
    return _the(
        events.ExternalContactAdded,
        an_app_plaintext(
            ToUserName=corpid,
            CreateTime=create_time,
            Event="change_external_contact",
            ChangeType="add_external_contact",
            UserID=userid,
            ExternalUserID=external_userid,
            State=state or None,
            WelcomeCode=welcome_code or None,
        ),
    )


def a_half_external_contact_added(
    *,
    userid: str = "zhangsan",
    external_userid: str = "wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",
    state: str = "",
    welcome_code: str = "WELCOMECODE",
    create_time: int = CREATE_TIME,
) -> events.HalfExternalContactAdded:
    """Return the event of a customer who added a member that need not confirm."""
    return _the(
        events.HalfExternalContactAdded,
        an_app_plaintext(
            CreateTime=create_time,
            Event="change_external_contact",
            ChangeType="add_half_external_contact",
            UserID=userid,
            ExternalUserID=external_userid,
            State=state or None,
            WelcomeCode=welcome_code or None,
        ),
    )


def an_external_contact_deleted(
    *,
    userid: str = "zhangsan",
    external_userid: str = "wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",
    source: str = "",
) -> events.ExternalContactDeleted:
    """Return the event of a member who deleted a customer."""
    return _the(
        events.ExternalContactDeleted,
        an_app_plaintext(
            Event="change_external_contact",
            ChangeType="del_external_contact",
            UserID=userid,
            ExternalUserID=external_userid,
            Source=source or None,
        ),
    )


def a_follow_user_deleted(
    *, userid: str = "zhangsan", external_userid: str = "wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA"
) -> events.FollowUserDeleted:
    """Return the event of a customer who deleted a member."""
    return _the(
        events.FollowUserDeleted,
        an_app_plaintext(
            Event="change_external_contact",
            ChangeType="del_follow_user",
            UserID=userid,
            ExternalUserID=external_userid,
        ),
    )


def a_group_chat_created(
    *, chat_id: str = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
) -> events.GroupChatCreated:
    """Return the event of a new customer group chat."""
    return _the(
        events.GroupChatCreated,
        an_app_plaintext(Event="change_external_chat", ChangeType="create", ChatId=chat_id),
    )


def group_chat_members_joined(
    *,
    chat_id: str = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA",
    members: tuple[str, ...] = ("wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",),
    join_scene: int = 3,
) -> events.GroupChatMembersJoined:
    """Return the event of people who joined a customer group chat."""
    return _the(
        events.GroupChatMembersJoined,
        an_app_plaintext(
            Event="change_external_chat",
            ChangeType="update",
            ChatId=chat_id,
            UpdateDetail="add_member",
            JoinScene=join_scene,
            MemChangeCnt=len(members),
            MemChangeList={"Item": list(members)},
            LastMemVer="9c3f97c2ada667dfb5f6d03308d963e1",
            CurMemVer="71217227bbd112ecfe3a49c482195cb4",
        ),
    )


def group_chat_members_left(
    *,
    chat_id: str = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA",
    members: tuple[str, ...] = ("wmAJ2GCAAAXtWyujaWJHDDGi0mACAAAA",),
    quit_scene: int = 0,
) -> events.GroupChatMembersLeft:
    """Return the event of people who left a customer group chat."""
    return _the(
        events.GroupChatMembersLeft,
        an_app_plaintext(
            Event="change_external_chat",
            ChangeType="update",
            ChatId=chat_id,
            UpdateDetail="del_member",
            QuitScene=quit_scene,
            MemChangeCnt=len(members),
            MemChangeList={"Item": list(members)},
            LastMemVer="9c3f97c2ada667dfb5f6d03308d963e1",
            CurMemVer="71217227bbd112ecfe3a49c482195cb4",
        ),
    )


def a_group_chat_updated(
    *, chat_id: str = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA", update_detail: str = "change_name"
) -> events.GroupChatUpdated:
    """Return the event of a changed customer group chat."""
    return _the(
        events.GroupChatUpdated,
        an_app_plaintext(
            Event="change_external_chat",
            ChangeType="update",
            ChatId=chat_id,
            UpdateDetail=update_detail,
        ),
    )


def a_group_chat_dismissed(
    *, chat_id: str = "wrOgQhDgAAMYQiS5ol9G7gK9JVAAAA"
) -> events.GroupChatDismissed:
    """Return the event of a dismissed customer group chat."""
    return _the(
        events.GroupChatDismissed,
        an_app_plaintext(Event="change_external_chat", ChangeType="dismiss", ChatId=chat_id),
    )


def a_corp_tag_created(
    *, tag_id: str = "etAJ2GCAAAXtWyujaWJHDDGi0mACHAAA", tag_type: str = "tag"
) -> events.CorpTagCreated:
    """Return the event of a new enterprise tag."""
    return _the(
        events.CorpTagCreated,
        an_app_plaintext(
            Event="change_external_tag", ChangeType="create", Id=tag_id, TagType=tag_type
        ),
    )


def a_batch_job_finished(
    *,
    job_id: str = "S0MrnndvRG5fadSlLwiBqiDDbM143UqTmKP3152FZk4",
    job_type: str = "sync_user",
    errcode: int = 0,
    errmsg: str = "ok",
) -> events.BatchJobFinished:
    """Return the event of an import or export that has ended."""
    return _the(
        events.BatchJobFinished,
        an_app_plaintext(
            Event="batch_job_result",
            BatchJob={"JobId": job_id, "JobType": job_type, "ErrCode": errcode, "ErrMsg": errmsg},
        ),
    )


def a_text_message(
    *, content: str = "你好", userid: str = "zhangsan", message_id: str = "1234567890123456"
) -> events.TextMessage:
    """Return the message of a member to the app."""
    return _the(
        events.TextMessage,
        an_app_plaintext(
            FromUserName=userid,
            MsgType="text",
            Content=content,
            MsgId=message_id,
            AgentID=1000002,
        ),
    )


def an_unknown_event(*, event: str = "event_of_tomorrow", **fields: Node) -> events.UnknownEvent:
    """Return an event that no class knows."""
    return _the(events.UnknownEvent, an_app_plaintext(Event=event, **fields))


def _the(cls: type[E], plaintext: bytes) -> E:
    event = events.parse(plaintext)
    assert isinstance(event, cls)
    return event


def _nodes(fields: Mapping[str, Node]) -> str:
    return "".join(_node(tag, value) for tag, value in fields.items())


def _node(tag: str, value: Node) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "".join(_node(tag, item) for item in value)
    if isinstance(value, Mapping):
        return f"<{tag}>{_nodes(value)}</{tag}>"
    return f"<{tag}>{escape(str(value))}</{tag}>"
