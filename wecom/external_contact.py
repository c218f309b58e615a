"""Customers (客户联系 - 客户管理): welcome, list, read, remark."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from errors import NotExternalContact
from wecom.answer import nothing, only, paged, record, several
from wecom.arguments import (
    any_given,
    at_least_one,
    at_most_bytes,
    at_most_chars,
    at_most_items,
    not_empty,
    within,
)
from wecom.attachments import Attachment, to_json
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every, pages

_MOST_MEMBERS = 100


@dataclass(frozen=True, kw_only=True)
class ExternalContact:
    """The customer as every member sees them.

    type: 1 a WeChat user, 2 a WeCom user. gender: 0 unknown, 1 male, 2 female.
    """

    external_userid: str = ""
    name: str = ""
    avatar: str = ""
    type: int = 0
    gender: int = 0
    unionid: str = ""
    position: str = ""
    corp_name: str = ""
    corp_full_name: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowTag:
    """A tag that one member put on the customer; type: 1 corp, 2 personal (no id), 3 strategy."""

    group_name: str = ""
    tag_name: str = ""
    tag_id: str = ""
    type: int = 0


@dataclass(frozen=True, kw_only=True)
class _Relation:
    userid: str = ""
    remark: str = ""
    description: str = ""
    createtime: datetime | None = None
    remark_corp_name: str = ""
    remark_mobiles: tuple[str, ...] = ()
    add_way: int = 0
    oper_userid: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowUser(_Relation):
    """The relation of one member to the customer."""

    tags: tuple[FollowTag, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer and the members in the app's range who follow them."""

    external_contact: ExternalContact
    follow_user: tuple[FollowUser, ...] = ()
    next_cursor: str = ""

    def followed_by(self, userid: str) -> FollowUser | None:
        """Return the relation of this member, if there is one; userids ignore case."""
        wanted = userid.casefold()
        return next((each for each in self.follow_user if each.userid.casefold() == wanted), None)


@dataclass(frozen=True, kw_only=True)
class FollowInfo(_Relation):
    """The relation of one member to one customer; tag_id: tags of the corp and of strategies."""

    tag_id: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Followed:
    """A customer and one member who follows them."""

    external_contact: ExternalContact
    follow_info: FollowInfo = field(default_factory=FollowInfo)


@dataclass(frozen=True, kw_only=True)
class Served:
    """Somebody members deal with, once for each who added them and each group they are in.

    tmp_openid: the same for the same person, for four hours. external_userid: of a customer. name:
    of anybody else, all but hidden. follow_userid: who added them, or owns the group. chat_id: of a
    customer group. chat_name: of any other.
    """

    is_customer: bool = False
    tmp_openid: str = ""
    external_userid: str = ""
    name: str = ""
    follow_userid: str = ""
    chat_id: str = ""
    chat_name: str = ""
    add_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class FoundByUnionid:
    """Who a unionid is; pending_id: for somebody who is no customer yet."""

    external_userid: str = ""
    pending_id: str = ""


@dataclass(frozen=True, kw_only=True)
class _Unlicensed:
    unlicensed_userid_list: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _FollowedPage:
    external_contact_list: tuple[Followed, ...] = ()
    next_cursor: str = ""
    fail_info: _Unlicensed = field(default_factory=_Unlicensed)


SEND_WELCOME_MSG = Endpoint("POST", "externalcontact/send_welcome_msg", nothing, doc=92137)
GET_FOLLOW_USER_LIST = Endpoint(
    "GET", "externalcontact/get_follow_user_list", several("follow_user", str), doc=92571
)
LIST = Endpoint("GET", "externalcontact/list", several("external_userid", str), doc=92113)
GET = Endpoint("GET", "externalcontact/get", record(Customer), doc=92114)
CRM_GET_EXTERNAL_CONTACT = Endpoint("GET", "crm/get_external_contact", record(Customer), doc=92114)
BATCH_GET_BY_USER = Endpoint(
    "POST", "externalcontact/batch/get_by_user", record(_FollowedPage), doc=92994
)
CONTACT_LIST = Endpoint(
    "POST", "externalcontact/contact_list", paged("info_list", Served), doc=99434
)
CONVERT_TO_OPENID = Endpoint(
    "POST", "externalcontact/convert_to_openid", only("openid", str), doc=92292
)
UNIONID_TO_EXTERNAL_USERID = Endpoint(
    "POST", "externalcontact/unionid_to_external_userid", record(FoundByUnionid), doc=93274
)
REMARK = Endpoint(
    "POST",
    "externalcontact/remark",
    nothing,
    doc=92115,
    one_at_a_time=("userid", "external_userid"),
)


def send_welcome_msg(
    api: Client, welcome_code: str, *, text: str = "", attachments: Sequence[Attachment] = ()
) -> None:
    """Welcome a new customer (发送新客户欢迎语); the code works once, for 20 seconds.

    Raises WelcomeCodeInvalid, ChatAlreadyStarted, WelcomeBeingSent or MediaInvalid.
    """
    not_empty(welcome_code=welcome_code)
    at_least_one(text=text, attachments=attachments)
    at_most_bytes(4000, text=text)
    api.call(
        SEND_WELCOME_MSG,
        json={
            "welcome_code": welcome_code,
            "text": {"content": text} if text else None,
            "attachments": to_json(attachments) or None,
        },
    )


def get_follow_user_list(api: Client) -> tuple[str, ...]:
    """Read which members may have customers (获取配置了客户联系功能的成员列表)."""
    return api.call(GET_FOLLOW_USER_LIST)


def list_(api: Client, userid: str) -> tuple[str, ...]:
    """Read who the customers of a member are (获取客户列表); nobody is no error (84061)."""
    not_empty(userid=userid)
    try:
        return api.call(LIST, query={"userid": userid})
    except NotExternalContact:
        return ()


def get(api: Client, external_userid: str) -> Customer:
    """Read one customer (获取客户详情), with every follower: 500 come at a time."""
    not_empty(external_userid=external_userid)
    first, *others = pages(api, GET, {"external_userid": external_userid})
    followers = sum((page.follow_user for page in others), first.follow_user)
    return replace(first, follow_user=followers, next_cursor="")


def crm_get_external_contact(api: Client, external_userid: str) -> Customer:
    """Read one customer by the old path (获取外部联系人详情); retired, use get."""
    not_empty(external_userid=external_userid)
    return api.call(CRM_GET_EXTERNAL_CONTACT, query={"external_userid": external_userid})


def batch_get_by_user(
    api: Client,
    userid_list: Sequence[str],
    *,
    limit: int = 100,
    on_unlicensed: Callable[[tuple[str, ...]], None] | None = None,
) -> Iterator[Followed]:
    """Yield every customer of up to 100 members (批量获取客户详情), once for each who follows them.

    on_unlicensed: told the members whose customers are left out because they have no licence.
    """
    not_empty(userid_list=userid_list)
    at_most_items(_MOST_MEMBERS, userid_list=userid_list)
    within(1, 100, limit=limit)
    arguments = {"userid_list": list(userid_list), "limit": limit}
    return _followed(pages(api, BATCH_GET_BY_USER, arguments), on_unlicensed)


def contact_list(api: Client, *, limit: int = 1000) -> Iterator[Served]:
    """Yield everybody outside whom members deal with (获取已服务的外部联系人)."""
    within(1, 1000, limit=limit)
    return every(api, CONTACT_LIST, {"limit": limit})


def convert_to_openid(api: Client, external_userid: str) -> str:
    """Return the openid of a customer, for payments (external_userid转openid)."""
    not_empty(external_userid=external_userid)
    return api.call(CONVERT_TO_OPENID, json={"external_userid": external_userid})


def unionid_to_external_userid(
    api: Client, unionid: str, *, openid: str | None = None, subject_type: int | None = None
) -> FoundByUnionid:
    """Find a customer by unionid (unionid转换为external_userid); retired.

    Use idconvert.unionid_to_external_userid. subject_type: 0 the corp's, 1 the provider's.
    """
    not_empty(unionid=unionid)
    within(0, 1, subject_type=subject_type)
    body = {"unionid": unionid, "openid": openid, "subject_type": subject_type}
    return api.call(UNIONID_TO_EXTERNAL_USERID, json=body)


def remark(
    api: Client,
    userid: str,
    external_userid: str,
    *,
    remark: str | None = None,
    description: str | None = None,
    remark_company: str | None = None,
    remark_mobiles: Sequence[str] | None = None,
    remark_pic_mediaid: str | None = None,
) -> None:
    """Change what a member noted about a customer (修改客户备注信息); None leaves a field as it is.

    remark_mobiles: replaces all numbers; an empty sequence clears them.
    """
    not_empty(userid=userid, external_userid=external_userid)
    at_most_chars(20, remark=remark, remark_company=remark_company)
    at_most_chars(150, description=description)
    changes = {
        "remark": remark,
        "description": description,
        "remark_company": remark_company,
        "remark_mobiles": None if remark_mobiles is None else list(remark_mobiles) or [""],
        "remark_pic_mediaid": remark_pic_mediaid,
    }
    any_given(**changes)
    api.call(REMARK, json={"userid": userid, "external_userid": external_userid, **changes})


def _followed(
    found: Iterator[_FollowedPage], on_unlicensed: Callable[[tuple[str, ...]], None] | None
) -> Iterator[Followed]:
    for page in found:
        unlicensed = page.fail_info.unlicensed_userid_list
        if unlicensed and on_unlicensed is not None:
            on_unlicensed(unlicensed)
        yield from page.external_contact_list
