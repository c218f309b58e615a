"""Messages to many customers or groups at once, sent by members (企业群发)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from errors import CallRefused
from simulator.activity import Activity
from simulator.api.attachments import Attachment, check_files, content_of
from simulator.api.days import check_span
from simulator.api.ec_groupchat import known_chat
from simulator.api.endpoint import Call, Chapter
from simulator.corp import new_id
from simulator.days import DAY_SECONDS
from simulator.group_messages import GroupMessage, GroupMessages, Send, SendTask
from simulator.handovers import followed
from simulator.quotas import Recent

chapter = Chapter(needs="customer_contact")

_MOST_CUSTOMERS = 10_000
_MOST_GROUPS = 2000
_MOST_TAGS = 100
_MONTH_DAYS = 31
_MOST_REMINDERS = 3
_BY_CORP, _BY_MEMBERS, _BY_BOTH = 0, 1, 2
_CHAT_TYPES = ("single", "group")


@chapter.endpoint("POST", "externalcontact/add_msg_template", doc=92135)
def add_msg_template(call: Call) -> dict[str, object]:
    """Give members a message to send (创建企业群发); nothing goes out before they confirm.

    Without a sender a customer is written to by the member who chatted with them last; where
    nobody did, by the one who met them last (unconfirmed).
    """
    text, attachments = content_of(call, nothing=41089)
    chat_type = _chat_type(call, "single")
    customers = call.texts("external_userid", most=_MOST_CUSTOMERS)
    chats = call.texts("chat_id_list", most=_MOST_GROUPS)
    tags = [
        group.texts("tag_list", most=_MOST_TAGS)
        for group in call.inside("tag_filter").objects("group_list")
    ]
    sender = call.optional_text("sender") or ""
    allow_select = call.switch("allow_select", default=False)
    if not (sender or (chat_type == "single" and (customers or tags))):
        raise CallRefused(40058)
    if sender:
        call.member(sender, contact=True)
    for attachment in attachments:
        check_files(call, attachment)
    if chat_type == "single":
        sends, failed = _customers(call, customers, tags, sender)
    else:
        sends, failed = _groups(call, chats, sender)
    if not sends:
        raise CallRefused(41048)
    message = GroupMessage(
        msgid=new_id("ms"),
        chat_type="group" if chat_type == "group" else "single",
        create_time=int(call.now),
        ready_at=call.now + call.tenant.limits.dispatch_seconds,
        text=text,
        attachments=attachments,
        tasks={userid: SendTask(userid=userid, sends=own) for userid, own in sends.items()},
        allow_select=allow_select,
    )
    call.corp.of(GroupMessages).by_id[message.msgid] = message
    return {"fail_list": failed, "msgid": message.msgid}


@chapter.endpoint(
    "POST", "externalcontact/get_groupmsg_list_v2", doc=93338, empty={"group_msg_list": []}
)
def get_groupmsg_list_v2(call: Call) -> dict[str, object]:
    """Return the messages of a month at most (获取群发记录列表); all are made by the corp."""
    if not call.has("chat_type"):
        raise CallRefused(40058)
    chat_type = _chat_type(call, "")
    start, end = check_span(call, most_days=_MONTH_DAYS)
    creator = call.optional_text("creator") or ""
    kind = call.integer("filter_type", _BY_BOTH, low=_BY_CORP, high=_BY_BOTH)
    found = [
        {
            "msgid": each.msgid,
            "create_time": each.create_time,
            "create_type": _BY_CORP,
            "text": {"content": each.text},
            "attachments": [_told(attachment) for attachment in each.attachments],
        }
        for each in call.corp.of(GroupMessages).by_id.values()
        if each.chat_type == chat_type and start <= each.create_time <= end
    ]
    if creator or kind == _BY_MEMBERS:
        found = []
    return call.paged("group_msg_list", found, default=50, most=100, lenient=True)


@chapter.endpoint("POST", "externalcontact/get_groupmsg_task", doc=93338, empty={"task_list": []})
def get_groupmsg_task(call: Call) -> dict[str, object]:
    """Return what each member did about a message (获取群发成员发送任务列表)."""
    message = _ready(call)
    tasks = [
        _with_time({"userid": task.userid, "status": task.status}, task.send_time)
        for task in message.tasks.values()
    ]
    return call.paged("task_list", tasks, default=500, most=1000, lenient=True)


@chapter.endpoint(
    "POST", "externalcontact/get_groupmsg_send_result", doc=93338, empty={"send_list": []}
)
def get_groupmsg_send_result(call: Call) -> dict[str, object]:
    """Return who got a message from a member (获取企业群发成员执行结果)."""
    message = _ready(call)
    userid = call.text("userid", missing=60111)
    task = message.tasks.get(userid)
    if task is None:
        raise CallRefused(60111)
    return call.paged("send_list", _sends([task]), default=500, most=1000, lenient=True)


@chapter.endpoint("POST", "externalcontact/get_group_msg_result", doc=93338)
def get_group_msg_result(call: Call) -> dict[str, object]:
    """Return who got a message (获取企业群发消息发送结果); the retired form of the two before."""
    message = _ready(call)
    sends = _sends(message.tasks.values())
    found = call.paged("detail_list", sends, default=10_000, most=10_000, lenient=True)
    return {"check_status": 1, **found}


@chapter.endpoint("POST", "externalcontact/remind_groupmsg_send", doc=97610)
def remind_groupmsg_send(call: Call) -> dict[str, object]:
    """Remind the members who have not sent it yet (提醒成员群发)."""
    message = _known(call)
    if message.cancelled:
        raise CallRefused(41093)
    reminders = (_MOST_REMINDERS, DAY_SECONDS)
    if not call.corp.of(Recent).take(("reminder", message.msgid), call.now, reminders):
        raise CallRefused(41094)
    return {}


@chapter.endpoint("POST", "externalcontact/cancel_groupmsg_send", doc=97611)
def cancel_groupmsg_send(call: Call) -> dict[str, object]:
    """Take the message back from members who have not sent it yet (停止企业群发)."""
    message = _known(call)
    if message.cancelled:
        raise CallRefused(41093)
    message.cancelled = True
    return {}


def _chat_type(call: Call, default: str) -> str:
    chat_type = call.optional_text("chat_type") or default
    if chat_type not in _CHAT_TYPES:
        raise CallRefused(40058)
    return chat_type


def _customers(
    call: Call, named: list[str], tags: list[list[str]], sender: str
) -> tuple[dict[str, list[Send]], list[str]]:
    """Return what each member sends to customers, and the customers nobody can write to."""
    for tag_id in (each for group in tags for each in group):
        if tag_id not in call.corp.tags or call.corp.tags[tag_id].deleted:
            raise CallRefused(40068)
    closest: dict[str, tuple[float, str]] = {}
    last_chats = call.corp.of(Activity).last_chats
    for userid in [sender] if sender else _visible_members(call):
        for relation in followed(call.corp, userid):
            external_userid = relation.external_userid
            wanted = all(relation.tags.keys() & set(group) for group in tags)
            if not wanted or relation.deleted_by_customer:
                continue
            met = last_chats.get((userid, external_userid), float(relation.createtime))
            closest[external_userid] = max(closest.get(external_userid, (0, "")), (met, userid))
    chosen = list(dict.fromkeys(named)) or list(closest)
    sends: dict[str, list[Send]] = {}
    for external_userid in chosen:
        if external_userid in closest:
            send = Send(external_userid=external_userid)
            sends.setdefault(closest[external_userid][1], []).append(send)
    return sends, [each for each in chosen if each not in closest]


def _groups(call: Call, named: list[str], sender: str) -> tuple[dict[str, list[Send]], list[str]]:
    """Return the groups of the sender it goes to, and those named that are not theirs."""
    for chat_id in named:
        if chat_id in call.corp.group_chats:
            known_chat(call, chat_id)
    own = [
        chat.chat_id
        for chat in call.corp.group_chats.values()
        if chat.current.owner == sender and not chat.dismissed
    ]
    chosen = [chat_id for chat_id in dict.fromkeys(named) if chat_id in own] if named else own
    sends = {sender: [Send(chat_id=chat_id) for chat_id in chosen]} if chosen else {}
    return sends, [chat_id for chat_id in dict.fromkeys(named) if chat_id not in own]


def _visible_members(call: Call) -> Iterable[str]:
    return (
        member.userid
        for member in call.corp.members.values()
        if member.customer_contact and call.corp.sees(call.app, member)
    )


def _known(call: Call) -> GroupMessage:
    message = call.corp.of(GroupMessages).by_id.get(call.text("msgid", missing=41046))
    if message is None:
        raise CallRefused(41047)
    return message


def _ready(call: Call) -> GroupMessage:
    message = _known(call)
    if call.now < message.ready_at:
        raise CallRefused(41063)
    return message


def _sends(tasks: Iterable[SendTask]) -> list[dict[str, Any]]:
    return [
        _with_time(
            {
                **({"chat_id": send.chat_id} if send.chat_id else {}),
                **({"external_userid": send.external_userid} if send.external_userid else {}),
                "userid": task.userid,
                "status": send.status,
            },
            send.send_time,
        )
        for task in tasks
        for send in task.sends
    ]


def _told(attachment: Attachment) -> Attachment:
    """Return an attachment as records tell it: a mini program without its picture."""
    if attachment["msgtype"] != "miniprogram":
        return attachment
    program = dict(attachment["miniprogram"])
    del program["pic_media_id"]
    return {**attachment, "miniprogram": program}


def _with_time(shown: dict[str, Any], send_time: int) -> dict[str, Any]:
    """Return it with the time, which only what was tried has."""
    return {**shown, "send_time": send_time} if send_time else shown
