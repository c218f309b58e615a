"""Members (通讯录管理 - 成员管理)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.media import check_media
from simulator.api.member_fields import check_unique, check_userid, new_member_of, read_fields
from simulator.contacts import (
    ACTIVE,
    DISABLED,
    NOT_JOINED,
    Contacts,
    below,
    main_department_of,
    open_userid_of,
    openid_of,
)
from simulator.corp import ROOT_DEPARTMENT
from simulator.days import date_of
from simulator.known_as import known_as
from simulator.records import Member

chapter = Chapter()

_MOST_DELETED = 200
_MOST_IDS = 10_000
_MOST_DEPARTMENT_ID = 2**31 - 1
_STATISTICS_DAYS = 30
_MOBILE_BYTES = range(5, 33)
_QRCODE_SIZES = {1: 171, 2: 399, 3: 741, 4: 2052}
_STATUS_BITS = {1: ACTIVE, 2: DISABLED, 4: NOT_JOINED}
_SENSITIVE = ("mobile", "email", "biz_mail", "gender", "address")


def contacts_of(call: Call) -> Contacts:
    """Return the contacts in the hands of the calling app."""
    return Contacts(
        corp=call.corp,
        push=call.push,
        by=call.app.name,
        whole=call.tenant.limits.contact_sync_told_all,
    )


@chapter.endpoint("POST", "user/create", doc=90195, needs="contacts_write")
def create(call: Call) -> dict[str, object]:
    """Add a member (创建成员); one with a mobile or an e-mail, for the invitation."""
    userid = check_userid(call.text("userid"))
    if known_as(call.corp, "userid", userid):
        raise CallRefused(60102)
    call.text("name", missing=60112)
    given = _given(call)
    if not (given.get("mobile") or given.get("email")):
        raise CallRefused(60129)
    check_unique(call.corp, given, userid)
    contacts_of(call).add_member(new_member_of(userid, {"status": NOT_JOINED, **given}, NOT_JOINED))
    return {"errmsg": "created"}


@chapter.endpoint("GET", "user/get", doc=90196)
def get(call: Call) -> dict[str, object]:
    """Read one member (读取成员).

    Mobile, e-mail, gender and address are withheld, as from every app made since 2022-06-20.
    """
    _refuse_ids_only(call)
    return detail_of_member(call, call.member(call.text("userid", missing=60111)))


@chapter.endpoint("POST", "user/update", doc=90197, needs="contacts_write")
def update(call: Call) -> dict[str, object]:
    """Change a member's fields that are given (更新成员)."""
    member = call.member(call.text("userid", missing=60111))
    given = _given(call)
    check_unique(call.corp, given, member.userid)
    contacts = contacts_of(call)
    new_userid = call.optional_text("new_userid")
    if new_userid and new_userid != member.userid:
        _check_renaming(call, member, check_userid(new_userid))
        member.userid_given = True
        contacts.rename_member(member, new_userid)
    contacts.change_member(member, given)
    return {"errmsg": "updated"}


@chapter.endpoint("GET", "user/delete", doc=90198, needs="contacts_write")
def delete(call: Call) -> dict[str, object]:
    """Delete a member (删除成员)."""
    contacts_of(call).remove_member(call.member(call.text("userid", missing=60111)).userid)
    return {"errmsg": "deleted"}


@chapter.endpoint("POST", "user/batchdelete", doc=90199, needs="contacts_write")
def batchdelete(call: Call) -> dict[str, object]:
    """Delete up to 200 members (批量删除成员)."""
    userids = call.texts("useridlist", most=_MOST_DELETED, too_many=40032)
    if not userids:
        raise CallRefused(40063)
    known = [each for each in dict.fromkeys(userids) if each in call.corp.members]
    if not known:
        raise CallRefused(40031)
    contacts = contacts_of(call)
    for userid in known:
        contacts.remove_member(userid)
    return {"errmsg": "deleted"}


@chapter.endpoint("GET", "user/simplelist", doc=90200, empty={"userlist": []})
def simplelist(call: Call) -> dict[str, object]:
    """Return the members of a department (获取部门成员)."""
    _refuse_ids_only(call)
    return {
        "userlist": [
            {
                "userid": member.userid,
                "name": member.name,
                "department": member.department,
                "open_userid": open_userid_of(call.corp, member.userid),
            }
            for member in _members_of_department(call)
        ]
    }


@chapter.endpoint("GET", "user/list", doc=90201, empty={"userlist": []})
def list_(call: Call) -> dict[str, object]:
    """Return the members of a department with their details (获取部门成员详情)."""
    _refuse_ids_only(call)
    return {"userlist": [detail_of_member(call, member) for member in _members_of_department(call)]}


@chapter.endpoint(
    "POST", "user/list_id", doc=96067, needs="contacts_write", empty={"dept_user": []}
)
def list_id(call: Call) -> dict[str, object]:
    """Return every member's id with each of their departments (获取成员ID列表)."""
    pairs = [
        {"userid": member.userid, "department": department}
        for member in call.corp.members.values()
        for department in member.department
    ]
    return call.paged("dept_user", pairs, default=_MOST_IDS, most=_MOST_IDS)


@chapter.endpoint("POST", "user/convert_to_openid", doc=90202)
def convert_to_openid(call: Call) -> dict[str, object]:
    """Return what a member is called in payments (userid转openid)."""
    member = call.member(call.text("userid", missing=60111))
    if member.status != ACTIVE:
        raise CallRefused(43004)
    return {"openid": openid_of(call.corp, member.userid)}


@chapter.endpoint("POST", "user/convert_to_userid", doc=90202)
def convert_to_userid(call: Call) -> dict[str, object]:
    """Return the member behind an openid (openid转userid)."""
    openid = call.text("openid", missing=40073)
    return {"userid": _found(call, lambda each: openid_of(call.corp, each.userid) == openid, 40073)}


@chapter.endpoint("GET", "user/authsucc", doc=90203)
def authsucc(call: Call) -> dict[str, object]:
    """Let a member in who waits for the second verification (二次验证)."""
    member = call.member(call.text("userid", missing=60111))
    if not member.verifying:
        raise CallRefused(40058)
    member.verifying = False
    return {}


@chapter.endpoint("POST", "user/get_active_stat", doc=92714, empty={"active_cnt": 0})
def get_active_stat(call: Call) -> dict[str, object]:
    """Return how many members were active on a day (获取企业活跃成员数): here, all who joined."""
    if ROOT_DEPARTMENT not in call.app.visible_departments:
        raise CallRefused(60011)
    try:
        day = date.fromisoformat(call.text("date"))
    except ValueError as error:
        raise CallRefused(40058) from error
    if not timedelta(0) <= date_of(call.now) - day <= timedelta(days=_STATISTICS_DAYS):
        raise CallRefused(40058)
    return {"active_cnt": sum(each.status == ACTIVE for each in call.corp.members.values())}


@chapter.endpoint("GET", "corp/get_join_qrcode", doc=91714, needs="contacts_write", stateful=False)
def get_join_qrcode(call: Call) -> dict[str, object]:
    """Return the address of a picture that invites into the corp (获取加入企业二维码)."""
    pixels = _QRCODE_SIZES[call.integer("size_type", 1, low=1, high=4)]
    code = secrets.token_urlsafe(16)
    return {"join_qrcode": f"https://work.weixin.qq.com/wework_admin/genqrcode?{pixels}&{code}"}


@chapter.endpoint("POST", "user/getuserid", doc=95402)
def getuserid(call: Call) -> dict[str, object]:
    """Return the member with a mobile number (手机号获取userid)."""
    mobile = call.text("mobile", missing=60103)
    if len(mobile.encode()) not in _MOBILE_BYTES:
        raise CallRefused(60103)
    return {"userid": _found(call, lambda each: each.mobile == mobile, 46004)}


@chapter.endpoint("POST", "user/get_userid_by_email", doc=95895)
def get_userid_by_email(call: Call) -> dict[str, object]:
    """Return the member with an e-mail address (邮箱获取userid), of the corp or their own."""
    email = call.text("email", missing=60105)
    name = "biz_mail" if call.integer("email_type", 1, low=1, high=2) == 1 else "email"
    return {"userid": _found(call, lambda each: getattr(each, name) == email, 46004)}


def detail_of_member(call: Call, member: Member) -> dict[str, Any]:
    """Return a member as an app may read them."""
    zeros = [0] * len(member.department)
    detail = {
        "userid": member.userid,
        "name": member.name,
        "department": member.department,
        "order": member.order or zeros,
        "position": member.position,
        "is_leader_in_dept": member.is_leader_in_dept or zeros,
        "direct_leader": member.direct_leader,
        "telephone": member.telephone,
        "alias": member.alias,
        "main_department": main_department_of(member),
        "extattr": member.extattr or {"attrs": []},
        "external_profile": member.external_profile,
        "status": member.status,
        "open_userid": open_userid_of(call.corp, member.userid),
        "external_position": member.external_position,
    }
    if call.tenant.limits.sensitive_fields_withheld:
        return detail
    return detail | {name: str(getattr(member, name)) for name in _SENSITIVE}


def _given(call: Call) -> dict[str, Any]:
    given = read_fields(call.corp, call.params)
    avatar = call.optional_text("avatar_mediaid")
    if avatar:
        check_media(call, avatar, "image")
    if call.has("enable"):
        enabled = call.integer("enable", low=0, high=1)
        given["status"] = NOT_JOINED if enabled else DISABLED
        member = call.corp.members.get(str(call.params.get("userid")))
        if enabled and member is not None:
            given["status"] = ACTIVE if member.status == DISABLED else member.status
    return given


def _check_renaming(call: Call, member: Member, new_userid: str) -> None:
    """A userid can be changed once, and only one that the system made."""
    if member.userid_given:
        raise CallRefused(40003)
    if known_as(call.corp, "userid", new_userid):
        raise CallRefused(60102)


def _refuse_ids_only(call: Call) -> None:
    if call.app.kind == "contact_sync" and call.tenant.limits.contact_sync_reads_ids_only:
        raise CallRefused(48009)


def _members_of_department(call: Call) -> Iterable[Member]:
    department = call.integer("department_id", low=0, high=_MOST_DEPARTMENT_ID)
    if department not in call.corp.departments:
        raise CallRefused(60003)
    departments = {department}
    if call.flag("fetch_child"):
        departments = below(call.corp, department)
    statuses = _wanted_statuses(call)
    found = [
        member
        for member in call.corp.members.values()
        if not departments.isdisjoint(member.department)
        and call.corp.sees(call.app, member)
        and member.status in statuses
    ]
    if not found and not call.corp.sees_department(call.app, department):
        raise CallRefused(60011)
    return found


def _wanted_statuses(call: Call) -> set[int]:
    """Return the statuses of the old filter: 0 all, or a sum of 1, 2 and 4."""
    wanted = call.integer("status", 0, low=0, high=7)
    bits = {status for bit, status in _STATUS_BITS.items() if wanted & bit}
    return bits or {*_STATUS_BITS.values(), 5}


def _found(call: Call, fits: Callable[[Member], bool], missing: int) -> str:
    for member in call.corp.members.values():
        if fits(member) and call.corp.sees(call.app, member):
            return member.userid
    raise CallRefused(missing)
