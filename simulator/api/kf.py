"""WeChat customer service (微信客服): pulling what customers write, and answering."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.days import MINUTE_SECONDS
from simulator.records import KfAccount, KfItem

chapter = Chapter()

KEPT_SECONDS = 3 * 24 * 3600
SENDS_PER_MESSAGE = 5
ANSWERABLE_SECONDS = 48 * 3600

_MOST_TEXT_BYTES = 2048
_MOST_CURSOR_BYTES = 64
_MOST_TOKEN_BYTES = 128
_MOST_ITEMS = 1000
_CURSOR = re.compile("K([0-9a-f]{1,15})")
_MSGID = re.compile(r"[0-9A-Za-z_-]{0,32}")


@chapter.endpoint("POST", "kf/sync_msg", doc=94670, empty={"msg_list": []})
def sync_msg(call: Call) -> dict[str, object]:
    """Return messages and events after the cursor (读取消息), of three days at most.

    Without the token of a notification few calls are taken.
    """
    cursor = call.optional_text("cursor", most=_MOST_CURSOR_BYTES) or ""
    limit = call.integer("limit", _MOST_ITEMS, low=0, high=_MOST_ITEMS) or _MOST_ITEMS
    call.integer("voice_format", 0, low=0, high=1)
    accounts = _accounts(call)
    _check_token(call, accounts)
    after = _position(cursor)
    kept = [
        item
        for account in accounts
        for item in account.items
        if item.number > after and item.time > call.now - KEPT_SECONDS
    ]
    kept.sort(key=_number)
    page = kept[: min(limit, call.tenant.limits.kf_page_items)]
    return {
        "next_cursor": f"K{page[-1].number:x}" if page else cursor or "K0",
        "has_more": int(len(page) < len(kept)),
        "msg_list": [item.content for item in page],
    }


@chapter.endpoint("POST", "kf/send_msg", doc=94677)
def send_msg(call: Call) -> dict[str, object]:
    """Write to a customer who wrote within 48 hours, five times at most (发送消息)."""
    external_userid = call.text("touser", missing=41035)
    account = call.corp.kf_accounts.get(call.text("open_kfid", missing=95000))
    if account is None or account.app != call.app.name:
        raise CallRefused(95000)
    text, msgid = _message(call)
    visitor = account.visitors.get(external_userid)
    if visitor is None:
        raise CallRefused(40096)
    if visitor.wrote_at is None or call.now - visitor.wrote_at >= ANSWERABLE_SECONDS:
        raise CallRefused(95002)
    if not visitor.sends_left:
        raise CallRefused(95001)
    visitor.sends_left -= 1
    _deliver(call, account.open_kfid, external_userid, text, on_event=False)
    return {"msgid": msgid}


@chapter.endpoint("POST", "kf/send_msg_on_event", doc=95122)
def send_msg_on_event(call: Call) -> dict[str, object]:
    """Answer an event with its code, once and in time (发送欢迎语等事件响应消息)."""
    code = call.corp.kf_codes.get(call.text("code", missing=40029))
    text, msgid = _message(call)
    if code is None or code.used or code.app != call.app.name or call.now > code.expires_at:
        raise CallRefused(40029)
    code.used = True
    visitor = call.corp.kf_accounts[code.open_kfid].visitors[code.external_userid]
    visitor.greeted_at = call.now
    call.note(external_userid=code.external_userid)
    _deliver(
        call,
        code.open_kfid,
        code.external_userid,
        text,
        on_event=True,
        seconds_after_event=round(call.now - code.event_at, 3),
    )
    return {"msgid": msgid}


def _accounts(call: Call) -> list[KfAccount]:
    mine = [each for each in call.corp.kf_accounts.values() if each.app == call.app.name]
    open_kfid = call.optional_text("open_kfid")
    if not open_kfid:
        return mine
    if open_kfid not in {each.open_kfid for each in mine}:
        raise CallRefused(95000)
    return [call.corp.kf_accounts[open_kfid]]


def _check_token(call: Call, accounts: list[KfAccount]) -> None:
    token = call.optional_text("token", most=_MOST_TOKEN_BYTES)
    if not token:
        most = call.tenant.limits.kf_without_token_per_minute
        key = (call.corp.corpid, "kf/sync_msg without token")
        call.tenant.quotas.count(key, call.now, most=most, seconds=MINUTE_SECONDS)
    elif not any(call.now < account.tokens.get(token, 0) for account in accounts):
        raise CallRefused(95007)


def _position(cursor: str) -> int:
    match = _CURSOR.fullmatch(cursor)
    if cursor and match is None:
        raise CallRefused(50100)
    return int(match[1], 16) if match else 0


def _number(item: KfItem) -> int:
    return item.number


def _message(call: Call) -> tuple[str, str]:
    msgid = call.optional_text("msgid") or ""
    if not _MSGID.fullmatch(msgid):
        raise CallRefused(40058)
    if call.text("msgtype", missing=40008) != "text":
        raise CallRefused(40008)
    content: object = call.params.get("text")
    text = content.get("content") if isinstance(content, Mapping) else None
    if not isinstance(text, str) or not text:
        raise CallRefused(44004)
    if len(text.encode("utf-8", "surrogatepass")) > _MOST_TEXT_BYTES:
        raise CallRefused(45002)
    call.note(text=text)
    return text, msgid or secrets.token_urlsafe(20)


def _deliver(call: Call, open_kfid: str, external_userid: str, text: str, **facts: Any) -> None:  # noqa: ANN401 - JSON
    call.tenant.kf_messages.append(
        {
            "open_kfid": open_kfid,
            "external_userid": external_userid,
            "app": call.app.name,
            "text": text,
            "time": call.now,
            **facts,
        }
    )
    call.tenant.count("kf_messages")
