"""Customers (客户联系 - 客户管理)."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.ec_tag import record_marking, tell_of_edit
from simulator.api.endpoint import Answer, Call, Chapter
from simulator.api.fields import page_of
from simulator.api.media import check_media
from simulator.records import Customer, Relation, Tag

chapter = Chapter(needs="customer_contact")

_WECHAT_USER = 1
_CORP_TAG, _STRATEGY_TAG = 1, 3
_FOLLOWERS_A_PAGE = 500
_MOST_MEMBERS = 100
_MOST_REMARK = 20
_MOST_DESCRIPTION = 150
_REMARK_FIELDS = (
    "remark",
    "description",
    "remark_company",
    "remark_mobiles",
    "remark_pic_mediaid",
)


@chapter.endpoint(
    "GET", "externalcontact/get", doc=92114, empty={"external_contact": {}, "follow_user": []}
)
def get(call: Call) -> dict[str, object]:
    """Return a customer and the members who follow them (获取客户详情)."""
    external_userid = call.text("external_userid", missing=41035)
    customer = call.corp.customers.get(external_userid)
    if customer is None:
        raise CallRefused(40096)
    followers = [
        relation
        for relation in call.corp.followers.get(external_userid, {}).values()
        if relation.followed and call.corp.sees_userid(call.app, relation.userid)
    ]
    if not followers:
        raise CallRefused(84061)
    page, next_cursor = page_of(followers, call.optional_text("cursor") or "", _FOLLOWERS_A_PAGE)
    answer: dict[str, object] = {
        "external_contact": _shown(customer),
        "follow_user": [
            {**_follow_info(relation), "tags": _tags(call, relation)} for relation in page
        ],
    }
    if next_cursor:
        answer["next_cursor"] = next_cursor
    return answer


@chapter.endpoint(
    "GET", "crm/get_external_contact", doc=92114, empty={"external_contact": {}, "follow_user": []}
)
def crm_get_external_contact(call: Call) -> Answer:
    """Return a customer by the old path (获取外部联系人详情)."""
    return get(call)


@chapter.endpoint("GET", "externalcontact/list", doc=92113, empty={"external_userid": []})
def list_(call: Call) -> dict[str, object]:
    """Return the customers of one member (获取客户列表); one without any is refused, 84061."""
    member = call.member(call.text("userid", missing=60111), contact=True)
    followed = _followed(call, member.userid)
    if not followed:
        raise CallRefused(84061)
    return {"external_userid": [relation.external_userid for relation in followed]}


@chapter.endpoint(
    "POST", "externalcontact/batch/get_by_user", doc=92994, empty={"external_contact_list": []}
)
def batch_get_by_user(call: Call) -> dict[str, object]:
    """Return the customers of several members, page by page (批量获取客户详情)."""
    userids = call.texts("userid_list", most=_MOST_MEMBERS)
    if not userids:
        raise CallRefused(40058)
    limit = call.integer("limit", 50, low=1, high=100)
    for userid in userids:
        call.member(userid)
    relations = [each for userid in dict.fromkeys(userids) for each in _followed(call, userid)]
    page, next_cursor = page_of(relations, call.optional_text("cursor") or "", limit)
    return {
        "external_contact_list": [
            {
                "external_contact": _shown(call.corp.customers[relation.external_userid]),
                "follow_info": {**_follow_info(relation), "tag_id": list(relation.tags)},
            }
            for relation in page
        ],
        "next_cursor": next_cursor,
    }


@chapter.endpoint("POST", "externalcontact/remark", doc=92115, pair=True)
def remark(call: Call) -> dict[str, object]:
    """Change what a member notes about a customer (修改客户备注信息); absent fields stay."""
    if not any(call.has(name) for name in _REMARK_FIELDS):
        raise CallRefused(40058)
    text = call.optional_text("remark", most=_MOST_REMARK)
    description = call.optional_text("description", most=_MOST_DESCRIPTION)
    company = call.optional_text("remark_company", most=_MOST_REMARK)
    mobiles = _mobiles(call)
    picture = call.optional_text("remark_pic_mediaid")
    relation = call.relation()
    if picture:
        check_media(call, picture, "image")
    before = relation.remark, relation.description, relation.remark_company
    if text is not None:
        relation.remark = text
    if description is not None:
        relation.description = description
    if company is not None and call.corp.customers[relation.external_userid].type == _WECHAT_USER:
        relation.remark_company = company
    if mobiles is not None:
        relation.remark_mobiles = mobiles
    # Changing only the numbers is told to nobody (doc 92130).
    if before != (relation.remark, relation.description, relation.remark_company):
        tell_of_edit(call, relation)
    noted = {name: call.params[name] for name in _REMARK_FIELDS if call.has(name)}
    record_marking(call, "remark", relation, **noted)
    return {}


def _mobiles(call: Call) -> tuple[str, ...] | None:
    """Return the new numbers; a list with an empty text, or an empty text, clears them."""
    if not call.has("remark_mobiles"):
        return None
    if call.params["remark_mobiles"] == "":
        return ()
    return tuple(each for each in call.texts("remark_mobiles") if each)


def _followed(call: Call, userid: str) -> list[Relation]:
    relations = call.corp.following.get(userid, {}).values()
    return [relation for relation in relations if relation.followed]


def _shown(customer: Customer) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "avatar": customer.avatar,
        "type": customer.type,
        "gender": customer.gender,
    }
    if customer.type == _WECHAT_USER:
        return {**shown, "unionid": customer.unionid}
    return {
        **shown,
        "position": customer.position,
        "corp_name": customer.corp_name,
        "corp_full_name": customer.corp_name,
        "external_profile": {"external_attr": []},
    }


def _follow_info(relation: Relation) -> dict[str, Any]:
    info: dict[str, Any] = {
        "userid": relation.userid,
        "remark": relation.remark,
        "description": relation.description,
        "createtime": relation.createtime,
        "remark_mobiles": list(relation.remark_mobiles),
        "add_way": relation.add_way,
        "oper_userid": relation.external_userid,
    }
    if relation.remark_company:
        info["remark_corp_name"] = relation.remark_company
    if relation.state:
        info["state"] = relation.state
    return info


def _tags(call: Call, relation: Relation) -> list[dict[str, Any]]:
    tags = [call.corp.tags[tag_id] for tag_id in relation.tags]
    return [
        {
            "group_name": call.corp.tag_groups[tag.group_id].name,
            "tag_name": tag.name,
            "tag_id": tag.id,
            "type": _kind(call, tag),
        }
        for tag in tags
    ]


def _kind(call: Call, tag: Tag) -> int:
    return _STRATEGY_TAG if call.corp.tag_groups[tag.group_id].strategy_id else _CORP_TAG
