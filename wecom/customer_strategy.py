"""Strategies of customer contact (客户联系规则组, doc 94883); an app sees only those it made."""

from __future__ import annotations

from dataclasses import dataclass

from wecom.strategy import Strategies, StrategyFacts


@dataclass(frozen=True, kw_only=True)
class Privilege:
    """What its members may do; None leaves the platform's choice."""

    view_customer_list: bool | None = None
    view_customer_data: bool | None = None
    view_room_list: bool | None = None
    contact_me: bool | None = None
    join_room: bool | None = None
    share_customer: bool | None = None
    oper_resign_customer: bool | None = None
    oper_resign_group: bool | None = None
    send_customer_msg: bool | None = None
    edit_welcome_msg: bool | None = None
    view_behavior_data: bool | None = None
    view_room_data: bool | None = None
    send_group_msg: bool | None = None
    room_deduplication: bool | None = None
    rapid_reply: bool | None = None
    onjob_customer_transfer: bool | None = None
    edit_anti_spam_rule: bool | None = None
    export_customer_list: bool | None = None
    export_customer_data: bool | None = None
    export_customer_group_list: bool | None = None
    manage_customer_tag: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Strategy(StrategyFacts):
    """A strategy and what it lets its members do."""

    privilege: Privilege = Privilege()


_STRATEGIES: Strategies[Strategy, Privilege] = Strategies("customer_strategy", Strategy, doc=94883)

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
