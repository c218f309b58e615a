"""Schedules (日程): appointments of members in a calendar of the app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from errors import ArgumentRejected
from wecom.answer import nothing, only, record, several
from wecom.arguments import at_most_chars, at_most_items, aware, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import by_offset
from wecom.spelling import listed, seconds, spelled

DAILY, WEEKLY, MONTHLY, YEARLY, WORKDAYS = 0, 1, 2, 5, 7
"""repeat_type: how often a schedule comes again."""

ALL_OF_THEM, THIS_ONE, FROM_THIS_ON = 0, 1, 2
"""op_mode: which appointments of a repeated schedule a change concerns."""

_MOST_ADMINS = 3
_MOST_ATTENDEES = 1000
_MOST_SCHEDULES = 1000


@dataclass(frozen=True, kw_only=True)
class Reminders:
    """When members are reminded, and when a schedule comes again (提醒与重复).

    is_remind, is_repeat, is_custom_repeat: 1 yes, 0 no. remind_time_diffs: seconds from the start,
    -900 is a quarter of an hour before. repeat_until: seconds since the epoch.
    repeat_type: 0 daily, 1 weekly, 2 monthly, 5 yearly, 7 on workdays. timezone: hours east of UTC.
    """

    is_remind: int | None = None
    remind_before_event_secs: int | None = None
    remind_time_diffs: tuple[int, ...] = ()
    is_repeat: int | None = None
    repeat_type: int | None = None
    repeat_until: int | None = None
    is_custom_repeat: int | None = None
    repeat_interval: int | None = None
    repeat_day_of_week: tuple[int, ...] = ()
    repeat_day_of_month: tuple[int, ...] = ()
    timezone: int | None = None


@dataclass(frozen=True, kw_only=True)
class NewSchedule:
    """A schedule to create, or what one becomes; is_whole_day: 1 yes, 0 no.

    organizer: for apps of before 2021 alone; it can never change.
    """

    start_time: datetime
    end_time: datetime
    summary: str = ""
    description: str = ""
    location: str = ""
    admins: Sequence[str] = ()
    attendees: Sequence[str] = ()
    reminders: Reminders | None = None
    cal_id: str = ""
    is_whole_day: int | None = None
    organizer: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        aware(start_time=self.start_time, end_time=self.end_time)
        if self.end_time < self.start_time:
            raise ArgumentRejected("end_time", "must not be before start_time")
        at_most_chars(128, summary=self.summary, location=self.location)
        at_most_chars(1000, description=self.description)
        at_most_items(_MOST_ADMINS, admins=self.admins)
        at_most_items(_MOST_ATTENDEES, attendees=self.attendees)
        within(0, 1, is_whole_day=self.is_whole_day)


@dataclass(frozen=True, kw_only=True)
class Attendee:
    """A member who was asked to come; response_status: 0 not yet, 1 perhaps, 2 yes, 3 no."""

    userid: str
    response_status: int = 0


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One schedule (日程详情); status: 0 stands, 1 cancelled; sequence: how often it changed."""

    schedule_id: str
    start_time: datetime | None = None
    end_time: datetime | None = None
    summary: str = ""
    description: str = ""
    location: str = ""
    organizer: str = ""
    admins: tuple[str, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    reminders: Reminders | None = None
    cal_id: str = ""
    is_whole_day: int = 0
    status: int = 0
    sequence: int = 0


@dataclass(frozen=True, kw_only=True)
class _Updated:
    schedule_id: str = ""


ADD = Endpoint("POST", "oa/schedule/add", only("schedule_id", str), doc=92622)
UPDATE = Endpoint("POST", "oa/schedule/update", record(_Updated), doc=92623)
GET = Endpoint("POST", "oa/schedule/get", several("schedule_list", Schedule), doc=92624)
DEL = Endpoint("POST", "oa/schedule/del", nothing, doc=92625)
GET_BY_CALENDAR = Endpoint(
    "POST", "oa/schedule/get_by_calendar", several("schedule_list", Schedule), doc=92626
)


def add(api: Client, schedule: NewSchedule, *, agentid: int | None = None) -> str:
    """Create a schedule and return its schedule_id (创建日程)."""
    return api.call(ADD, json={"schedule": _spelled(schedule), "agentid": agentid})


def update(
    api: Client,
    schedule_id: str,
    schedule: NewSchedule,
    *,
    op_mode: int | None = None,
    op_start_time: datetime | None = None,
    skip_attendees: bool | None = None,
) -> str:
    """Make a schedule what is given (更新日程); returns the id of the part that was split off.

    What is left out is emptied. op_mode: of a repeated one 0 all, 1 the one that starts at
    op_start_time, 2 from that on. skip_attendees: leave the attendees as they are.
    """
    not_empty(schedule_id=schedule_id)
    body = {
        **_operation(op_mode, op_start_time),
        "skip_attendees": None if skip_attendees is None else int(skip_attendees),
        "schedule": {"schedule_id": schedule_id, **_spelled(schedule)},
    }
    return api.call(UPDATE, json=body).schedule_id


def get(api: Client, schedule_id_list: Sequence[str]) -> tuple[Schedule, ...]:
    """Read up to 1000 schedules of the app (获取日程详情)."""
    not_empty(schedule_id_list=schedule_id_list)
    at_most_items(_MOST_SCHEDULES, schedule_id_list=schedule_id_list)
    return api.call(GET, json={"schedule_id_list": listed(schedule_id_list)})


def del_(
    api: Client,
    schedule_id: str,
    *,
    op_mode: int | None = None,
    op_start_time: datetime | None = None,
) -> None:
    """Cancel a schedule (取消日程); op_mode and op_start_time: as in `update`."""
    not_empty(schedule_id=schedule_id)
    api.call(DEL, json={"schedule_id": schedule_id, **_operation(op_mode, op_start_time)})


def get_by_calendar(api: Client, cal_id: str, *, limit: int = 500) -> Iterator[Schedule]:
    """Yield the schedules in a calendar (获取日历下的日程列表)."""
    not_empty(cal_id=cal_id)
    within(1, 1000, limit=limit)
    return by_offset(
        api,
        GET_BY_CALENDAR,
        {"cal_id": cal_id},
        limit=limit,
    )


def _spelled(schedule: NewSchedule) -> dict[str, Any]:
    fields: dict[str, Any] = spelled(schedule)
    if schedule.attendees:
        fields["attendees"] = [{"userid": userid} for userid in schedule.attendees]
    start_time, end_time = seconds(schedule.start_time), seconds(schedule.end_time)
    return {**fields, "start_time": start_time, "end_time": end_time}


def _operation(op_mode: int | None, op_start_time: datetime | None) -> Mapping[str, object]:
    within(ALL_OF_THEM, FROM_THIS_ON, op_mode=op_mode)
    aware(op_start_time=op_start_time)
    if op_mode and op_start_time is None:
        raise ArgumentRejected("op_start_time", "must be given with op_mode 1 or 2")
    return {"op_mode": op_mode, "op_start_time": seconds(op_start_time)}
