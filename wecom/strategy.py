"""What the two kinds of strategies (规则组), for customers and for moments, have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from errors import ArgumentRejected

_MEMBER, _DEPARTMENT = 1, 2


@dataclass(frozen=True, kw_only=True)
class RangeItem:
    """A member (userid) or a department (partyid) under a strategy."""

    userid: str = ""
    partyid: int | None = None


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One strategy of the list."""

    strategy_id: int


@dataclass(frozen=True, kw_only=True)
class StrategyPage:
    """A page of the list."""

    strategy: tuple[Listed, ...] = ()
    next_cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class RangePage:
    """A page of members and departments."""

    range: tuple[RangeItem, ...] = ()
    next_cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class StrategyMade:
    """The number of a new strategy."""

    strategy_id: int


@dataclass(frozen=True, kw_only=True)
class StrategyFacts:
    """A strategy; parent_id: 0 for one of the first level."""

    strategy_id: int
    parent_id: int = 0
    strategy_name: str = ""
    create_time: datetime | None = None
    admin_list: tuple[str, ...] = ()


def range_to_json(**items: Sequence[RangeItem]) -> list[dict[str, object]] | None:
    """Return members and departments as the platform spells them, None when there are none."""
    [(argument, wanted)] = items.items()
    for item in wanted:
        if bool(item.userid) == (item.partyid is not None):
            raise ArgumentRejected(argument, "each item must be a userid or a partyid")
    return [
        {"type": _MEMBER, "userid": item.userid}
        if item.userid
        else {"type": _DEPARTMENT, "partyid": item.partyid}
        for item in wanted
    ] or None
