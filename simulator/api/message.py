"""App messages to members (消息推送 - 发送应用消息)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from errors import CallRefused
from simulator.api.agent import own_agent
from simulator.api.endpoint import Call, Chapter
from simulator.api.message_content import APP_KINDS, content_of
from simulator.api.message_receivers import MOST_LISTED, MOST_USERS, Receivers
from simulator.api.template_card import INTERACTIVE, check_card
from simulator.days import HOUR_SECONDS, MINUTE_SECONDS, day_of
from simulator.messages import RECALL_SECONDS, AppMessage, Messages
from simulator.quotas import Recent
from simulator.records import Member

chapter = Chapter(needs="message")

_PER_MEMBER = (30, MINUTE_SECONDS), (1000, HOUR_SECONDS)
_MOST_DUPLICATE_SECONDS = 4 * 3600


@chapter.endpoint("POST", "message/send", doc=90236)
def send(call: Call) -> dict[str, object]:
    """Send a message of the app to members (发送应用消息).

    Partly invalid receivers are told, not refused; what is over 30 a minute or 1000 an hour for one
    member, or a duplicate where the check was asked for, is dropped without a word.
    """
    own_agent(call, call.params.get("agentid"))
    members, invalid = _receivers(call)
    msgtype, content = content_of(call, APP_KINDS)
    msgid = secrets.token_urlsafe(32)
    if not _duplicate(call, msgtype, content):
        deliver(call, members, msgtype, content, msgid)
    answer = {**invalid, "unlicenseduser": "", "msgid": msgid}
    if msgtype == "template_card" and content["card_type"] in INTERACTIVE:
        codes = call.corp.of(Messages)
        answer["response_code"] = codes.issue_code(call.app.name, msgid, call.now)
    return answer


@chapter.endpoint("POST", "message/recall", doc=94867)
def recall(call: Call) -> dict[str, object]:
    """Take a message back within 24 hours (撤回应用消息)."""
    message = call.corp.of(Messages).by_id.get(call.text("msgid"))
    if message is None or message.app != call.app.name:
        raise CallRefused(40058)
    if call.now - message.sent_at > RECALL_SECONDS:
        raise CallRefused(42052)
    message.recalled = message.seen["recalled"] = True
    return {}


@chapter.endpoint("POST", "message/update_template_card", doc=94888, empty={"invaliduser": []})
def update_template_card(call: Call) -> dict[str, object]:
    """Change a card once, with the code of its answer or of its event (更新模版卡片消息)."""
    own_agent(call, call.params.get("agentid"))
    codes = call.corp.of(Messages)
    code = codes.response_codes.get(call.text("response_code", missing=60140))
    if code is None or code.used or call.now >= code.expires_at:
        raise CallRefused(60140)
    if code.app != call.app.name:
        raise CallRefused(42015)
    invalid = _updated_members(call)
    change = _card_change(call)
    code.used = True
    message = codes.by_id.get(code.msgid)
    if message is not None:
        message.seen["content"] = {**message.seen["content"], **change}
    return {"invaliduser": invalid}


@chapter.endpoint("POST", "message/update_taskcard", doc=91579, empty={"invaliduser": []})
def update_taskcard(call: Call) -> dict[str, object]:
    """Show that a button of an old task card was pressed (更新任务卡片消息状态)."""
    own_agent(call, call.params.get("agentid"))
    users = call.texts("userids", most=MOST_USERS, too_many=40032)
    if not users:
        raise CallRefused(82001)
    message = call.corp.of(Messages).task(call.app.name, call.text("task_id", missing=42014))
    if message is None:
        raise CallRefused(42016)
    key, name = call.optional_text("clicked_key"), call.optional_text("replace_name")
    if not key and not name:
        raise CallRefused(42019)
    buttons = message.seen["content"].get("btn", [])
    if key and key not in [each.get("key") for each in buttons]:
        raise CallRefused(42017)
    message.seen["content"] = {**message.seen["content"], "replace_name": name or key}
    return {"invaliduser": [each for each in users if each not in message.seen["userids"]]}


@chapter.endpoint("POST", "message/get_statistics", doc=92369, empty={"statistics": []})
def get_statistics(call: Call) -> dict[str, object]:
    """Return how many messages each app sent today or yesterday (查询应用消息发送统计)."""
    day = day_of(call.now) - call.integer("time_type", 0, low=0, high=1)
    sent = call.corp.of(Messages).sent
    return {
        "statistics": [
            {"agentid": app.agentid, "app_name": app.name, "count": sent[day, app.name]}
            for app in call.corp.apps.values()
            if sent[day, app.name]
        ]
    }


def deliver(
    call: Call, members: list[Member], msgtype: str, content: Mapping[str, Any], msgid: str
) -> None:
    """Let members see a message, but no more than 30 a minute and 1000 an hour."""
    recent = call.corp.of(Recent)
    reached = [
        member.userid
        for member in members
        if recent.take(("message", call.app.name, member.userid), call.now, *_PER_MEMBER)
    ]
    if not reached:
        return
    call.note(userid=reached[0], text=str(content.get("content", "")))
    seen = {
        "app": call.app.name,
        "userids": reached,
        "msgtype": msgtype,
        "content": content,
        "msgid": msgid,
        "time": call.now,
        "recalled": False,
    }
    messages = call.corp.of(Messages)
    messages.keep(AppMessage(msgid=msgid, app=call.app.name, sent_at=call.now, seen=seen))
    messages.sent[day_of(call.now), call.app.name] += len(reached)
    call.tenant.messages.append(seen)
    call.tenant.count("messages")


def _receivers(call: Call) -> tuple[list[Member], dict[str, object]]:
    users = _listed(call, "touser", MOST_USERS, 40032)
    parties = _listed(call, "toparty", MOST_LISTED, 82002)
    tags = _listed(call, "totag", MOST_LISTED, 82003)
    if not (users or parties or tags):
        raise CallRefused(82001)
    if users == ["@all"]:
        visible = [each for each in call.corp.members.values() if call.corp.sees(call.app, each)]
        return visible, {"invaliduser": "", "invalidparty": "", "invalidtag": ""}
    found = Receivers(call, users, parties, tags)
    return found.chosen(), {
        "invaliduser": "|".join(found.no_users).lower(),
        "invalidparty": "|".join(found.no_parties),
        "invalidtag": "|".join(found.no_tags),
    }


def _listed(call: Call, name: str, most: int, too_many: int) -> list[str]:
    listed = [each for each in (call.optional_text(name) or "").split("|") if each]
    if len(listed) > most:
        raise CallRefused(too_many)
    return listed


def _duplicate(call: Call, msgtype: str, content: Mapping[str, Any]) -> bool:
    """Return whether the same message went out inside the interval that was asked for."""
    if not call.flag("enable_duplicate_check"):
        return False
    seconds = call.integer("duplicate_check_interval", 1800, low=0, high=_MOST_DUPLICATE_SECONDS)
    receivers = [call.params.get(name) for name in ("touser", "toparty", "totag")]
    key = json.dumps([call.app.name, receivers, msgtype, content], sort_keys=True)
    sent_at = call.corp.messages_sent.get(key)
    if sent_at is not None and call.now - sent_at < seconds:
        return True
    call.corp.remember_message(key, call.now)
    return False


def _updated_members(call: Call) -> list[str]:
    """Return the members named in vain; atall: every receiver of the card."""
    users = call.texts("userids", most=MOST_USERS, too_many=40032)
    parties = call.numbers("partyids", most=MOST_LISTED, too_many=82002)
    tags = call.numbers("tagids", most=MOST_LISTED, too_many=82003)
    if call.flag("atall"):
        return []
    if not (users or parties or tags):
        raise CallRefused(82001)
    found = Receivers(call, users, map(str, parties), map(str, tags))
    found.chosen()
    return found.no_users


def _card_change(call: Call) -> Mapping[str, Any]:
    card = call.inside("template_card")
    if card.params:
        check_card(card)
        return card.params
    return {"replace_name": call.inside("button").text("replace_name")}
