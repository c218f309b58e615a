"""Calendars (效率工具 - 日历)."""

from __future__ import annotations

import re
import secrets
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.office import Entry, Office

chapter = Chapter()

_COLOR = re.compile("#[0-9a-fA-F]{6}")
_SUMMARY_CHARACTERS, _DESCRIPTION_CHARACTERS = 128, 512
_MOST_ADMINS = 3
_MOST_SHARES = 2000
_MOST_IDS = 1000
_SHARE_PERMISSIONS = (1, 3)


@chapter.endpoint("POST", "oa/calendar/add", doc=92618)
def add(call: Call) -> dict[str, object]:
    """Make a calendar of the calling app (创建日历)."""
    content, invalid = _checked(call)
    entry = Entry(id="wc" + secrets.token_urlsafe(24), app=call.app.name, content=content)
    call.corp.of(Office).calendars[entry.id] = entry
    return {"cal_id": entry.id, **_fail_result(invalid)}


@chapter.endpoint("POST", "oa/calendar/update", doc=92619)
def update(call: Call) -> dict[str, object]:
    """Replace all of a calendar of one's own (更新日历), on demand but its public range."""
    entry = own_calendar(call, call.inside("calendar").text("cal_id", missing=90457))
    content, invalid = _checked(call)
    if call.flag("skip_public_range") and "public_range" in entry.content:
        content["public_range"] = entry.content["public_range"]
    entry.content = content
    return _fail_result(invalid)


@chapter.endpoint("POST", "oa/calendar/get", doc=92621, empty={"calendar_list": []})
def get(call: Call) -> dict[str, object]:
    """Return calendars of one's own (获取日历详情)."""
    ids = call.texts("cal_id_list", most=_MOST_IDS)
    if not ids:
        raise CallRefused(90458)
    entries = [own_calendar(call, each) for each in ids]
    return {"calendar_list": [{"cal_id": each.id, **each.content} for each in entries]}


@chapter.endpoint("POST", "oa/calendar/del", doc=92620)
def delete(call: Call) -> dict[str, object]:
    """Delete a calendar of one's own, with its schedules (删除日历)."""
    office = call.corp.of(Office)
    entry = own_calendar(call, call.text("cal_id", missing=90457))
    del office.calendars[entry.id]
    for schedule in list(office.schedules.values()):
        if schedule.content.get("cal_id") == entry.id:
            del office.schedules[schedule.id]
    return {}


def own_calendar(call: Call, cal_id: str) -> Entry:
    """Return a calendar of the calling app. Raises CallRefused."""
    entry = call.corp.of(Office).calendars.get(cal_id)
    if entry is None:
        raise CallRefused(90459)
    if entry.app != call.app.name:
        raise CallRefused(60011)
    return entry


def _checked(call: Call) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return what is kept of a calendar, and the shares with people who are none."""
    calendar = call.inside("calendar")
    calendar.named("summary", most=_SUMMARY_CHARACTERS, wrong=90456)
    if not _COLOR.fullmatch(calendar.text("color", missing=90473)):
        raise CallRefused(90473)
    calendar.optional_text("description", most=_DESCRIPTION_CHARACTERS)
    admins = calendar.texts("admins", most=_MOST_ADMINS)
    if not all(call.corp.sees_userid(call.app, each) for each in admins):
        raise CallRefused(60111)
    shares = calendar.objects("shares", most=_MOST_SHARES)
    invalid = [_share_fault(call, each) for each in shares]
    kept = [each.params for each, fault in zip(shares, invalid, strict=True) if fault is None]
    content = {name: value for name, value in calendar.params.items() if name != "cal_id"}
    return {**content, "shares": kept}, [each for each in invalid if each]


def _share_fault(call: Call, share: Fields) -> dict[str, Any] | None:
    userid = share.text("userid")
    if share.has("permission") and share.params["permission"] not in _SHARE_PERMISSIONS:
        raise CallRefused(40058)
    if call.corp.sees_userid(call.app, userid):
        return None
    return {"errcode": 60111, "errmsg": "userid not found", "userid": userid}


def _fail_result(invalid: list[dict[str, Any]]) -> dict[str, object]:
    return {"fail_result": {"shares": invalid}} if invalid else {}
