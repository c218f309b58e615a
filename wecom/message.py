"""App messages to members (发送应用消息, doc 90236), taking them back, and changing cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from errors import ArgumentRejected
from wecom.agent import own_agentid
from wecom.answer import nothing, record, several
from wecom.arguments import (
    at_least_one,
    at_most_bytes,
    at_most_items,
    exactly_one,
    not_empty,
    within,
)
from wecom.bodies import (
    Article,
    Body,
    File,
    Image,
    Markdown,
    MiniprogramNotice,
    MpArticle,
    MpNews,
    News,
    NoticeItem,
    TaskButton,
    TaskCard,
    Text,
    TextCard,
    Video,
    Voice,
    check_task_id,
)
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed, spelled
from wecom.template_card import Card

__all__ = [
    "EVERYBODY",
    "GET_STATISTICS",
    "LONGEST_DUPLICATE_CHECK_SECONDS",
    "RECALL",
    "SEND",
    "UPDATE_TASKCARD",
    "UPDATE_TEMPLATE_CARD",
    "AppCount",
    "Article",
    "Body",
    "File",
    "Image",
    "Markdown",
    "MiniprogramNotice",
    "MpArticle",
    "MpNews",
    "News",
    "NoticeItem",
    "Sent",
    "TaskButton",
    "TaskCard",
    "Text",
    "TextCard",
    "Video",
    "Voice",
    "get_statistics",
    "recall",
    "send",
    "update_taskcard",
    "update_template_card",
    "written",
]

EVERYBODY = ("@all",)
"""As `touser`: every member in the app's visible range."""

_MOST_USERS = 1000
_MOST_LISTED = 100
LONGEST_DUPLICATE_CHECK_SECONDS = 14_400


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What became of a message; receivers that cannot get it are not an error.

    response_code: with it a template card can be changed, once, for 72 hours.
    """

    msgid: str = ""
    invaliduser: str = ""
    invalidparty: str = ""
    invalidtag: str = ""
    unlicenseduser: str = ""
    response_code: str = ""


@dataclass(frozen=True, kw_only=True)
class AppCount:
    """How many messages one app sent."""

    agentid: int
    app_name: str = ""
    count: int = 0


SEND = Endpoint("POST", "message/send", record(Sent), doc=90236)
RECALL = Endpoint("POST", "message/recall", nothing, doc=94867)
UPDATE_TEMPLATE_CARD = Endpoint(
    "POST", "message/update_template_card", several("invaliduser", str), doc=94888
)
UPDATE_TASKCARD = Endpoint(
    "POST", "message/update_taskcard", several("invaliduser", str), doc=91579
)
GET_STATISTICS = Endpoint(
    "POST", "message/get_statistics", several("statistics", AppCount), doc=92369
)


def send(
    api: Client,
    body: Body,
    *,
    touser: Sequence[str] = (),
    toparty: Sequence[str] = (),
    totag: Sequence[str] = (),
    agentid: int | None = None,
    safe: int = 0,
    enable_id_trans: bool = False,
    duplicate_check_seconds: int = 0,
) -> Sent:
    """Send an app message to members, departments or tags (发送应用消息).

    agentid: the client's own when not given. duplicate_check_seconds: within this time the
    platform delivers an identical message only once; use it where a send may be repeated.
    """
    at_least_one(touser=touser, toparty=toparty, totag=totag)
    at_most_items(_MOST_USERS, touser=touser)
    at_most_items(_MOST_LISTED, toparty=toparty, totag=totag)
    if isinstance(body, MiniprogramNotice) and EVERYBODY[0] in touser:
        raise ArgumentRejected("touser", "a mini program's notice cannot go to @all")
    within(0, LONGEST_DUPLICATE_CHECK_SECONDS, duplicate_check_seconds=duplicate_check_seconds)
    content = written(body, safe=safe)
    return api.call(
        SEND,
        json={
            "touser": "|".join(touser) or None,
            "toparty": "|".join(toparty) or None,
            "totag": "|".join(totag) or None,
            "agentid": own_agentid(api, agentid),
            **content,
            "enable_id_trans": 1 if enable_id_trans else None,
            "enable_duplicate_check": 1 if duplicate_check_seconds else None,
            "duplicate_check_interval": duplicate_check_seconds or None,
        },
    )


def recall(api: Client, msgid: str) -> None:
    """Take a message back (撤回应用消息), within 24 hours and by the app that sent it."""
    not_empty(msgid=msgid)
    api.call(RECALL, json={"msgid": msgid})


def update_template_card(
    api: Client,
    response_code: str,
    *,
    replace_name: str = "",
    template_card: Card | None = None,
    userids: Sequence[str] = (),
    partyids: Sequence[int] = (),
    tagids: Sequence[int] = (),
    atall: bool = False,
    agentid: int | None = None,
    enable_id_trans: bool = False,
) -> tuple[str, ...]:
    """Change a card that was sent (更新模版卡片消息) and return who could not be reached.

    replace_name: what the button says from now on; or template_card: the whole new card.
    response_code: of the event or of the send; good once, for 72 hours.
    """
    not_empty(response_code=response_code)
    exactly_one(replace_name=replace_name, template_card=template_card)
    at_most_items(_MOST_USERS, userids=userids)
    at_most_items(_MOST_LISTED, partyids=partyids, tagids=tagids)
    body = {
        "userids": listed(userids),
        "partyids": listed(partyids),
        "tagids": listed(tagids),
        "atall": 1 if atall else None,
        "agentid": own_agentid(api, agentid),
        "response_code": response_code,
        "enable_id_trans": 1 if enable_id_trans else None,
        "button": {"replace_name": replace_name} if replace_name else None,
        "template_card": spelled(template_card),
    }
    return api.call(UPDATE_TEMPLATE_CARD, json=body)


def update_taskcard(
    api: Client,
    task_id: str,
    userids: Sequence[str],
    *,
    replace_name: str = "",
    clicked_key: str = "",
    agentid: int | None = None,
) -> tuple[str, ...]:
    """Change the buttons of a task card (更新任务卡片消息状态) and return who was not reached; old.

    replace_name: what the pressed button says from now on. clicked_key: which button counts as
    pressed, for cards that told its replace_name when they were sent.
    """
    check_task_id(task_id)
    not_empty(userids=userids)
    at_most_items(_MOST_USERS, userids=userids)
    exactly_one(replace_name=replace_name, clicked_key=clicked_key)
    at_most_bytes(128, clicked_key=clicked_key)
    body = {
        "userids": list(userids),
        "agentid": own_agentid(api, agentid),
        "task_id": task_id,
        "replace_name": replace_name or None,
        "clicked_key": clicked_key or None,
    }
    return api.call(UPDATE_TASKCARD, json=body)


def get_statistics(api: Client, *, time_type: int | None = None) -> tuple[AppCount, ...]:
    """Count the messages each app sent (查询应用消息发送统计); time_type: 0 today, 1 yesterday."""
    within(0, 1, time_type=time_type)
    return api.call(GET_STATISTICS, json={"time_type": time_type})


def written(body: Body, *, safe: int = 0) -> dict[str, object]:
    """Return the fields a body takes up in a message of any kind."""
    within(0, body.most_safe, safe=safe)
    return {"msgtype": body.msgtype, body.msgtype: spelled(body), "safe": safe or None}
