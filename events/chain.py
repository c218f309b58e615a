"""Chains of enterprises: upstream and downstream (上下游)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import text, texts


@family("change_chain", "上下游变更回调", 95796, receivers=("self_built",))
class ChainChanged(Event):
    """A chain, its groups or its enterprises changed (上下游变更回调)."""

    chain_id: str = text("ChainId", subject=True)


class ChainGroupsEvent(ChainChanged):
    """Something happened to groups of a chain."""

    group_ids: tuple[str, ...] = texts("GroupIds")


class ChainCorpsEvent(ChainChanged):
    """Something happened to enterprises of a chain."""

    corp_ids: tuple[str, ...] = texts("CorpIds")


@event("create_chain", "新增上下游")
class ChainCreated(ChainChanged):
    """A chain was created (新增上下游)."""


@event("update_chain", "编辑上下游")
class ChainUpdated(ChainChanged):
    """A chain was updated (编辑上下游)."""


@event("delete_chain", "删除上下游")
class ChainDeleted(ChainChanged):
    """A chain was deleted (删除上下游)."""


@event("create_group", "新增分组")
class ChainGroupsCreated(ChainGroupsEvent):
    """Groups were created (新增分组)."""


@event("update_group", "编辑分组")
class ChainGroupsUpdated(ChainGroupsEvent):
    """Groups were updated (编辑分组)."""


@event("delete_group", "删除分组")
class ChainGroupsDeleted(ChainGroupsEvent):
    """Groups were deleted (删除分组)."""


@event("corp_join", "企业加入")
class ChainCorpsJoined(ChainCorpsEvent):
    """Enterprises joined the chain (企业加入)."""


@event("update_corp", "编辑企业")
class ChainCorpsUpdated(ChainCorpsEvent):
    """Enterprises of the chain were updated (编辑企业)."""


@event("remove_corp", "移除企业")
class ChainCorpsRemoved(ChainCorpsEvent):
    """Enterprises were removed from the chain (移除企业)."""
