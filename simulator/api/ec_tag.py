"""Corp tags and how customers get them (客户联系 - 客户标签管理)."""

from __future__ import annotations

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.strategy import members_under
from simulator.api.tag_library import Library
from simulator.api.telling import CONTACT, tell_others
from simulator.records import Relation
from simulator.strategies import CustomerStrategies

chapter = Chapter(needs="customer_contact")

_MOST_TAGS_OF_PAIR = 3_000


@chapter.endpoint("POST", "externalcontact/get_corp_tag_list", doc=92117, empty={"tag_group": []})
def get_corp_tag_list(call: Call) -> dict[str, object]:
    """Return the corp's tags by group (获取企业标签库); `deleted` only when ids are given."""
    return {"tag_group": _corp(call).listed()}


@chapter.endpoint("POST", "externalcontact/add_corp_tag", doc=92117)
def add_corp_tag(call: Call) -> dict[str, object]:
    """Add tags to a new or a known group (添加企业客户标签)."""
    return {"tag_group": _corp(call).add()}


@chapter.endpoint("POST", "externalcontact/edit_corp_tag", doc=92117)
def edit_corp_tag(call: Call) -> dict[str, object]:
    """Rename or re-order a tag or a group (编辑企业客户标签)."""
    _corp(call).edit()
    return {}


@chapter.endpoint("POST", "externalcontact/del_corp_tag", doc=92117)
def del_corp_tag(call: Call) -> dict[str, object]:
    """Delete tags and groups (删除企业客户标签)."""
    _corp(call).delete()
    return {}


@chapter.endpoint("POST", "externalcontact/mark_tag", doc=92118, pair=True)
def mark_tag(call: Call) -> dict[str, object]:
    """Put tags on one member's customer and take others off (编辑客户企业标签).

    All or nothing; a tag that is there already, or not there, does no harm.
    """
    add, remove = call.texts("add_tag"), call.texts("remove_tag")
    if not (add or remove) or set(add) & set(remove):
        raise CallRefused(40058)
    relation = call.relation()
    for tag_id in [*add, *remove]:
        _check_tag(call, relation, tag_id)
    tags = {**relation.tags, **dict.fromkeys(add)}
    for tag_id in remove:
        tags.pop(tag_id, None)
    if len(tags) > _MOST_TAGS_OF_PAIR:
        raise CallRefused(40058)
    changed = tags != relation.tags
    relation.tags = tags
    if changed:
        tell_of_edit(call, relation)
    record_marking(call, "mark_tag", relation, add_tag=add, remove_tag=remove)
    return {}


def record_marking(call: Call, api: str, relation: Relation, **what: object) -> None:
    """Record what an API did to a member's customer."""
    call.note(userid=relation.userid, external_userid=relation.external_userid)
    call.tenant.markings.append(
        {
            "api": api,
            "app": call.app.name,
            "time": call.now,
            "userid": relation.userid,
            "external_userid": relation.external_userid,
            **what,
        }
    )
    call.tenant.count("markings", f"{api}s")


def tell_of_edit(call: Call, relation: Relation) -> None:
    """Tell the other apps that a customer was edited."""
    fields = {
        "ChangeType": "edit_external_contact",
        "UserID": relation.userid,
        "ExternalUserID": relation.external_userid,
    }
    state = {"State": relation.state} if relation.state else {}
    tell_others(call, CONTACT, {**fields, **state}, userid=relation.userid)


def _corp(call: Call) -> Library:
    return Library(call=call, of_strategies=False)


def _check_tag(call: Call, relation: Relation, tag_id: str) -> None:
    """Raise CallRefused for a tag that is none, or of a strategy the member is not under."""
    tag = call.corp.tags.get(tag_id)
    if tag is None or tag.deleted:
        raise CallRefused(40068)
    strategy_id = call.corp.tag_groups[tag.group_id].strategy_id
    if not strategy_id:
        return
    strategy = call.corp.of(CustomerStrategies).by_id.get(strategy_id)
    if strategy is None or strategy.owner != call.app.name:
        raise CallRefused(60011)
    if relation.userid not in members_under(call, strategy):
        raise CallRefused(60011)
