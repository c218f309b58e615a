"""The calls that strategies (规则组) for customers and for moments have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from errors import ArgumentRejected
from wecom.answer import nothing, only, paged
from wecom.arguments import at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every
from wecom.spelling import replacing, spelled

_MEMBER, _DEPARTMENT = 1, 2
_MOST_ADMINS = 20


@dataclass(frozen=True, kw_only=True)
class RangeItem:
    """A member (userid) or a department (partyid) under a strategy."""

    userid: str = ""
    partyid: int | None = None


@dataclass(frozen=True, kw_only=True)
class StrategyFacts:
    """A strategy; parent_id: 0 for one of the first level."""

    strategy_id: int
    parent_id: int = 0
    strategy_name: str = ""
    create_time: datetime | None = None
    admin_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Listed:
    strategy_id: int


S = TypeVar("S")
P = TypeVar("P")


class Strategies(Generic[S, P]):
    """The calls for one kind of strategies, each under the name it has in its chapter.

    kind: what their paths are named after. S: one of them. P: what members may do.
    """

    def __init__(self, kind: str, strategy: type[S], *, doc: int) -> None:
        path = f"externalcontact/{kind}"
        self.LIST = Endpoint("POST", f"{path}/list", paged("strategy", _Listed), doc=doc)
        self.GET = Endpoint("POST", f"{path}/get", only("strategy", strategy), doc=doc)
        self.GET_RANGE = Endpoint("POST", f"{path}/get_range", paged("range", RangeItem), doc=doc)
        self.CREATE = Endpoint(
            "POST", f"{path}/create", only("strategy_id", int), doc=doc, in_turn=kind
        )
        self.EDIT = Endpoint("POST", f"{path}/edit", nothing, doc=doc, in_turn=kind)
        self.DEL = Endpoint("POST", f"{path}/del", nothing, doc=doc)

    def list_(self, api: Client, *, limit: int = 1000) -> Iterator[int]:
        """Yield the strategy_id of every strategy the app made (获取规则组列表)."""
        within(1, 1000, limit=limit)
        found = every(api, self.LIST, {"limit": limit})
        return (each.strategy_id for each in found)

    def get(self, api: Client, strategy_id: int) -> S:
        """Read one strategy (获取规则组详情)."""
        return api.call(self.GET, json={"strategy_id": strategy_id})

    def get_range(self, api: Client, strategy_id: int, *, limit: int = 1000) -> Iterator[RangeItem]:
        """Yield the members and departments of a strategy (获取规则组管理范围)."""
        within(1, 1000, limit=limit)
        return every(api, self.GET_RANGE, {"strategy_id": strategy_id, "limit": limit})

    def create(
        self,
        api: Client,
        strategy_name: str,
        *,
        admin_list: Sequence[str],
        range: Sequence[RangeItem],  # noqa: A002 - the vendor's word
        parent_id: int | None = None,
        privilege: P | None = None,
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
            "range": _range_to_json(range=range),
        }
        return api.call(self.CREATE, json=body)

    def edit(
        self,
        api: Client,
        strategy_id: int,
        *,
        strategy_name: str | None = None,
        admin_list: Sequence[str] | None = None,
        privilege: P | None = None,
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
            "range_add": _range_to_json(range_add=range_add),
            "range_del": _range_to_json(range_del=range_del),
        }
        api.call(self.EDIT, json=body)

    def del_(self, api: Client, strategy_id: int) -> None:
        """Remove a strategy (删除规则组)."""
        api.call(self.DEL, json={"strategy_id": strategy_id})


def _range_to_json(**items: Sequence[RangeItem]) -> list[dict[str, object]] | None:
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
