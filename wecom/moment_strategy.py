"""Strategies of moments (客户朋友圈规则组, doc 94890); an app sees only those it made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wecom.answer import nothing, record
from wecom.arguments import at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import pages
from wecom.spelling import replacing, spelled
from wecom.strategy import (
    RangeItem,
    RangePage,
    StrategyFacts,
    StrategyMade,
    StrategyPage,
    range_to_json,
)

_MOST_ADMINS = 20


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


@dataclass(frozen=True, kw_only=True)
class _StrategyAnswer:
    strategy: Strategy


LIST = Endpoint("POST", "externalcontact/moment_strategy/list", record(StrategyPage), doc=94890)
GET = Endpoint("POST", "externalcontact/moment_strategy/get", record(_StrategyAnswer), doc=94890)
GET_RANGE = Endpoint(
    "POST", "externalcontact/moment_strategy/get_range", record(RangePage), doc=94890
)
CREATE = Endpoint(
    "POST",
    "externalcontact/moment_strategy/create",
    record(StrategyMade),
    doc=94890,
    in_turn="moment_strategy",
)
EDIT = Endpoint(
    "POST",
    "externalcontact/moment_strategy/edit",
    nothing,
    doc=94890,
    in_turn="moment_strategy",
)
DEL = Endpoint("POST", "externalcontact/moment_strategy/del", nothing, doc=94890)


def list_(api: Client, *, limit: int = 1000) -> Iterator[int]:
    """Yield the strategy_id of every strategy the app made (获取规则组列表)."""
    within(1, 1000, limit=limit)
    return (
        each.strategy_id for page in pages(api, LIST, {"limit": limit}) for each in page.strategy
    )


def get(api: Client, strategy_id: int) -> Strategy:
    """Read one strategy (获取规则组详情)."""
    return api.call(GET, json={"strategy_id": strategy_id}).strategy


def get_range(api: Client, strategy_id: int, *, limit: int = 1000) -> Iterator[RangeItem]:
    """Yield the members and departments of a strategy (获取规则组管理范围)."""
    within(1, 1000, limit=limit)
    found = pages(api, GET_RANGE, {"strategy_id": strategy_id, "limit": limit})
    return (item for page in found for item in page.range)


def create(
    api: Client,
    strategy_name: str,
    *,
    admin_list: Sequence[str],
    range: Sequence[RangeItem],  # noqa: A002 - the vendor's word
    parent_id: int | None = None,
    privilege: Privilege | None = None,
) -> int:
    """Make a strategy and return its strategy_id (创建新的规则组); one call at a time.

    With a parent_id all of the range must lie in the parent's.
    """
    not_empty(strategy_name=strategy_name, admin_list=admin_list, range=range)
    at_most_items(_MOST_ADMINS, admin_list=admin_list)
    body = {
        "parent_id": parent_id,
        "strategy_name": strategy_name,
        "admin_list": list(admin_list),
        "privilege": spelled(privilege),
        "range": range_to_json(range=range),
    }
    return api.call(CREATE, json=body).strategy_id


def edit(
    api: Client,
    strategy_id: int,
    *,
    strategy_name: str | None = None,
    admin_list: Sequence[str] | None = None,
    privilege: Privilege | None = None,
    range_add: Sequence[RangeItem] = (),
    range_del: Sequence[RangeItem] = (),
) -> None:
    """Change a strategy (编辑规则组及其管理范围); one call at a time."""
    at_most_items(_MOST_ADMINS, admin_list=admin_list)
    body = {
        "strategy_id": strategy_id,
        "strategy_name": strategy_name,
        "admin_list": replacing(admin_list),
        "privilege": spelled(privilege),
        "range_add": range_to_json(range_add=range_add),
        "range_del": range_to_json(range_del=range_del),
    }
    api.call(EDIT, json=body)


def del_(api: Client, strategy_id: int) -> None:
    """Remove a strategy (删除规则组)."""
    api.call(DEL, json={"strategy_id": strategy_id})
