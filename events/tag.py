"""Enterprise tags for customers (企业客户标签事件)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import text


@family(
    "change_external_tag",
    "企业客户标签事件",
    92130,
    92277,
    96361,
    receivers=("self_built", "provider_developed", "suite"),
)
class CorpTagChanged(Event):
    """An enterprise tag or a group of tags changed (企业客户标签事件).

    tag_type: tag or tag_group.
    strategy_id: the rule group, told to the customer contact system app only.
    """

    id: str = text("Id", subject=True)
    tag_type: str = text("TagType")
    strategy_id: str = text("StrategyId")


@event("create", "企业客户标签创建", 92130)
class CorpTagCreated(CorpTagChanged):
    """A tag or a group of tags was created (企业客户标签创建)."""


@event("update", "企业客户标签变更", 92130)
class CorpTagUpdated(CorpTagChanged):
    """A tag or a group of tags was changed (企业客户标签变更)."""


@event("delete", "企业客户标签删除", 92130)
class CorpTagDeleted(CorpTagChanged):
    """A tag or a group of tags was deleted (企业客户标签删除)."""


@event("shuffle", "企业客户标签重排", 92130)
class CorpTagsShuffled(CorpTagChanged):
    """The tags of the group `id` were put in another order (企业客户标签重排)."""
