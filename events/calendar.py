"""Calendars, schedules and meeting rooms (日历、日程、会议室)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import text


class CalendarEvent(Event):
    """Somebody touched a calendar the app made; userid is who did (日历)."""

    docs = (93651, 97728, 97806, 97771)
    receivers = ("self_built", "provider_developed", "suite")

    cal_id: str = text("CalId", subject=True)


@event("add_calendar", "添加日历")
class CalendarAdded(CalendarEvent):
    """A calendar was added (添加日历)."""


@event("modify_calendar", "修改日历")
class CalendarModified(CalendarEvent):
    """A calendar was modified (修改日历)."""


@event("delete_calendar", "删除日历")
class CalendarDeleted(CalendarEvent):
    """A calendar was deleted (删除日历)."""


class ScheduleEvent(Event):
    """Somebody touched a schedule the app made; userid is who did (日程)."""

    docs = (93651, 97730, 97731, 97732, 97808, 97773)
    receivers = ("self_built", "provider_developed", "suite")

    cal_id: str = text("CalId")
    schedule_id: str = text("ScheduleId", subject=True)


@event("add_schedule", "添加日程")
class ScheduleAdded(ScheduleEvent):
    """A schedule was added (添加日程)."""


@event("modify_schedule", "修改日程")
class ScheduleModified(ScheduleEvent):
    """A schedule was modified (修改日程)."""


@event("delete_schedule", "删除日程")
class ScheduleDeleted(ScheduleEvent):
    """A schedule was deleted (删除日程)."""


@event("respond_schedule", "日程回执", 98111, 98099, 98110)
class ScheduleResponded(ScheduleEvent):
    """A member answered an invitation (日程回执)."""


class MeetingRoomEvent(Event):
    """A meeting room was booked or set free; booking_id is the older meeting_id, too (会议室)."""

    docs = (95333,)
    receivers = ("self_built",)

    meetingroom_id: str = text("MeetingRoomId", subject=True)
    booking_id: str = text("BookingId", "MeetingId")


@event("book_meeting_room", "会议室预定")
class MeetingRoomBooked(MeetingRoomEvent):
    """A meeting room was booked (会议室预定)."""


@event("cancel_meeting_room", "会议室取消")
class MeetingRoomCancelled(MeetingRoomEvent):
    """The booking of a meeting room was cancelled (会议室取消)."""
