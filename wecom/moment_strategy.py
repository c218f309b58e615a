"""Strategies of moments (客户朋友圈规则组, doc 94890); an app sees only those it made."""

from __future__ import annotations

from dataclasses import dataclass

from wecom.strategy import Strategies, StrategyFacts


@dataclass(frozen=True, kw_only=True)
class Privilege:
    """What its members may do; None leaves the platform's choice."""

    view_moment_list: bool | None = None
    send_moment: bool | None = None
    manage_moment_cover_and_sign: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Strategy(StrategyFacts):
    """A strategy and what it lets its members do."""

    privilege: Privilege = Privilege()


_STRATEGIES: Strategies[Strategy, Privilege] = Strategies("moment_strategy", Strategy, doc=94890)

LIST = _STRATEGIES.LIST
GET = _STRATEGIES.GET
GET_RANGE = _STRATEGIES.GET_RANGE
CREATE = _STRATEGIES.CREATE
EDIT = _STRATEGIES.EDIT
DEL = _STRATEGIES.DEL

list_ = _STRATEGIES.list_
get = _STRATEGIES.get
get_range = _STRATEGIES.get_range
create = _STRATEGIES.create
edit = _STRATEGIES.edit
del_ = _STRATEGIES.del_
