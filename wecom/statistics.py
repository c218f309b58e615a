"""What members and groups did (客户联系 - 统计管理); whole days of the last 180."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from wecom.answer import record, several
from wecom.arguments import apart, at_least_one, at_most_items, aware, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed, seconds

NEW_GROUPS, GROUPS, NEW_MEMBERS, MEMBERS = 1, 2, 3, 4
"""order_by: what the owners are sorted by."""

_LONGEST_SPAN = timedelta(days=30)
_MOST_NAMED = 100


@dataclass(frozen=True, kw_only=True)
class Behavior:
    """What members did with customers on one day.

    reply_percentage: None when nobody wrote. avg_reply_time: minutes until the first answer.
    """

    stat_time: datetime
    chat_cnt: int = 0
    message_cnt: int = 0
    reply_percentage: float | None = None
    avg_reply_time: int | None = None
    negative_feedback_cnt: int = 0
    new_apply_cnt: int = 0
    new_contact_cnt: int = 0


@dataclass(frozen=True, kw_only=True)
class GroupNumbers:
    """What happened in groups."""

    new_chat_cnt: int = 0
    chat_total: int = 0
    chat_has_msg: int = 0
    new_member_cnt: int = 0
    member_total: int = 0
    member_has_msg: int = 0
    msg_total: int = 0
    migrate_trainee_chat_cnt: int = 0


@dataclass(frozen=True, kw_only=True)
class OwnerStatistic:
    """What happened in the groups of one owner."""

    owner: str
    data: GroupNumbers = field(default_factory=GroupNumbers)


@dataclass(frozen=True, kw_only=True)
class DayStatistic:
    """What happened in the groups of the owners on one day."""

    stat_time: datetime
    data: GroupNumbers = field(default_factory=GroupNumbers)


@dataclass(frozen=True, kw_only=True)
class _OwnerPage:
    total: int = 0
    next_offset: int = 0
    items: tuple[OwnerStatistic, ...] = ()


GET_USER_BEHAVIOR_DATA = Endpoint(
    "POST", "externalcontact/get_user_behavior_data", several("behavior_data", Behavior), doc=92132
)
GROUPCHAT_STATISTIC = Endpoint(
    "POST", "externalcontact/groupchat/statistic", record(_OwnerPage), doc=92133
)
GROUPCHAT_STATISTIC_GROUP_BY_DAY = Endpoint(
    "POST",
    "externalcontact/groupchat/statistic_group_by_day",
    several("items", DayStatistic),
    doc=92133,
)


def get_user_behavior_data(
    api: Client,
    *,
    start_time: datetime,
    end_time: datetime,
    userid: Sequence[str] = (),
    partyid: Sequence[int] = (),
) -> tuple[Behavior, ...]:
    """Read what members did, together, day by day (获取「联系客户统计」数据)."""
    at_least_one(userid=userid, partyid=partyid)
    at_most_items(_MOST_NAMED, userid=userid, partyid=partyid)
    apart(_LONGEST_SPAN, start_time=start_time, end_time=end_time)
    body = {
        "userid": listed(userid),
        "partyid": listed(partyid),
        "start_time": seconds(start_time),
        "end_time": seconds(end_time),
    }
    return api.call(GET_USER_BEHAVIOR_DATA, json=body)


def groupchat_statistic(
    api: Client,
    *,
    owners: Sequence[str],
    day_begin_time: datetime,
    day_end_time: datetime | None = None,
    order_by: int | None = None,
    order_asc: bool | None = None,
    limit: int = 1000,
) -> Iterator[OwnerStatistic]:
    """Yield what happened in the groups of each owner (获取「群聊数据统计」数据 - 按群主聚合).

    day_end_time: the same day when not given. order_by: 1 new groups, 2 groups, 3 new members,
    4 members.
    """
    arguments = _spelled(owners, day_begin_time, day_end_time)
    within(1, 4, order_by=order_by)
    within(1, 1000, limit=limit)
    arguments |= {
        "order_by": order_by,
        "order_asc": None if order_asc is None else int(order_asc),
        "limit": limit,
    }
    return _owners(api, arguments)


def groupchat_statistic_group_by_day(
    api: Client,
    *,
    owners: Sequence[str],
    day_begin_time: datetime,
    day_end_time: datetime | None = None,
) -> tuple[DayStatistic, ...]:
    """Read what happened in the owners' groups (获取「群聊数据统计」数据 - 按自然日聚合)."""
    body = _spelled(owners, day_begin_time, day_end_time)
    return api.call(GROUPCHAT_STATISTIC_GROUP_BY_DAY, json=body)


def _owners(api: Client, arguments: Mapping[str, object]) -> Iterator[OwnerStatistic]:
    offset, total = 0, 1
    while offset < total:
        page = api.call(GROUPCHAT_STATISTIC, json={**arguments, "offset": offset})
        yield from page.items
        if page.next_offset <= offset:
            return
        offset, total = page.next_offset, page.total


def _spelled(
    owners: Sequence[str], day_begin_time: datetime, day_end_time: datetime | None
) -> dict[str, object]:
    not_empty(owners=owners)
    at_most_items(_MOST_NAMED, owners=owners)
    aware(day_begin_time=day_begin_time, day_end_time=day_end_time)
    if day_end_time is not None:
        apart(_LONGEST_SPAN, day_begin_time=day_begin_time, day_end_time=day_end_time)
    return {
        "day_begin_time": seconds(day_begin_time),
        "day_end_time": seconds(day_end_time),
        "owner_filter": {"userid_list": list(owners)},
    }
