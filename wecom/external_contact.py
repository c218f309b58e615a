"""Customers (客户联系 - 客户管理): welcome, read, remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wecom.answer import nothing, record
from wecom.arguments import any_given, at_least_one, at_most_bytes, at_most_chars, not_empty
from wecom.attachments import Attachment, to_json
from wecom.client import Client
from wecom.endpoint import Endpoint


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
class FollowUser:
    """The relation of one member to the customer."""

    userid: str = ""
    remark: str = ""
    description: str = ""
    createtime: datetime | None = None
    tags: tuple[FollowTag, ...] = ()
    remark_corp_name: str = ""
    remark_mobiles: tuple[str, ...] = ()
    add_way: int = 0
    oper_userid: str = ""
    state: str = ""


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


SEND_WELCOME_MSG = Endpoint("POST", "externalcontact/send_welcome_msg", nothing, doc=92137)
GET = Endpoint("GET", "externalcontact/get", record(Customer), doc=92114)
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


def get(api: Client, external_userid: str) -> Customer:
    """Read one customer (获取客户详情), with every follower: 500 come at a time."""
    not_empty(external_userid=external_userid)
    customer = page = api.call(GET, query={"external_userid": external_userid})
    seen = {""}
    while page.next_cursor not in seen:
        seen.add(page.next_cursor)
        page = api.call(GET, query={"external_userid": external_userid, "cursor": page.next_cursor})
        customer = replace(customer, follow_user=customer.follow_user + page.follow_user)
    return replace(customer, next_cursor="")


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
