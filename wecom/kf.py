"""WeChat customer service (微信客服): what customers wrote, and answering them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from errors import ArgumentRejected
from wecom.answer import FieldMissing, record
from wecom.arguments import at_most_bytes, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint

LONGEST_TEXT_BYTES = 2048
INVALID_MSG_TOKEN = 95007

_CURSOR = re.compile(r"[\x21-\x7e]{0,255}")
_MSGID = re.compile(r"[0-9A-Za-z_-]{0,32}")


@dataclass(frozen=True, kw_only=True)
class KfPage:
    """Some messages and events of customers, as WeCom writes them.

    next_cursor: where the next pull goes on, also after the last page. An empty page is not the
    last one while has_more says so.
    """

    next_cursor: str
    has_more: bool
    msg_list: tuple[Any, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class KfSent:
    """A message on its way."""

    msgid: str = ""


def _page(answer: Mapping[str, Any]) -> KfPage:
    cursor, items = answer.get("next_cursor") or "", answer.get("msg_list") or []
    if not isinstance(cursor, str) or not _CURSOR.fullmatch(cursor):
        raise FieldMissing("next_cursor")
    if not isinstance(items, list):
        raise FieldMissing("msg_list")
    return KfPage(
        next_cursor=cursor, has_more=answer.get("has_more") in (1, "1", True), msg_list=tuple(items)
    )


SYNC_MSG = Endpoint("POST", "kf/sync_msg", _page, doc=94670)
SEND_MSG = Endpoint("POST", "kf/send_msg", record(KfSent), doc=94677)
SEND_MSG_ON_EVENT = Endpoint("POST", "kf/send_msg_on_event", record(KfSent), doc=95122)


def sync_msg(
    api: Client, open_kfid: str = "", *, cursor: str = "", token: str = "", limit: int = 1000
) -> Iterator[KfPage]:
    """Pull what came since the cursor, page by page (读取消息); without one, of three days.

    token: of the notification, good for ten minutes; without it the calls are few that WeCom takes.
    open_kfid: the account; without one, all accounts of the app.
    """
    at_most_bytes(128, token=token)
    within(1, 1000, limit=limit)
    seen = {cursor}
    while True:
        page = api.call(
            SYNC_MSG,
            json={
                "cursor": cursor or None,
                "token": token or None,
                "open_kfid": open_kfid or None,
                "limit": limit,
            },
        )
        yield page
        cursor = page.next_cursor
        if not page.has_more or cursor in seen or not cursor:
            return
        seen.add(cursor)


def send_msg(api: Client, touser: str, open_kfid: str, *, text: str, msgid: str = "") -> KfSent:
    """Write to a customer (发送消息): five texts at most, within 48 hours of what they wrote."""
    not_empty(touser=touser, open_kfid=open_kfid, text=text)
    at_most_bytes(LONGEST_TEXT_BYTES, text=text)
    return api.call(
        SEND_MSG,
        json={
            "touser": touser,
            "open_kfid": open_kfid,
            "msgid": _checked(msgid),
            "msgtype": "text",
            "text": {"content": text},
        },
    )


def send_msg_on_event(api: Client, code: str, *, text: str, msgid: str = "") -> KfSent:
    """Answer an event with the code it brought (发送欢迎语等事件响应消息); the code works once.

    A welcome_code lives 20 seconds, a msg_code 20 seconds or 48 hours.
    """
    not_empty(code=code, text=text)
    at_most_bytes(LONGEST_TEXT_BYTES, text=text)
    return api.call(
        SEND_MSG_ON_EVENT,
        json={
            "code": code,
            "msgid": _checked(msgid),
            "msgtype": "text",
            "text": {"content": text},
        },
    )


def _checked(msgid: str) -> str | None:
    if not _MSGID.fullmatch(msgid):
        raise ArgumentRejected("msgid", "at most 32 of letters, digits, _ and -")
    return msgid or None
