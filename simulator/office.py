"""Approvals, calendars, schedules and invoices (效率工具, 办公)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True, slots=True)
class Approval:
    """One application that was handed in (审批申请)."""

    sp_no: str
    app: str
    creator_userid: str
    template_id: str
    applied_at: float
    apply_data: dict[str, Any] = field(repr=False)
    notifyer: list[str] = field(default_factory=list)
    sp_status: int = 1


@dataclass(kw_only=True, slots=True)
class Entry:
    """A calendar or a schedule (日历, 日程): what was sent, and the app that sent it."""

    id: str
    app: str
    content: dict[str, Any]


@dataclass
class Office:
    """All of one corp. invoices: the status of each (card_id, encrypt_code)."""

    approvals: dict[str, Approval] = field(default_factory=dict)
    calendars: dict[str, Entry] = field(default_factory=dict)
    schedules: dict[str, Entry] = field(default_factory=dict)
    invoices: dict[tuple[str, str], str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
