"""Messages to many customers or groups at once, sent by members (企业群发)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from wecom.answer import nothing, paged, record
from wecom.arguments import (
    apart,
    at_least_one,
    at_most_bytes,
    at_most_items,
    not_empty,
    one_of,
    within,
)
from wecom.attachments import Attached, Attachment, Text, to_json
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every
from wecom.spelling import seconds

ChatType = Literal["single", "group"]

_CHAT_TYPES = frozenset({"single", "group"})
_LONGEST_SPAN = timedelta(days=31)


@dataclass(frozen=True, kw_only=True)
class MsgTemplate:
    """A message that waits for members to send it; fail_list: who cannot get it."""

    msgid: str
    fail_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupMsg:
    """A message to many; create_type: 0 by the corp, 1 by a member."""

    msgid: str
    creator: str = ""
    create_time: datetime | None = None
    create_type: int = 0
    text: Text = field(default_factory=Text)
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupMsgTask:
    """What a member did about it; status: 0 not sent, 2 sent."""

    userid: str
    status: int
    send_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GroupMsgSend:
    """What a customer or a group got.

    status: 0 not sent, 1 sent, 2 no contact any more, 3 the cap of the month is reached.
    """

    status: int
    external_userid: str = ""
    chat_id: str = ""
    userid: str = ""
    send_time: datetime | None = None


ADD_MSG_TEMPLATE = Endpoint(
    "POST", "externalcontact/add_msg_template", record(MsgTemplate), doc=92135
)
GET_GROUPMSG_LIST_V2 = Endpoint(
    "POST", "externalcontact/get_groupmsg_list_v2", paged("group_msg_list", GroupMsg), doc=93338
)
GET_GROUPMSG_TASK = Endpoint(
    "POST", "externalcontact/get_groupmsg_task", paged("task_list", GroupMsgTask), doc=93338
)
GET_GROUPMSG_SEND_RESULT = Endpoint(
    "POST", "externalcontact/get_groupmsg_send_result", paged("send_list", GroupMsgSend), doc=93338
)
GET_GROUP_MSG_RESULT = Endpoint(
    "POST", "externalcontact/get_group_msg_result", paged("detail_list", GroupMsgSend), doc=93338
)
REMIND_GROUPMSG_SEND = Endpoint("POST", "externalcontact/remind_groupmsg_send", nothing, doc=97610)
CANCEL_GROUPMSG_SEND = Endpoint("POST", "externalcontact/cancel_groupmsg_send", nothing, doc=97611)


def add_msg_template(
    api: Client,
    *,
    text: str = "",
    attachments: Sequence[Attachment] = (),
    chat_type: ChatType = "single",
    external_userid: Sequence[str] = (),
    chat_id_list: Sequence[str] = (),
    tag_filter: Sequence[Sequence[str]] = (),
    sender: str = "",
    allow_select: bool | None = None,
) -> MsgTemplate:
    """Give members a message to send (创建企业群发); nothing goes out before they confirm.

    tag_filter: groups of tag ids; a customer needs one tag of every group. For chat_type "group"
    a sender must be given.
    """
    one_of(_CHAT_TYPES, chat_type=chat_type)
    at_least_one(text=text, attachments=attachments)
    at_most_bytes(4000, text=text)
    _check_receivers(external_userid, chat_id_list, tag_filter, sender)
    if chat_type == "group":
        not_empty(sender=sender)
    body = {
        "chat_type": chat_type,
        "external_userid": list(external_userid) or None,
        "chat_id_list": list(chat_id_list) or None,
        "tag_filter": _spelled(tag_filter),
        "sender": sender or None,
        "allow_select": allow_select,
        "text": {"content": text} if text else None,
        "attachments": to_json(attachments) or None,
    }
    return api.call(ADD_MSG_TEMPLATE, json=body)


def get_groupmsg_list_v2(
    api: Client,
    *,
    chat_type: ChatType,
    start_time: datetime,
    end_time: datetime,
    creator: str | None = None,
    filter_type: int | None = None,
    limit: int = 100,
) -> Iterator[GroupMsg]:
    """Yield the messages of a month at most (获取群发记录列表), `limit` a request.

    filter_type: 0 made by the corp, 1 by members, 2 both.
    """
    one_of(_CHAT_TYPES, chat_type=chat_type)
    apart(_LONGEST_SPAN, start_time=start_time, end_time=end_time)
    within(0, 2, filter_type=filter_type)
    within(1, 100, limit=limit)
    arguments = {
        "chat_type": chat_type,
        "start_time": seconds(start_time),
        "end_time": seconds(end_time),
        "creator": creator,
        "filter_type": filter_type,
        "limit": limit,
    }
    return every(api, GET_GROUPMSG_LIST_V2, arguments)


def get_groupmsg_task(api: Client, msgid: str, *, limit: int = 1000) -> Iterator[GroupMsgTask]:
    """Yield what each member did about a message (获取群发成员发送任务列表).

    Raises NotReady for a message that was made a moment ago (41063).
    """
    not_empty(msgid=msgid)
    within(1, 1000, limit=limit)
    return every(api, GET_GROUPMSG_TASK, {"msgid": msgid, "limit": limit})


def get_groupmsg_send_result(
    api: Client, msgid: str, userid: str, *, limit: int = 1000
) -> Iterator[GroupMsgSend]:
    """Yield who got a message from a member (获取企业群发成员执行结果)."""
    not_empty(msgid=msgid, userid=userid)
    within(1, 1000, limit=limit)
    arguments = {"msgid": msgid, "userid": userid, "limit": limit}
    return every(api, GET_GROUPMSG_SEND_RESULT, arguments)


def get_group_msg_result(
    api: Client, msgid: str, *, limit: int | None = None
) -> Iterator[GroupMsgSend]:
    """Yield who got a message (获取企业群发消息发送结果); retired.

    Use get_groupmsg_task and get_groupmsg_send_result.
    """
    not_empty(msgid=msgid)
    return every(api, GET_GROUP_MSG_RESULT, {"msgid": msgid, "limit": limit})


def remind_groupmsg_send(api: Client, msgid: str) -> None:
    """Remind the members who have not sent it yet (提醒成员群发), three times a day at most."""
    not_empty(msgid=msgid)
    api.call(REMIND_GROUPMSG_SEND, json={"msgid": msgid})


def cancel_groupmsg_send(api: Client, msgid: str) -> None:
    """Take the message back from members who have not sent it yet (停止企业群发)."""
    not_empty(msgid=msgid)
    api.call(CANCEL_GROUPMSG_SEND, json={"msgid": msgid})


def _check_receivers(
    external_userid: Sequence[str],
    chat_id_list: Sequence[str],
    tag_filter: Sequence[Sequence[str]],
    sender: str,
) -> None:
    at_least_one(
        external_userid=external_userid,
        chat_id_list=chat_id_list,
        tag_filter=tag_filter,
        sender=sender,
    )
    at_most_items(10_000, external_userid=external_userid)
    at_most_items(2000, chat_id_list=chat_id_list)
    for tag_list in tag_filter:
        not_empty(tag_filter=tag_list)
        at_most_items(100, tag_filter=tag_list)


def _spelled(tag_filter: Sequence[Sequence[str]]) -> Mapping[str, object] | None:
    groups = [{"tag_list": list(tag_list)} for tag_list in tag_filter]
    return {"group_list": groups} if groups else None
