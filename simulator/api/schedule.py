"""Schedules (效率工具 - 日程)."""

from __future__ import annotations

import secrets
from typing import Any

from errors import CallRefused
from simulator.api.calendar import own_calendar
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.office import Entry, Office

chapter = Chapter()

_LATEST = 2**33
_MOST_ATTENDEES = 1000
_MOST_ADMINS = 3
_MOST_IDS = 1000
_SUMMARY_CHARACTERS, _DESCRIPTION_CHARACTERS, _LOCATION_CHARACTERS = 128, 1000, 128
_REPEAT_TYPES = frozenset({0, 1, 2, 5, 7})
_ALL, _ONE, _FROM_HERE = 0, 1, 2


@chapter.endpoint("POST", "oa/schedule/add", doc=92622)
def add(call: Call) -> dict[str, object]:
    """Make a schedule of the calling app (创建日程)."""
    content = _checked(call)
    entry = Entry(id=_new_id(), app=call.app.name, content=content)
    call.corp.of(Office).schedules[entry.id] = entry
    return {"schedule_id": entry.id}


@chapter.endpoint("POST", "oa/schedule/update", doc=92623)
def update(call: Call) -> dict[str, object]:
    """Replace a schedule; of a repeated one, all, one day, or from one day on (更新日程)."""
    schedule = call.inside("schedule")
    entry = _own(call, schedule.text("schedule_id", missing=90461))
    content = _checked(call)
    organizer = entry.content.get("organizer")
    if schedule.has("organizer") and organizer and schedule.params["organizer"] != organizer:
        raise CallRefused(90463)
    content["organizer"] = organizer or content.get("organizer", "")
    if call.flag("skip_attendees"):
        content["attendees"] = entry.content.get("attendees", [])
    if _mode(call) == _ALL:
        entry.content = content
        return {}
    split = Entry(id=_new_id(), app=entry.app, content=content)
    call.corp.of(Office).schedules[split.id] = split
    return {"schedule_id": split.id}


@chapter.endpoint("POST", "oa/schedule/get", doc=92624, empty={"schedule_list": []})
def get(call: Call) -> dict[str, object]:
    """Return schedules of one's own (获取日程详情)."""
    ids = call.texts("schedule_id_list", most=_MOST_IDS, too_many=90462)
    if not ids:
        raise CallRefused(90461)
    return {"schedule_list": [_shown(_own(call, each)) for each in ids]}


@chapter.endpoint("POST", "oa/schedule/del", doc=92625)
def delete(call: Call) -> dict[str, object]:
    """Delete a schedule of one's own (取消日程)."""
    entry = _own(call, call.text("schedule_id", missing=90461))
    if _mode(call) == _ALL:
        del call.corp.of(Office).schedules[entry.id]
    return {}


@chapter.endpoint("POST", "oa/schedule/get_by_calendar", doc=92626, empty={"schedule_list": []})
def get_by_calendar(call: Call) -> dict[str, object]:
    """Return the schedules of a calendar of one's own (获取日历下的日程列表)."""
    calendar = own_calendar(call, call.text("cal_id", missing=90457))
    offset = _number(call, "offset", 0, low=0, high=_LATEST, refused=90469)
    limit = _number(call, "limit", 500, low=1, high=_MOST_IDS, refused=90470)
    found = [
        each
        for each in call.corp.of(Office).schedules.values()
        if each.content.get("cal_id") == calendar.id
    ]
    return {"schedule_list": [_shown(each) for each in found[offset : offset + limit]]}


def _own(call: Call, schedule_id: str) -> Entry:
    entry = call.corp.of(Office).schedules.get(schedule_id)
    if entry is None:
        raise CallRefused(90460)
    if entry.app != call.app.name:
        raise CallRefused(60011)
    return entry


def _new_id() -> str:
    return secrets.token_hex(16)


def _mode(call: Call) -> int:
    mode = call.integer("op_mode", _ALL, low=_ALL, high=_FROM_HERE)
    if mode in (_ONE, _FROM_HERE):
        call.integer("op_start_time", low=1, high=_LATEST)
    return mode


def _checked(call: Call) -> dict[str, Any]:
    schedule = call.inside("schedule")
    start = _number(schedule, "start_time", None, low=1, high=_LATEST, refused=90464)
    end = _number(schedule, "end_time", None, low=1, high=_LATEST, refused=90465)
    if end < start:
        raise CallRefused(90465)
    schedule.optional_text("summary", most=_SUMMARY_CHARACTERS)
    schedule.optional_text("description", most=_DESCRIPTION_CHARACTERS)
    schedule.optional_text("location", most=_LOCATION_CHARACTERS)
    organizer = schedule.optional_text("organizer")
    if organizer:
        call.member(organizer)
    for admin in schedule.texts("admins", most=_MOST_ADMINS):
        call.member(admin)
    for attendee in schedule.objects("attendees", most=_MOST_ATTENDEES, too_many=90467):
        call.member(attendee.text("userid", missing=90467))
    _check_reminders(schedule.inside("reminders"))
    if schedule.optional_text("cal_id"):
        own_calendar(call, schedule.params["cal_id"])
    return {name: value for name, value in schedule.params.items() if name != "schedule_id"}


def _check_reminders(reminders: Fields) -> None:
    for name in ("is_remind", "is_repeat", "is_custom_repeat"):
        _number(reminders, name, 0, low=0, high=1, refused=90471)
    if _number(reminders, "repeat_type", 0, low=0, high=7, refused=90480) not in _REPEAT_TYPES:
        raise CallRefused(90480)


def _number(
    fields: Fields, name: str, default: int | None, *, low: int, high: int, refused: int
) -> int:
    try:
        return fields.integer(name, default, low=low, high=high)
    except CallRefused as error:
        raise CallRefused(refused) from error


def _shown(entry: Entry) -> dict[str, Any]:
    return {"schedule_id": entry.id, **entry.content, "status": 0}
