"""Calendars (日历): of an app, shared with members; schedules lie in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from errors import ArgumentRejected
from wecom.answer import nothing, record, several
from wecom.arguments import at_most_chars, at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed, spelled

SEES_ALL, SEES_BUSY = 1, 3
"""permission: what a member sees of a calendar shared with them."""

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_MOST_ADMINS = 3
_MOST_SHARES = 2000
_MOST_CALENDARS = 1000


@dataclass(frozen=True, kw_only=True)
class Share:
    """A member a calendar is shared with; permission: 1 sees all, 3 only when others are busy."""

    userid: str
    permission: int | None = None


@dataclass(frozen=True, kw_only=True)
class PublicRange:
    """Who finds a public calendar (公开范围)."""

    userids: tuple[str, ...] = ()
    partyids: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewCalendar:
    """A calendar to create, or what one becomes; color: `#RRGGBB`.

    is_public, is_corp_calendar, set_as_default: 1 yes, 0 no. organizer: for apps of before 2021
    alone, whose calendars belong to a member.
    """

    summary: str
    color: str
    description: str = ""
    admins: Sequence[str] = ()
    shares: Sequence[Share] = ()
    is_public: int | None = None
    public_range: PublicRange | None = None
    is_corp_calendar: int | None = None
    set_as_default: int | None = None
    organizer: str = ""

    def __post_init__(self) -> None:
        """Check the documented limits."""
        not_empty(summary=self.summary)
        at_most_chars(128, summary=self.summary)
        at_most_chars(512, description=self.description)
        at_most_items(_MOST_ADMINS, admins=self.admins)
        at_most_items(_MOST_SHARES, shares=self.shares)
        within(0, 1, is_public=self.is_public, is_corp_calendar=self.is_corp_calendar)
        within(0, 1, set_as_default=self.set_as_default)
        if not _COLOR.fullmatch(self.color):
            raise ArgumentRejected("color", "must be #RRGGBB")


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """One calendar (日历详情)."""

    cal_id: str
    organizer: str = ""
    summary: str = ""
    color: str = ""
    description: str = ""
    admins: tuple[str, ...] = ()
    shares: tuple[Share, ...] = ()
    is_public: int = 0
    public_range: PublicRange = field(default_factory=PublicRange)
    is_corp_calendar: int = 0
    set_as_default: int = 0


@dataclass(frozen=True, kw_only=True)
class NotShared:
    """A member the calendar could not be shared with, and why."""

    userid: str = ""
    errcode: int = 0
    errmsg: str = ""


@dataclass(frozen=True, kw_only=True)
class _Failed:
    shares: tuple[NotShared, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Added:
    """A calendar that was created, and with whom it is not shared."""

    cal_id: str
    fail_result: _Failed = field(default_factory=_Failed)

    @property
    def not_shared(self) -> tuple[NotShared, ...]:
        """Who could not be given it."""
        return self.fail_result.shares


@dataclass(frozen=True, kw_only=True)
class _Updated:
    fail_result: _Failed = field(default_factory=_Failed)


ADD = Endpoint("POST", "oa/calendar/add", record(Added), doc=92618)
UPDATE = Endpoint("POST", "oa/calendar/update", record(_Updated), doc=92619)
GET = Endpoint("POST", "oa/calendar/get", several("calendar_list", Calendar), doc=92621)
DEL = Endpoint("POST", "oa/calendar/del", nothing, doc=92620)


def add(api: Client, calendar: NewCalendar, *, agentid: int | None = None) -> Added:
    """Create a calendar (创建日历); agentid: only for the secret of the system app."""
    return api.call(ADD, json={"calendar": spelled(calendar), "agentid": agentid})


def update(
    api: Client, cal_id: str, calendar: NewCalendar, *, skip_public_range: bool | None = None
) -> tuple[NotShared, ...]:
    """Make a calendar what is given (更新日历); returns whom it is not shared with.

    What is left out of `calendar` is emptied. skip_public_range: leave public_range as it is.
    """
    not_empty(cal_id=cal_id)
    fields: dict[str, Any] = spelled(calendar)
    body = {
        "skip_public_range": None if skip_public_range is None else int(skip_public_range),
        "calendar": {"cal_id": cal_id, **fields},
    }
    return api.call(UPDATE, json=body).fail_result.shares


def get(api: Client, cal_id_list: Sequence[str]) -> tuple[Calendar, ...]:
    """Read up to 1000 calendars of the app (获取日历详情)."""
    not_empty(cal_id_list=cal_id_list)
    at_most_items(_MOST_CALENDARS, cal_id_list=cal_id_list)
    return api.call(GET, json={"cal_id_list": listed(cal_id_list)})


def del_(api: Client, cal_id: str) -> None:
    """Remove a calendar of the app (删除日历)."""
    not_empty(cal_id=cal_id)
    api.call(DEL, json={"cal_id": cal_id})
