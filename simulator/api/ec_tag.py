"""Corp tags and how customers get them (客户联系 - 客户标签管理)."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.records import Tag, TagGroup

chapter = Chapter()

_MOST_NAME = 30
_MOST_ORDER = 2**32 - 1
_MOST_TAGS = 10_000
_MOST_TAGS_OF_PAIR = 3_000


@chapter.endpoint(
    "POST",
    "externalcontact/get_corp_tag_list",
    doc=92117,
    needs="customer_contact",
    empty={"tag_group": []},
)
def get_corp_tag_list(call: Call) -> dict[str, object]:
    """Return the corp's tags by group (获取企业标签库); `deleted` only when ids are given."""
    tag_ids, group_ids = call.texts("tag_id"), call.texts("group_id")
    if group_ids:
        groups = [call.corp.tag_groups[each] for each in group_ids if each in call.corp.tag_groups]
        return {
            "tag_group": [_shown_group(group, _all_of(call, group), ids=True) for group in groups]
        }
    if tag_ids:
        return {"tag_group": _groups_of_tags(call, tag_ids)}
    living = [group for group in call.corp.tag_groups.values() if not group.deleted]
    living.sort(key=lambda group: -group.order)
    return {
        "tag_group": [
            _shown_group(group, call.corp.tags_of_group(group.id), ids=False) for group in living
        ]
    }


@chapter.endpoint("POST", "externalcontact/add_corp_tag", doc=92117, needs="customer_contact")
def add_corp_tag(call: Call) -> dict[str, object]:
    """Add tags to a new or a known group (添加企业客户标签); equal names collapse to one."""
    wanted = _wanted_tags(call)
    group_id = call.optional_text("group_id") or ""
    group_name = call.optional_text("group_name") or ""
    order = call.integer("order", 0, low=0, high=_MOST_ORDER)
    if not group_id and not group_name:
        raise CallRefused(40058)
    group: TagGroup | None
    if group_id:
        group = _living_group(call, group_id)
    else:
        _check_name(group_name)
        group = call.corp.named_group(group_name)
    if group:
        taken = {tag.name for tag in call.corp.tags_of_group(group.id)}
        if taken & wanted.keys():
            raise CallRefused(40071)
    living = sum(not tag.deleted for tag in call.corp.tags.values())
    if living + len(wanted) > _MOST_TAGS:
        raise CallRefused(40126)
    now, owner = int(call.now), call.app.name
    if group is None:
        group = call.corp.add_tag_group(group_name, order=order, owner=owner, now=now)
    created = [
        call.corp.add_tag(group, name, order=order, owner=owner, now=now)
        for name, order in wanted.items()
    ]
    return {"tag_group": _shown_group(group, created, ids=False)}


@chapter.endpoint("POST", "externalcontact/edit_corp_tag", doc=92117, needs="customer_contact")
def edit_corp_tag(call: Call) -> dict[str, object]:
    """Rename or re-order a tag or a group (编辑企业客户标签); only what the app made itself."""
    known_id = call.text("id", missing=40068)
    name = call.optional_text("name")
    order = call.integer("order", 0, low=0, high=_MOST_ORDER) if "order" in call.params else None
    if name is None and order is None:
        raise CallRefused(40058)
    if name is not None:
        _check_name(name)
    known = _living(call, known_id)
    _check_owner(call, known)
    if name is not None:
        _check_free(call, known, name)
        known.name = name
    if order is not None:
        known.order = order
    return {}


@chapter.endpoint("POST", "externalcontact/del_corp_tag", doc=92117, needs="customer_contact")
def del_corp_tag(call: Call) -> dict[str, object]:
    """Delete tags and groups (删除企业客户标签); a group goes with its last tag."""
    tag_ids, group_ids = call.texts("tag_id"), call.texts("group_id")
    if not tag_ids and not group_ids:
        raise CallRefused(40058)
    tags = [_living_tag(call, each) for each in tag_ids]
    groups = [_living_group(call, each) for each in group_ids]
    for tag in tags:
        _check_owner(call, tag)
    for group in groups:
        _check_owner(call, group)
    for group in groups:
        tags.extend(call.corp.tags_of_group(group.id))
        group.deleted = True
    for tag in tags:
        call.corp.delete_tag(tag)
    return {}


@chapter.endpoint(
    "POST", "externalcontact/mark_tag", doc=92118, needs="customer_contact", pair=True
)
def mark_tag(call: Call) -> dict[str, object]:
    """Put tags on one member's customer and take others off (编辑客户企业标签).

    All or nothing; a tag that is there already, or not there, does no harm.
    """
    add, remove = call.texts("add_tag"), call.texts("remove_tag")
    if not (add or remove) or set(add) & set(remove):
        raise CallRefused(40058)
    relation = call.relation()
    for tag_id in [*add, *remove]:
        _living_tag(call, tag_id)
    tags = {**relation.tags, **dict.fromkeys(add)}
    for tag_id in remove:
        tags.pop(tag_id, None)
    if len(tags) > _MOST_TAGS_OF_PAIR:
        raise CallRefused(40058)
    relation.tags = tags
    call.note(userid=relation.userid, external_userid=relation.external_userid)
    call.tenant.markings.append(
        {
            "api": "mark_tag",
            "app": call.app.name,
            "time": call.now,
            "userid": relation.userid,
            "external_userid": relation.external_userid,
            "add_tag": add,
            "remove_tag": remove,
        }
    )
    call.tenant.count("markings", "mark_tags")
    return {}


def _wanted_tags(call: Call) -> dict[str, int]:
    """Return the order of each new tag by its name."""
    value = call.params.get("tag")
    if not isinstance(value, list) or not value:
        raise CallRefused(40058)
    wanted: dict[str, int] = {}
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("name"), str):
            raise CallRefused(40058)
        order = each.get("order", 0)
        if not isinstance(order, int) or not 0 <= order <= _MOST_ORDER:
            raise CallRefused(40058)
        _check_name(each["name"])
        wanted.setdefault(each["name"], order)
    return wanted


def _check_name(name: str) -> None:
    if not 1 <= len(name) <= _MOST_NAME:
        raise CallRefused(40072)


def _check_free(call: Call, known: Tag | TagGroup, name: str) -> None:
    others: list[Tag] | list[TagGroup]
    if isinstance(known, Tag):
        others = call.corp.tags_of_group(known.group_id)
    else:
        others = [group for group in call.corp.tag_groups.values() if not group.deleted]
    if any(other.name == name and other.id != known.id for other in others):
        raise CallRefused(40071)


def _check_owner(call: Call, known: Tag | TagGroup) -> None:
    if call.app.kind != "customer_contact" and known.owner != call.app.name:
        raise CallRefused(60011)


def _living(call: Call, known_id: str) -> Tag | TagGroup:
    if known_id in call.corp.tag_groups:
        return _living_group(call, known_id)
    return _living_tag(call, known_id)


def _living_tag(call: Call, tag_id: str) -> Tag:
    tag = call.corp.tags.get(tag_id)
    if tag is None or tag.deleted:
        raise CallRefused(40068)
    return tag


def _living_group(call: Call, group_id: str) -> TagGroup:
    group = call.corp.tag_groups.get(group_id)
    if group is None or group.deleted:
        raise CallRefused(40068)
    return group


def _all_of(call: Call, group: TagGroup) -> list[Tag]:
    return [tag for tag in call.corp.tags.values() if tag.group_id == group.id]


def _groups_of_tags(call: Call, tag_ids: list[str]) -> list[dict[str, Any]]:
    by_group: dict[str, list[Tag]] = {}
    for tag_id in tag_ids:
        if tag_id in call.corp.tags:
            tag = call.corp.tags[tag_id]
            by_group.setdefault(tag.group_id, []).append(tag)
    return [
        _shown_group(call.corp.tag_groups[group_id], tags, ids=True)
        for group_id, tags in by_group.items()
    ]


def _shown_group(group: TagGroup, tags: list[Tag], *, ids: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "group_id": group.id,
        "group_name": group.name,
        "create_time": group.create_time,
        "order": group.order,
        "tag": [_shown_tag(tag, ids=ids) for tag in tags],
    }
    return {**shown, "deleted": group.deleted} if ids else shown


def _shown_tag(tag: Tag, *, ids: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": tag.id,
        "name": tag.name,
        "create_time": tag.create_time,
        "order": tag.order,
    }
    return {**shown, "deleted": tag.deleted} if ids else shown
