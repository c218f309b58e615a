"""Strategies (规则组) of either kind: the same calls under another path, with other privileges.

An app sees only those it made. One that is none, or of another app, is refused with 40058, as is a
range outside the parent's or a member who is in another one of the first level (unconfirmed).
"""

from __future__ import annotations

from collections.abc import Iterable

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.api.ranges import check_departments, members_of
from simulator.strategies import (
    DEPARTMENT,
    MEMBER,
    CustomerStrategies,
    Item,
    MomentStrategies,
    Strategy,
)

_MOST_NAME = 30
_MOST_ADMINS = 20
_PAGE = 1000
_HIGHEST_ID = 2**31 - 1

Kind = type[CustomerStrategies] | type[MomentStrategies]


def strategy_chapter(kind: Kind, path: str, *, doc: int, privileges: Iterable[str]) -> Chapter:
    """Return the chapter of one kind of strategies, below its path."""
    book = _Book(kind, frozenset(privileges))
    chapter = Chapter()
    for name, function in (
        ("list", book.list),
        ("get", book.get),
        ("get_range", book.get_range),
        ("create", book.create),
        ("edit", book.edit),
        ("del", book.delete),
    ):
        add = chapter.endpoint("POST", f"{path}/{name}", doc=doc, needs="customer_contact")
        add(function)
    return chapter


def own_strategy(call: Call, kind: Kind, strategy_id: int) -> Strategy:
    """Return a strategy the app made. Raises CallRefused."""
    strategy = call.corp.of(kind).by_id.get(strategy_id)
    if strategy is None or strategy.owner != call.app.name:
        raise CallRefused(40058)
    return strategy


def members_under(call: Call, strategy: Strategy) -> set[str]:
    """Return the members in the range of a strategy."""
    return _members(call, strategy.range)


class _Book:
    """The calls on one kind of strategies."""

    def __init__(self, kind: Kind, privileges: frozenset[str]) -> None:
        self._kind = kind
        self._privileges = privileges

    def list(self, call: Call) -> dict[str, object]:
        """Return the ids of the app's strategies (获取规则组列表)."""
        own = [
            {"strategy_id": each.strategy_id}
            for each in call.corp.of(self._kind).by_id.values()
            if each.owner == call.app.name
        ]
        return call.paged("strategy", own, default=_PAGE, most=_PAGE)

    def get(self, call: Call) -> dict[str, object]:
        """Return one strategy (获取规则组详情)."""
        strategy = self._known(call)
        return {
            "strategy": {
                "strategy_id": strategy.strategy_id,
                "parent_id": strategy.parent_id,
                "strategy_name": strategy.strategy_name,
                "create_time": strategy.create_time,
                "admin_list": strategy.admin_list,
                "privilege": strategy.privilege,
            }
        }

    def get_range(self, call: Call) -> dict[str, object]:
        """Return who is under a strategy (获取规则组管理范围)."""
        items = [
            {"type": kind, "userid": who} if kind == MEMBER else {"type": kind, "partyid": int(who)}
            for kind, who in self._known(call).range
        ]
        return call.paged("range", items, default=_PAGE, most=_PAGE)

    def create(self, call: Call) -> dict[str, object]:
        """Make a strategy (创建新的规则组)."""
        name = call.named("strategy_name", most=_MOST_NAME)
        admins = _admins(call)
        items = _items(call, "range")
        if not admins or not items:
            raise CallRefused(40058)
        parent_id = call.integer("parent_id", 0, low=0, high=_HIGHEST_ID)
        strategies = call.corp.of(self._kind)
        strategy = Strategy(
            strategy_id=0,
            owner=call.app.name,
            parent_id=parent_id,
            strategy_name=name,
            create_time=int(call.now),
            admin_list=admins,
            privilege=self._privilege(call, dict.fromkeys(sorted(self._privileges), True)),
            range=items,
        )
        self._check_place(call, strategy)
        strategy.strategy_id = strategies.next_id()
        strategies.by_id[strategy.strategy_id] = strategy
        return {"strategy_id": strategy.strategy_id}

    def edit(self, call: Call) -> dict[str, object]:
        """Change the given fields of a strategy, and who is under it (编辑规则组及其管理范围)."""
        strategy = self._known(call)
        name = (
            call.named("strategy_name", most=_MOST_NAME)
            if call.has("strategy_name")
            else strategy.strategy_name
        )
        admins = _admins(call) if call.has("admin_list") else strategy.admin_list
        privilege = self._privilege(call, strategy.privilege)
        removed = _items(call, "range_del")
        kept = {item: None for item in strategy.range if item not in removed}
        items = {**kept, **_items(call, "range_add")}
        if not admins or not items:
            raise CallRefused(40058)
        before = strategy.range
        strategy.range = items
        try:
            self._check_place(call, strategy)
        except CallRefused:
            strategy.range = before
            raise
        strategy.strategy_name, strategy.admin_list = name, admins
        strategy.privilege = privilege
        return {}

    def delete(self, call: Call) -> dict[str, object]:
        """Remove a strategy (删除规则组); those under it and their tags go too (unconfirmed)."""
        strategies = call.corp.of(self._kind)
        for each in list(strategies.below(self._known(call).strategy_id)):
            del strategies.by_id[each.strategy_id]
            if self._kind is CustomerStrategies:
                _delete_tags(call, each.strategy_id)
        return {}

    def _known(self, call: Call) -> Strategy:
        strategy_id = call.integer("strategy_id", low=1, high=_HIGHEST_ID)
        return own_strategy(call, self._kind, strategy_id)

    def _privilege(self, call: Call, before: dict[str, bool]) -> dict[str, bool]:
        given = call.inside("privilege")
        return {name: given.switch(name, default=before[name]) for name in before}

    def _check_place(self, call: Call, strategy: Strategy) -> None:
        """Raise CallRefused unless the range lies in the parent's, or apart from its siblings."""
        members = _members(call, strategy.range)
        if strategy.parent_id:
            parent = own_strategy(call, self._kind, strategy.parent_id)
            if not members <= _members(call, parent.range):
                raise CallRefused(40058)
            return
        for other in call.corp.of(self._kind).by_id.values():
            apart = other.parent_id or other.strategy_id == strategy.strategy_id
            if not apart and members & _members(call, other.range):
                raise CallRefused(40058)


def _delete_tags(call: Call, strategy_id: int) -> None:
    for group in call.corp.tag_groups.values():
        if group.strategy_id == strategy_id and not group.deleted:
            for tag in call.corp.tags_of_group(group.id):
                call.corp.delete_tag(tag)
            group.deleted = True


def _admins(call: Call) -> list[str]:
    admins = call.texts("admin_list", most=_MOST_ADMINS)
    for userid in admins:
        call.member(userid)
    return admins


def _items(call: Call, name: str) -> dict[Item, None]:
    return {_item(call, each): None for each in call.objects(name)}


def _item(call: Call, given: Fields) -> Item:
    if given.integer("type", low=MEMBER, high=DEPARTMENT) == MEMBER:
        return MEMBER, call.member(given.text("userid")).userid
    department = given.integer("partyid", low=1, high=_HIGHEST_ID)
    check_departments(call, [department])
    return DEPARTMENT, str(department)


def _members(call: Call, items: Iterable[Item]) -> set[str]:
    users = [who for kind, who in items if kind == MEMBER]
    departments = [int(who) for kind, who in items if kind == DEPARTMENT]
    return set(members_of(call.corp, users, departments))
