"""Tags of a strategy (管理企业规则组下的客户标签, doc 94882); an app sees only its strategies'."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.strategy import own_strategy
from simulator.api.tag_library import Library
from simulator.strategies import CustomerStrategies

chapter = Chapter(needs="customer_contact")

_HIGHEST_ID = 2**31 - 1


@chapter.endpoint(
    "POST", "externalcontact/get_strategy_tag_list", doc=94882, empty={"tag_group": []}
)
def get_strategy_tag_list(call: Call) -> dict[str, object]:
    """Return the tags of a strategy, or those named (获取指定规则组下的企业客户标签)."""
    if call.has("strategy_id"):
        _strategy_id(call)
    return {"tag_group": _of_strategies(call).listed()}


@chapter.endpoint("POST", "externalcontact/add_strategy_tag", doc=94882)
def add_strategy_tag(call: Call) -> dict[str, object]:
    """Add tags to a group of a strategy of the first level (为指定规则组创建企业客户标签)."""
    strategy_id = _strategy_id(call)
    if own_strategy(call, CustomerStrategies, strategy_id).parent_id:
        raise CallRefused(40058)
    return {"tag_group": _of_strategies(call).add(strategy_id)}


@chapter.endpoint("POST", "externalcontact/edit_strategy_tag", doc=94882)
def edit_strategy_tag(call: Call) -> dict[str, object]:
    """Rename or re-order a tag or a group (编辑指定规则组下的企业客户标签)."""
    _of_strategies(call).edit()
    return {}


@chapter.endpoint("POST", "externalcontact/del_strategy_tag", doc=94882)
def del_strategy_tag(call: Call) -> dict[str, object]:
    """Delete tags and groups (删除指定规则组下的企业客户标签)."""
    _of_strategies(call).delete()
    return {}


def _of_strategies(call: Call) -> Library:
    return Library(call=call, of_strategies=True)


def _strategy_id(call: Call) -> int:
    strategy_id = call.integer("strategy_id", low=1, high=_HIGHEST_ID)
    return own_strategy(call, CustomerStrategies, strategy_id).strategy_id
