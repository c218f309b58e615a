"""Tags of a strategy (管理企业规则组下的客户标签, doc 94882); an app sees only its strategies'."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wecom.answer import nothing, only, several
from wecom.arguments import at_least_one
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed
from wecom.tag import NewTag, TagGroup, check_edit, new_tags


@dataclass(frozen=True, kw_only=True)
class StrategyTagGroup(TagGroup):
    """A group of tags of one strategy."""

    strategy_id: int = 0


GET_STRATEGY_TAG_LIST = Endpoint(
    "POST",
    "externalcontact/get_strategy_tag_list",
    several("tag_group", StrategyTagGroup),
    doc=94882,
)
ADD_STRATEGY_TAG = Endpoint(
    "POST", "externalcontact/add_strategy_tag", only("tag_group", StrategyTagGroup), doc=94882
)
EDIT_STRATEGY_TAG = Endpoint(
    "POST", "externalcontact/edit_strategy_tag", nothing, doc=94882, one_at_a_time=("id",)
)
DEL_STRATEGY_TAG = Endpoint("POST", "externalcontact/del_strategy_tag", nothing, doc=94882)


def get_strategy_tag_list(
    api: Client,
    *,
    strategy_id: int | None = None,
    tag_id: Sequence[str] = (),
    group_id: Sequence[str] = (),
) -> tuple[StrategyTagGroup, ...]:
    """Read the tags of a strategy, or those named (获取指定规则组下的企业客户标签)."""
    body = {"strategy_id": strategy_id, "tag_id": listed(tag_id), "group_id": listed(group_id)}
    return api.call(GET_STRATEGY_TAG_LIST, json=body)


def add_strategy_tag(
    api: Client,
    strategy_id: int,
    tag: Sequence[NewTag],
    *,
    group_id: str | None = None,
    group_name: str | None = None,
    order: int | None = None,
) -> StrategyTagGroup:
    """Create tags in a group of a strategy of the first level (为指定规则组创建企业客户标签)."""
    body = new_tags(tag, group_id=group_id, group_name=group_name, order=order)
    return api.call(ADD_STRATEGY_TAG, json={"strategy_id": strategy_id, **body})


def edit_strategy_tag(
    api: Client,
    id: str,  # noqa: A002 - the vendor's word
    *,
    name: str | None = None,
    order: int | None = None,
) -> None:
    """Rename or move a tag or a group (编辑指定规则组下的企业客户标签)."""
    check_edit(id, name, order)
    api.call(EDIT_STRATEGY_TAG, json={"id": id, "name": name, "order": order})


def del_strategy_tag(
    api: Client, *, tag_id: Sequence[str] = (), group_id: Sequence[str] = ()
) -> None:
    """Remove tags and groups (删除指定规则组下的企业客户标签)."""
    at_least_one(tag_id=tag_id, group_id=group_id)
    body = {"tag_id": listed(tag_id), "group_id": listed(group_id)}
    api.call(DEL_STRATEGY_TAG, json=body)
