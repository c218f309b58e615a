"""Check-ins (打卡): records of members, and the rules they check in by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wecom.answer import several
from wecom.arguments import apart, at_most_items, aware, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import seconds

AT_WORK, OUTSIDE, EVERY = 1, 2, 3
"""opencheckindatatype: check-ins at work, outside, or both."""

_LONGEST_SPAN = timedelta(days=30)
_MOST_MEMBERS = 100


@dataclass(frozen=True, kw_only=True)
class CheckIn:
    """One check-in (打卡记录); exception_type: empty when all is well.

    lat, lng: in millionths of a degree. sch_checkin_time: when it was due.
    """

    userid: str
    groupname: str = ""
    checkin_type: str = ""
    exception_type: str = ""
    checkin_time: datetime | None = None
    location_title: str = ""
    location_detail: str = ""
    wifiname: str = ""
    notes: str = ""
    wifimac: str = ""
    mediaids: tuple[str, ...] = ()
    lat: int | None = None
    lng: int | None = None
    deviceid: str = ""
    sch_checkin_time: datetime | None = None
    groupid: int | None = None
    schedule_id: int | None = None
    timeline_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CheckInOption:
    """The rule a member checks in by on a day (打卡规则); group: as it comes."""

    userid: str
    group: Mapping[str, Any] = field(default_factory=dict)


GETCHECKINDATA = Endpoint(
    "POST", "checkin/getcheckindata", several("checkindata", CheckIn), doc=90262
)
GETCHECKINOPTION = Endpoint(
    "POST", "checkin/getcheckinoption", several("info", CheckInOption), doc=90263
)


def getcheckindata(
    api: Client,
    useridlist: Sequence[str],
    *,
    starttime: datetime,
    endtime: datetime,
    opencheckindatatype: int = EVERY,
) -> tuple[CheckIn, ...]:
    """Read the check-ins of up to 100 members in up to 30 days (获取打卡记录数据).

    opencheckindatatype: 1 at work, 2 outside, 3 both.
    """
    not_empty(useridlist=useridlist)
    at_most_items(_MOST_MEMBERS, useridlist=useridlist)
    apart(_LONGEST_SPAN, starttime=starttime, endtime=endtime)
    within(AT_WORK, EVERY, opencheckindatatype=opencheckindatatype)
    body = {
        "opencheckindatatype": opencheckindatatype,
        "starttime": seconds(starttime),
        "endtime": seconds(endtime),
        "useridlist": list(useridlist),
    }
    return api.call(GETCHECKINDATA, json=body)


def getcheckinoption(
    api: Client, useridlist: Sequence[str], *, day: datetime
) -> tuple[CheckInOption, ...]:
    """Read the rules up to 100 members check in by (获取员工打卡规则).

    day: the first moment of the day in the corp's time zone.
    """
    not_empty(useridlist=useridlist)
    at_most_items(_MOST_MEMBERS, useridlist=useridlist)
    aware(day=day)
    body = {"datetime": seconds(day), "useridlist": list(useridlist)}
    return api.call(GETCHECKINOPTION, json=body)
