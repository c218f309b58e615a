"""Acquisition links (获客助手); the secret of the system app cannot call any of these (48002)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wecom.answer import nothing, only, paged, record, several
from wecom.arguments import (
    apart,
    at_least_one,
    at_most_chars,
    at_most_items,
    not_empty,
    within,
)
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every
from wecom.spelling import seconds, without_empty

_LONGEST_SPAN = timedelta(days=30)
_MOST_MEMBERS = 500
_MOST_FIRST = 1000


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link; skip_verify: the customer is in without the member's consent."""

    link_id: str
    link_name: str = ""
    url: str = ""
    create_time: datetime | None = None
    skip_verify: bool = True
    mark_source: bool = True


@dataclass(frozen=True, kw_only=True)
class LinkRange:
    """Whom the link leads to; at most 500 members, departments counted out."""

    user_list: tuple[str, ...] = ()
    department_list: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PriorityOption:
    """Members the customer has as contacts already come first.

    priority_type: 1 all of the corp, 2 those of the list.
    """

    priority_type: int
    priority_userid_list: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        within(1, 2, priority_type=self.priority_type)
        at_most_items(_MOST_FIRST, priority_userid_list=self.priority_userid_list)


@dataclass(frozen=True, kw_only=True)
class LinkDetails:
    """A link and whom it leads to."""

    link: Link
    range: LinkRange = LinkRange()
    priority_option: PriorityOption | None = None


@dataclass(frozen=True, kw_only=True)
class LinkCustomer:
    """A customer a link brought.

    chat_status: 0 has not written, 1 has written, 2 unknown. state: the link's parameter.
    """

    external_userid: str
    userid: str = ""
    chat_status: int = 0
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class QuotaPart:
    """A part of the balance that ends on its day."""

    expire_date: datetime | None = None
    balance: int = 0


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many customers links may still bring."""

    total: int = 0
    balance: int = 0
    quota_list: tuple[QuotaPart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LinkStatistic:
    """How many opened the link, and how many became customers."""

    click_link_customer_cnt: int = 0
    new_customer_cnt: int = 0


@dataclass(frozen=True, kw_only=True)
class ChatInfo:
    """recv_msg_cnt: messages the member received from the customer."""

    recv_msg_cnt: int = 0
    link_id: str = ""
    state: str = ""


@dataclass(frozen=True, kw_only=True)
class CustomerChat:
    """A customer of a link who wrote to a member."""

    userid: str = ""
    external_userid: str = ""
    chat_info: ChatInfo = ChatInfo()


_PATH = "externalcontact/customer_acquisition"

LIST_LINK = Endpoint("POST", f"{_PATH}/list_link", paged("link_id_list", str), doc=97297)
GET = Endpoint("POST", f"{_PATH}/get", record(LinkDetails), doc=97297)
CREATE_LINK = Endpoint("POST", f"{_PATH}/create_link", only("link", Link), doc=97297)
UPDATE_LINK = Endpoint(
    "POST", f"{_PATH}/update_link", nothing, doc=97297, one_at_a_time=("link_id",)
)
DELETE_LINK = Endpoint("POST", f"{_PATH}/delete_link", nothing, doc=97297)
CUSTOMER = Endpoint("POST", f"{_PATH}/customer", paged("customer_list", LinkCustomer), doc=97298)
CUSTOMER_ACQUISITION_QUOTA = Endpoint("GET", f"{_PATH}_quota", record(Quota), doc=97375)
STATISTIC = Endpoint("POST", f"{_PATH}/statistic", record(LinkStatistic), doc=97375)
GET_CHAT_INFO = Endpoint("POST", f"{_PATH}/get_chat_info", record(CustomerChat), doc=100130)
CREATE_ONCE_KEY = Endpoint("POST", f"{_PATH}/create_once_key", several("keys", str), doc=99603)


def list_link(api: Client, *, limit: int = 100) -> Iterator[str]:
    """Yield the link_id of every link (获取获客链接列表), `limit` a request."""
    within(1, 100, limit=limit)
    return every(api, LIST_LINK, {"limit": limit})


def get(api: Client, link_id: str) -> LinkDetails:
    """Read one link (获取获客链接详情); only those the app made."""
    not_empty(link_id=link_id)
    return api.call(GET, json={"link_id": link_id})


def create_link(
    api: Client,
    link_name: str,
    *,
    user_list: Sequence[str] = (),
    department_list: Sequence[int] = (),
    skip_verify: bool | None = None,
    priority_option: PriorityOption | None = None,
    mark_source: bool | None = None,
) -> Link:
    """Make a link to members and departments (创建获客链接)."""
    not_empty(link_name=link_name)
    at_least_one(user_list=user_list, department_list=department_list)
    body = _spelled(
        link_name,
        user_list,
        department_list,
        skip_verify=skip_verify,
        priority_option=priority_option,
        mark_source=mark_source,
    )
    return api.call(CREATE_LINK, json=body)


def update_link(
    api: Client,
    link_id: str,
    *,
    link_name: str | None = None,
    user_list: Sequence[str] = (),
    department_list: Sequence[int] = (),
    skip_verify: bool | None = None,
    priority_option: PriorityOption | None = None,
    mark_source: bool | None = None,
) -> None:
    """Change a link (编辑获客链接); members and departments, when given, replace the range."""
    not_empty(link_id=link_id)
    body = _spelled(
        link_name,
        user_list,
        department_list,
        skip_verify=skip_verify,
        priority_option=priority_option,
        mark_source=mark_source,
    )
    api.call(UPDATE_LINK, json={"link_id": link_id, **body})


def delete_link(api: Client, link_id: str) -> None:
    """Remove a link (删除获客链接)."""
    not_empty(link_id=link_id)
    api.call(DELETE_LINK, json={"link_id": link_id})


def customer(api: Client, link_id: str, *, limit: int = 1000) -> Iterator[LinkCustomer]:
    """Yield every customer a link brought (获取获客客户列表), `limit` a request."""
    not_empty(link_id=link_id)
    within(1, 1000, limit=limit)
    return every(api, CUSTOMER, {"link_id": link_id, "limit": limit})


def customer_acquisition_quota(api: Client) -> Quota:
    """Read what is left of the quota (查询剩余使用量)."""
    return api.call(CUSTOMER_ACQUISITION_QUOTA)


def statistic(
    api: Client, link_id: str, *, start_time: datetime, end_time: datetime
) -> LinkStatistic:
    """Count what a link brought (查询链接使用详情); 30 whole days of the last 180."""
    not_empty(link_id=link_id)
    apart(_LONGEST_SPAN, start_time=start_time, end_time=end_time)
    return api.call(
        STATISTIC,
        json={
            "link_id": link_id,
            "start_time": seconds(start_time),
            "end_time": seconds(end_time),
        },
    )


def get_chat_info(api: Client, chat_key: str) -> CustomerChat:
    """Read who wrote to whom (获取成员多次收消息详情); the event's chat_key lives 30 minutes."""
    not_empty(chat_key=chat_key)
    return api.call(GET_CHAT_INFO, json={"chat_key": chat_key})


def create_once_key(api: Client, link_id: str, key_num: int) -> tuple[str, ...]:
    """Make keys that let the provider pay for a customer (获客助手组件 - 生成代支付key).

    Each is good once, within 14 days; only the acquisition component of a provider may do so.
    """
    not_empty(link_id=link_id)
    within(1, 1000, key_num=key_num)
    return api.call(CREATE_ONCE_KEY, json={"link_id": link_id, "key_num": key_num})


def _spelled(
    link_name: str | None,
    user_list: Sequence[str],
    department_list: Sequence[int],
    *,
    skip_verify: bool | None,
    priority_option: PriorityOption | None,
    mark_source: bool | None,
) -> dict[str, object]:
    at_most_chars(30, link_name=link_name)
    at_most_items(_MOST_MEMBERS, user_list=user_list)
    led_to = {"user_list": list(user_list), "department_list": list(department_list)}
    return without_empty(
        {
            "link_name": link_name,
            "range": led_to,
            "skip_verify": skip_verify,
            "priority_option": priority_option,
            "mark_source": mark_source,
        }
    )
