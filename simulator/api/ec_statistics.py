"""What members and groups did, day by day (客户联系 - 统计管理, doc 92132, 92133)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from errors import CallRefused
from simulator.activity import Activity, MemberDay
from simulator.api.days import check_days
from simulator.api.endpoint import Call, Chapter
from simulator.api.ranges import check_departments, members_of
from simulator.days import MINUTE_SECONDS, beginning, day_of
from simulator.records import ChatView, GroupChat

chapter = Chapter(needs="customer_contact")

_MOST_NAMED = 100
_SPAN_DAYS = 30
_ORDERS = ("new_chat_cnt", "chat_total", "new_member_cnt", "member_total")
_MOST_OFFSET = 2**31
_HUNDRED = 100


@chapter.endpoint(
    "POST", "externalcontact/get_user_behavior_data", doc=92132, empty={"behavior_data": []}
)
def get_user_behavior_data(call: Call) -> dict[str, object]:
    """Return what members did, together, day by day (获取「联系客户统计」数据)."""
    users = call.texts("userid", most=_MOST_NAMED)
    parties = call.numbers("partyid", most=_MOST_NAMED)
    if not users and not parties:
        raise CallRefused(40058)
    days = check_days(call, "start_time", "end_time", most_days=_SPAN_DAYS)
    for userid in users:
        call.member(userid)
    check_departments(call, parties)
    members = members_of(call.corp, users, parties)
    activity = call.corp.of(Activity)
    empty = MemberDay()
    return {
        "behavior_data": [
            _behavior(day, [activity.members.get((day, each), empty) for each in members])
            for day in days
        ]
    }


@chapter.endpoint("POST", "externalcontact/groupchat/statistic", doc=92133, empty={"items": []})
def groupchat_statistic(call: Call) -> dict[str, object]:
    """Return what happened in the groups of each owner (获取「群聊数据统计」数据 - 按群主聚合)."""
    owners, days = _asked(call)
    order = _ORDERS[call.integer("order_by", 1, low=1, high=len(_ORDERS)) - 1]
    ascending = call.switch("order_asc", default=False)
    offset = call.integer("offset", 0, low=0, high=_MOST_OFFSET)
    limit = call.integer("limit", 500, low=1, high=1000)
    of_owners = [(owner, _data(call, {owner}, days)) for owner in owners]
    of_owners.sort(key=lambda each: each[1][order], reverse=not ascending)
    page = [{"owner": owner, "data": data} for owner, data in of_owners[offset : offset + limit]]
    return {"total": len(of_owners), "next_offset": offset + len(page), "items": page}


@chapter.endpoint(
    "POST", "externalcontact/groupchat/statistic_group_by_day", doc=92133, empty={"items": []}
)
def groupchat_statistic_group_by_day(call: Call) -> dict[str, object]:
    """Return what happened in the owners' groups (获取「群聊数据统计」数据 - 按自然日聚合)."""
    owners, days = _asked(call)
    return {
        "items": [
            {
                "stat_time": beginning(day),
                "data": _data(call, set(owners), range(day, day + 1)),
            }
            for day in days
        ]
    }


def _behavior(day: int, of_members: list[MemberDay]) -> dict[str, Any]:
    asked = sum(len(each.asked) for each in of_members)
    answered = [seconds for each in of_members for seconds in each.answered.values()]
    behavior: dict[str, Any] = {
        "stat_time": beginning(day),
        "chat_cnt": sum(len(each.chats) for each in of_members),
        "message_cnt": sum(each.messages for each in of_members),
        "negative_feedback_cnt": sum(each.negative_feedback for each in of_members),
        "new_apply_cnt": sum(each.new_apply for each in of_members),
        "new_contact_cnt": sum(each.new_contact for each in of_members),
    }
    if asked:
        behavior["reply_percentage"] = round(len(answered) * _HUNDRED / asked, 2)
    if answered:
        behavior["avg_reply_time"] = int(sum(answered) / len(answered) / MINUTE_SECONDS)
    return behavior


def _asked(call: Call) -> tuple[list[str], range]:
    owners = call.inside("owner_filter").texts("userid_list", most=_MOST_NAMED)
    if not owners:
        raise CallRefused(40058)
    days = check_days(
        call, "day_begin_time", "day_end_time", most_days=_SPAN_DAYS, end_optional=True
    )
    for userid in owners:
        call.member(userid)
    return list(dict.fromkeys(owners)), days


def _data(call: Call, owners: Iterable[str], days: range) -> dict[str, int]:
    activity = call.corp.of(Activity)
    chats = [
        chat
        for chat in call.corp.group_chats.values()
        if chat.current.owner in owners and day_of(chat.create_time) <= days[-1]
    ]
    views = [(chat, _at_the_end(chat, days[-1])) for chat in chats if not chat.dismissed]
    writers = {
        (chat.chat_id, who)
        for chat in chats
        for day in days
        for who in activity.group_writers.get((day, chat.chat_id), ())
    }
    return {
        "new_chat_cnt": sum(day_of(chat.create_time) in days for chat in chats),
        "chat_total": len(views),
        "chat_has_msg": len({chat_id for chat_id, _ in writers}),
        "new_member_cnt": sum(
            day_of(member.join_time) in days for _, view in views for member in view.members
        ),
        "member_total": sum(len(view.members) for _, view in views),
        "member_has_msg": len(writers),
        "msg_total": sum(
            activity.group_messages[day, chat.chat_id] for chat in chats for day in days
        ),
        "migrate_trainee_chat_cnt": 0,
    }


def _at_the_end(chat: GroupChat, day: int) -> ChatView:
    seen = [view for view in chat.views if day_of(view.since) <= day]
    return seen[-1] if seen else chat.views[0]
