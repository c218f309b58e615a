"""Calls that the corp pays (公费电话), with the secret of that app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from errors import ArgumentRejected
from wecom.answer import several
from wecom.arguments import apart, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import by_offset
from wecom.spelling import seconds

_LONGEST_SPAN = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who took part in a call and for how many seconds: a member, or a phone number."""

    userid: str = ""
    phone: str = ""
    duration: int = 0


@dataclass(frozen=True, kw_only=True)
class Dial:
    """One call (公费电话拨打记录); total_duration: seconds. call_type: 1 one person, 2 several."""

    call_time: datetime | None = None
    total_duration: int = 0
    call_type: int = 0
    caller: Party | None = None
    callee: tuple[Party, ...] = ()


GET_DIAL_RECORD = Endpoint("POST", "dial/get_dial_record", several("record", Dial), doc=90267)


def get_dial_record(
    api: Client,
    *,
    start_time: datetime | None = None,
    end_time: datetime | None = None,
    limit: int = 100,
) -> Iterator[Dial]:
    """Yield the calls of up to 30 days (获取公费电话拨打记录); without times, of the last week."""
    if (start_time is None) != (end_time is None):
        raise ArgumentRejected("start_time and end_time", "only together")
    if start_time is not None and end_time is not None:
        apart(_LONGEST_SPAN, start_time=start_time, end_time=end_time)
    within(1, 100, limit=limit)
    arguments = {"start_time": seconds(start_time), "end_time": seconds(end_time)}
    return by_offset(api, GET_DIAL_RECORD, arguments, limit=limit)
