"""Strategies of customer contact and of moments (规则组): who is under which rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MEMBER, DEPARTMENT = 1, 2
"""type of an item of a range."""

Item = tuple[int, str]


@dataclass(kw_only=True)
class Strategy:
    """One strategy; owner is the app that made it, range is {(type, userid or partyid): None}."""

    strategy_id: int
    owner: str
    parent_id: int
    strategy_name: str
    create_time: int
    admin_list: list[str]
    privilege: dict[str, bool]
    range: dict[Item, None]


@dataclass
class _Strategies:
    """All strategies of one kind; the numbers of deleted ones do not come again."""

    made: int = 0
    by_id: dict[int, Strategy] = field(default_factory=dict)

    def next_id(self) -> int:
        """Return a number nobody had."""
        self.made += 1
        return self.made

    def below(self, strategy_id: int) -> Iterator[Strategy]:
        """Yield the strategy itself and those under it."""
        yield self.by_id[strategy_id]
        for each in list(self.by_id.values()):
            if each.parent_id == strategy_id:
                yield from self.below(each.strategy_id)


class CustomerStrategies(_Strategies):
    """客户联系规则组."""


class MomentStrategies(_Strategies):
    """客户朋友圈规则组."""
