"""Acquisition links (客户联系 - 获客助手); an app sees only its own.

The secret of the system app may call none of these (48002). A link that is none, or of another
app, is refused with 40058 (unconfirmed).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from errors import CallRefused
from simulator.acquisition import Acquisition, Link
from simulator.api.days import check_days
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.api.ranges import check_departments, members_of
from simulator.days import DAY_SECONDS, beginning, day_of

chapter = Chapter(needs="customer_contact")

_PATH = "externalcontact/customer_acquisition"
_MOST_NAME = 30
_MOST_MEMBERS = 500
_MOST_FIRST = 1000
_MOST_KEYS = 1000
_KEY_SECONDS = 14 * DAY_SECONDS
_SPAN_DAYS = 30
_SPECIFIED = 2

_Function = Callable[[Call], dict[str, object]]


def _acquiring(function: _Function) -> _Function:
    @wraps(function)
    def guarded(call: Call) -> dict[str, object]:
        if call.app.kind == "customer_contact":
            raise CallRefused(48002)
        return function(call)

    return guarded


@chapter.endpoint("POST", f"{_PATH}/list_link", doc=97297, empty={"link_id_list": []})
@_acquiring
def list_link(call: Call) -> dict[str, object]:
    """Return the ids of the app's links that work (获取获客链接列表)."""
    own = [
        link.link_id
        for link in call.corp.of(Acquisition).links.values()
        if link.owner == call.app.name and link.available
    ]
    return call.paged("link_id_list", own, default=100, most=100)


@chapter.endpoint("POST", f"{_PATH}/get", doc=97297)
@_acquiring
def get(call: Call) -> dict[str, object]:
    """Return one link (获取获客链接详情)."""
    link = _known(call)
    return {
        "link": {
            **_shown(link),
            "skip_verify": link.skip_verify,
            "mark_source": link.mark_source,
        },
        "range": {"user_list": link.user_list, "department_list": link.department_list},
        "priority_option": {
            "priority_type": link.priority_type,
            "priority_userid_list": link.priority_userid_list,
        },
    }


@chapter.endpoint("POST", f"{_PATH}/create_link", doc=97297)
@_acquiring
def create_link(call: Call) -> dict[str, object]:
    """Make a link to members and departments (创建获客链接)."""
    name = call.named("link_name", most=_MOST_NAME)
    settings = {**_range(call), **_settings(call)}
    acquisition = call.corp.of(Acquisition)
    if len(acquisition.links) >= call.tenant.limits.acquisition_links:
        raise CallRefused(41095)
    link_id = f"caw{secrets.token_hex(10)}"
    link = Link(
        link_id=link_id,
        owner=call.app.name,
        link_name=name,
        url=f"https://work.weixin.qq.com/ca/{link_id}",
        create_time=int(call.now),
        **settings,
    )
    acquisition.links[link_id] = link
    return {"link": _shown(link)}


@chapter.endpoint("POST", f"{_PATH}/update_link", doc=97297)
@_acquiring
def update_link(call: Call) -> dict[str, object]:
    """Change the given fields (编辑获客链接); a range replaces the one before."""
    changes = _settings(call)
    if call.has("link_name"):
        changes["link_name"] = call.named("link_name", most=_MOST_NAME)
    if call.has("range"):
        changes |= _range(call)
    link = _known(call)
    for name, value in changes.items():
        setattr(link, name, value)
    return {}


@chapter.endpoint("POST", f"{_PATH}/delete_link", doc=97297)
@_acquiring
def delete_link(call: Call) -> dict[str, object]:
    """Remove a link (删除获客链接); nobody is told (doc 97299)."""
    del call.corp.of(Acquisition).links[_known(call).link_id]
    return {}


@chapter.endpoint("POST", f"{_PATH}/customer", doc=97298, empty={"customer_list": []})
@_acquiring
def customer(call: Call) -> dict[str, object]:
    """Return whom a link brought (获取获客客户列表); chat_status: 1 after they wrote."""
    brought = [
        {
            "external_userid": each.external_userid,
            "userid": each.userid,
            "chat_status": int(each.received > 0),
            "state": each.state,
        }
        for each in _known(call).customers
    ]
    return call.paged("customer_list", brought, default=1000, most=1000)


@chapter.endpoint("GET", f"{_PATH}_quota", doc=97375)
@_acquiring
def quota(call: Call) -> dict[str, object]:
    """Return how many customers links may still bring (查询剩余使用量)."""
    acquisition = call.corp.of(Acquisition)
    return {
        "total": acquisition.total,
        "balance": acquisition.balance(call.now),
        "quota_list": [
            {"expire_date": beginning(day_of(part.expires_at)), "balance": part.balance}
            for part in acquisition.quota(call.now)
        ],
    }


@chapter.endpoint("POST", f"{_PATH}/statistic", doc=97375)
@_acquiring
def statistic(call: Call) -> dict[str, object]:
    """Count what a link brought on whole days (查询链接使用详情)."""
    days = check_days(call, "start_time", "end_time", most_days=_SPAN_DAYS)
    link = _known(call)
    return {
        "click_link_customer_cnt": sum(day_of(each) in days for each in link.clicks),
        "new_customer_cnt": sum(day_of(each.came_at) in days for each in link.customers),
    }


@chapter.endpoint("POST", f"{_PATH}/get_chat_info", doc=100130)
@_acquiring
def get_chat_info(call: Call) -> dict[str, object]:
    """Return who wrote to whom (获取成员多次收消息详情).

    A key that is none or of the past is refused with 40058 (unconfirmed).
    """
    acquisition = call.corp.of(Acquisition)
    key = acquisition.chat_keys.get(call.text("chat_key"))
    link = acquisition.links.get(key.link_id) if key else None
    if key is None or link is None or call.now >= key.ends_at or link.owner != call.app.name:
        raise CallRefused(40058)
    return {
        "userid": key.customer.userid,
        "external_userid": key.customer.external_userid,
        "chat_info": {
            "recv_msg_cnt": key.received,
            "link_id": link.link_id,
            "state": key.customer.state,
        },
    }


@chapter.endpoint("POST", f"{_PATH}/create_once_key", doc=99603)
@_acquiring
def create_once_key(call: Call) -> dict[str, object]:
    """Make keys that let the provider pay, once (获客助手组件 - 生成代支付key); for suites only."""
    if call.app.kind != "suite":
        raise CallRefused(48002)
    number = call.integer("key_num", 100, low=1, high=_MOST_KEYS)
    link_id = call.text("link_id")
    link = call.corp.of(Acquisition).links.get(link_id)
    if link is None:
        raise CallRefused(40058)
    if link.owner != call.app.name:
        raise CallRefused(41098)
    keys = [secrets.token_urlsafe(24) for _ in range(number)]
    link.once_keys.update(dict.fromkeys(keys, call.now + _KEY_SECONDS))
    return {"keys": keys}


def _known(call: Call) -> Link:
    link = call.corp.of(Acquisition).links.get(call.text("link_id"))
    if link is None or link.owner != call.app.name:
        raise CallRefused(40058)
    return link


def _range(call: Call) -> dict[str, Any]:
    given = call.inside("range")
    users = given.texts("user_list", most=_MOST_MEMBERS)
    departments = given.numbers("department_list")
    if not users and not departments:
        raise CallRefused(40058)
    for userid in users:
        call.member(userid, contact=True)
    check_departments(call, departments)
    if len(members_of(call.corp, users, departments)) > _MOST_MEMBERS:
        raise CallRefused(40058)
    return {"user_list": users, "department_list": departments}


def _settings(call: Call) -> dict[str, Any]:
    """Return the fields that making and changing have in common, as far as they were sent."""
    given: dict[str, Any] = {
        name: call.switch(name, default=True)
        for name in ("skip_verify", "mark_source")
        if call.has(name)
    }
    if call.has("priority_option"):
        given |= _priority(call.inside("priority_option"))
    return given


def _priority(option: Fields) -> dict[str, Any]:
    kind = option.integer("priority_type", low=1, high=_SPECIFIED)
    first = option.texts("priority_userid_list", most=_MOST_FIRST)
    if kind == _SPECIFIED and not first:
        raise CallRefused(40058)
    return {"priority_type": kind, "priority_userid_list": first}


def _shown(link: Link) -> dict[str, Any]:
    return {
        "link_id": link.link_id,
        "link_name": link.link_name,
        "url": link.url,
        "create_time": link.create_time,
    }
