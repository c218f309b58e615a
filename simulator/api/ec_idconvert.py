"""Customers and tags under other ids (账号ID转换), and everybody members deal with."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.ec_groupchat import known_chat
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import page_of
from simulator.days import DAY_SECONDS, HOUR_SECONDS, MONTH_SECONDS
from simulator.foreign_ids import (
    TMP_SECONDS,
    ForeignIds,
    open_tagid_of,
    openid_of,
    pending_id_of,
)
from simulator.handovers import followed
from simulator.quotas import Quotas
from simulator.records import Customer

chapter = Chapter(needs="customer_contact")

_MOST_PENDING = 100
_MOST_IDS = 1000
_MOST_LISTED = 1000
_WECOM_USER = 2
_EXTERNAL = 2
_CUSTOMERS = 1
_UNIONIDS = ((100_000, HOUR_SECONDS), (480_000, DAY_SECONDS), (7_500_000, MONTH_SECONDS))


@chapter.endpoint("POST", "externalcontact/contact_list", doc=99434, empty={"info_list": []})
def contact_list(call: Call) -> dict[str, object]:
    """Return everybody outside whom visible members deal with (获取已服务的外部联系人).

    Each as often as somebody added them or they are in a group; the tmp_openid tells that it is
    the same one. The ids and the cursors end four hours after the first page.
    """
    cursor, _, issued = (call.optional_text("cursor") or "").partition(".")
    if cursor and (not issued.isdecimal() or call.now - int(issued) >= TMP_SECONDS):
        raise CallRefused(50100)
    limit = call.integer("limit", _MOST_LISTED, low=1, high=_MOST_LISTED)
    page, next_cursor = page_of(_served(call), cursor, limit)
    since = int(issued or call.now)
    ids = call.corp.of(ForeignIds)
    for info in page:
        info["tmp_openid"] = ids.issue_tmp(info["external_userid"], since)
        if info["is_customer"]:
            del info["name"]
        else:
            del info["external_userid"]
    return {"info_list": page, "next_cursor": f"{next_cursor}.{since}" if next_cursor else ""}


@chapter.endpoint("POST", "externalcontact/convert_to_openid", doc=92292)
def convert_to_openid(call: Call) -> dict[str, object]:
    """Return the openid of a customer (external_userid转openid); WeCom users have none, 41056."""
    customer = _customer(call, call.text("external_userid", missing=41035))
    if customer.type == _WECOM_USER:
        raise CallRefused(41056)
    return {"openid": openid_of(customer.external_userid)}


@chapter.endpoint("POST", "externalcontact/unionid_to_external_userid", doc=93274)
def unionid_to_external_userid(call: Call) -> dict[str, object]:
    """Find a customer by unionid (unionid转换为external_userid), the older way."""
    unionid = call.text("unionid", missing=610014)
    call.integer("subject_type", 0, low=0, high=1)
    external_userid = _by_unionid(call, unionid)
    if not external_userid:
        raise CallRefused(84061)
    return {"external_userid": external_userid}


@chapter.endpoint("POST", "idconvert/unionid_to_external_userid", doc=95884)
def idconvert_unionid_to_external_userid(call: Call) -> dict[str, object]:
    """Find a customer by unionid (unionid转换为external_userid); others get a pending_id."""
    unionid = call.text("unionid", missing=610014)
    call.text("openid")
    call.integer("subject_type", 0, low=0, high=1)
    for most, seconds in _UNIONIDS:
        call.corp.of(Quotas).count("unionid", call.now, most=most, seconds=seconds)
    external_userid = _by_unionid(call, unionid)
    if external_userid:
        return {"external_userid": external_userid}
    return {"pending_id": pending_id_of(unionid)}


@chapter.endpoint(
    "POST", "idconvert/batch/external_userid_to_pending_id", doc=97357, empty={"result": []}
)
def external_userid_to_pending_id(call: Call) -> dict[str, object]:
    """Return the pending_ids of people (external_userid查询pending_id); for providers only.

    People who are no customers, or not in the group, are left out.
    """
    _for_providers(call)
    wanted = call.texts("external_userid", most=_MOST_PENDING)
    if not wanted:
        raise CallRefused(41035)
    chat_id = call.optional_text("chat_id")
    known = _people_of(call, chat_id) if chat_id else set(call.corp.customers)
    return {
        "result": [
            {
                "external_userid": each,
                "pending_id": pending_id_of(call.corp.customers[each].unionid or each),
            }
            for each in wanted
            if each in known
        ]
    }


@chapter.endpoint("POST", "idconvert/external_tagid", doc=97108, empty={"items": []})
def external_tagid(call: Call) -> dict[str, object]:
    """Return the ids a provider knows tags by (客户标签ID的转换); for providers only."""
    _for_providers(call)
    wanted = call.texts("external_tagid_list", most=_MOST_IDS)
    if not wanted:
        raise CallRefused(40058)
    tags = call.corp.tags
    known = [each for each in wanted if each in tags and not tags[each].deleted]
    return {
        "items": [
            {"external_tagid": each, "open_external_tagid": open_tagid_of(each, call.app.name)}
            for each in known
        ],
        "invalid_external_tagid_list": [each for each in wanted if each not in known],
    }


@chapter.endpoint("POST", "idconvert/convert_tmp_external_userid", doc=98729, empty={"results": []})
def convert_tmp_external_userid(call: Call) -> dict[str, object]:
    """Return which customers temporary ids are (tmp_external_userid的转换): those of contact_list.

    Members of other corps, user_type 2 to 4, have none here. An empty id is refused with 710006,
    kinds out of their numbers with 40058 (unconfirmed).
    """
    call.integer("business_type", low=1, high=3)
    of_customers = call.integer("user_type", low=1, high=4) == _CUSTOMERS
    wanted = call.texts("tmp_external_userid_list", most=_MOST_PENDING)
    if not wanted or not all(wanted):
        raise CallRefused(710006)
    tmp = call.corp.of(ForeignIds).tmp
    living = {each for each in wanted if each in tmp and call.now < tmp[each].ends_at}
    known = [each for each in wanted if each in living and of_customers]
    return {
        "results": [
            {"tmp_external_userid": each, "external_userid": tmp[each].external_userid}
            for each in known
        ],
        "invalid_tmp_external_userid_list": [each for each in wanted if each not in known],
    }


@chapter.endpoint("POST", "externalcontact/get_new_external_userid", doc=97063, empty={"items": []})
def get_new_external_userid(call: Call) -> dict[str, object]:
    """Return the ids customers have now (转换external_userid): here they are the new ones already.

    Ids of nobody are left out (unconfirmed).
    """
    return _new_ids(call, set(call.corp.customers))


@chapter.endpoint(
    "POST", "externalcontact/groupchat/get_new_external_userid", doc=97063, empty={"items": []}
)
def groupchat_get_new_external_userid(call: Call) -> dict[str, object]:
    """Return the ids members of a group have now (转换客户群成员external_userid)."""
    return _new_ids(call, _people_of(call, call.text("chat_id", missing=40050)))


@chapter.endpoint("POST", "externalcontact/to_service_external_userid", doc=95195, own_ids=True)
def to_service_external_userid(call: Call) -> dict[str, object]:
    """Return the id the provider knows a customer by (企业主体external_userid转服务商主体)."""
    customer = _customer(call, call.text("external_userid", missing=41035))
    ids = call.corp.of(ForeignIds)
    return {"external_userid": ids.of_provider(customer.external_userid, call.app.name)}


@chapter.endpoint("POST", "externalcontact/from_service_external_userid", doc=95884)
def from_service_external_userid(call: Call) -> dict[str, object]:
    """Return the corp's id of a provider's customer (服务商主体external_userid转企业主体)."""
    foreign = call.text("external_userid", missing=41035)
    agentid = call.integer("source_agentid", low=0, high=2**31 - 1)
    known = call.corp.of(ForeignIds).to_corp
    for app in call.corp.apps.values():
        if app.agentid == agentid and (foreign, app.name) in known:
            return {"external_userid": known[foreign, app.name]}
    raise CallRefused(40096)


def _for_providers(call: Call) -> None:
    if call.app.kind != "suite":
        raise CallRefused(48002)


def _customer(call: Call, external_userid: str) -> Customer:
    customer = call.corp.customers.get(external_userid)
    if customer is None:
        raise CallRefused(40096)
    if not any(
        relation.followed and call.corp.sees_userid(call.app, relation.userid)
        for relation in call.corp.followers.get(external_userid, {}).values()
    ):
        raise CallRefused(84061)
    return customer


def _by_unionid(call: Call, unionid: str) -> str:
    """Return the customer of that unionid whom a visible member follows, empty for none."""
    for customer in call.corp.customers.values():
        if customer.unionid == unionid:
            followers = call.corp.followers.get(customer.external_userid, {}).values()
            if any(
                each.followed and call.corp.sees_userid(call.app, each.userid) for each in followers
            ):
                return customer.external_userid
    return ""


def _people_of(call: Call, chat_id: str) -> set[str]:
    members = known_chat(call, chat_id).current.members
    return {member.userid for member in members if member.type == _EXTERNAL}


def _new_ids(call: Call, known: set[str]) -> dict[str, object]:
    wanted = call.texts("external_userid_list", most=_MOST_IDS)
    if not wanted:
        raise CallRefused(41035)
    return {
        "items": [
            {"external_userid": each, "new_external_userid": each}
            for each in wanted
            if each in known
        ]
    }


def _served(call: Call) -> list[dict[str, Any]]:
    corp = call.corp
    found: list[dict[str, Any]] = [
        {
            "is_customer": True,
            "external_userid": relation.external_userid,
            "name": "",
            "follow_userid": userid,
            "add_time": relation.createtime,
        }
        for userid in corp.following
        if corp.sees_userid(call.app, userid)
        for relation in followed(corp, userid)
    ]
    for chat in corp.group_chats.values():
        owner = chat.current.owner
        if chat.dismissed or not corp.sees_userid(call.app, owner):
            continue
        found += [
            {
                "is_customer": _is_followed(call, member.userid),
                "external_userid": member.userid,
                "name": f"***{member.name[-1:]}",
                "follow_userid": owner,
                "chat_id": chat.chat_id,
                "add_time": member.join_time,
            }
            for member in chat.current.members
            if member.type == _EXTERNAL
        ]
    return found


def _is_followed(call: Call, external_userid: str) -> bool:
    relations = call.corp.followers.get(external_userid, {}).values()
    return any(relation.followed for relation in relations)
