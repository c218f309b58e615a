"""Handing customers and groups over to other members (在职继承, 离职继承)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from errors import ArgumentRejected
from wecom.answer import Page, nothing, paged, several
from wecom.arguments import at_most_chars, at_most_items, not_empty, within
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.paging import every

_MOST_AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """One customer of a transfer; errcode 0: it has begun, and ends by itself within a day."""

    external_userid: str
    errcode: int = 0


@dataclass(frozen=True, kw_only=True)
class TransferStatus:
    """How the transfer of one customer went.

    status: 1 done, 2 waiting, 3 refused by the customer, 4 the member's contacts are full, 5 no
    record.
    """

    external_userid: str
    status: int
    takeover_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Unassigned:
    """A customer whose member has left."""

    handover_userid: str
    external_userid: str
    dimission_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class GroupNotHandedOver:
    """A group that stays with its owner, and why."""

    chat_id: str
    errcode: int = 0
    errmsg: str = ""


TRANSFER_CUSTOMER = Endpoint(
    "POST", "externalcontact/transfer_customer", several("customer", HandedOver), doc=92125
)
TRANSFER_RESULT = Endpoint(
    "POST", "externalcontact/transfer_result", paged("customer", TransferStatus), doc=94088
)
GET_UNASSIGNED_LIST = Endpoint(
    "POST", "externalcontact/get_unassigned_list", paged("info", Unassigned), doc=92124
)
RESIGNED_TRANSFER_CUSTOMER = Endpoint(
    "POST", "externalcontact/resigned/transfer_customer", several("customer", HandedOver), doc=94081
)
RESIGNED_TRANSFER_RESULT = Endpoint(
    "POST", "externalcontact/resigned/transfer_result", paged("customer", TransferStatus), doc=94082
)
TRANSFER = Endpoint("POST", "externalcontact/transfer", nothing, doc=92124)
GROUPCHAT_TRANSFER = Endpoint(
    "POST",
    "externalcontact/groupchat/transfer",
    several("failed_chat_list", GroupNotHandedOver),
    doc=92127,
)
GROUPCHAT_ONJOB_TRANSFER = Endpoint(
    "POST",
    "externalcontact/groupchat/onjob_transfer",
    several("failed_chat_list", GroupNotHandedOver),
    doc=95703,
)


def transfer_customer(
    api: Client,
    handover_userid: str,
    takeover_userid: str,
    external_userid: Sequence[str],
    *,
    transfer_success_msg: str | None = None,
) -> tuple[HandedOver, ...]:
    """Give customers of a present member to another (分配在职成员的客户), twice in 90 days each.

    Look at every errcode of the answer: the call succeeds even if no customer can be given.
    """
    at_most_chars(200, transfer_success_msg=transfer_success_msg)
    body = _spelled(handover_userid, takeover_userid, external_userid)
    body["transfer_success_msg"] = transfer_success_msg
    return api.call(TRANSFER_CUSTOMER, json=body)


def transfer_result(
    api: Client, handover_userid: str, takeover_userid: str
) -> Iterator[TransferStatus]:
    """Yield how each transfer between two members went (查询客户接替状态)."""
    return _statuses(api, TRANSFER_RESULT, handover_userid, takeover_userid)


def get_unassigned_list(api: Client, *, page_size: int = 1000) -> Iterator[Unassigned]:
    """Yield the customers of members who left within a year (获取待分配的离职成员列表)."""
    within(1, 1000, page_size=page_size)
    return every(api, GET_UNASSIGNED_LIST, {"page_size": page_size})


def resigned_transfer_customer(
    api: Client, handover_userid: str, takeover_userid: str, external_userid: Sequence[str]
) -> tuple[HandedOver, ...]:
    """Give customers of a member who left within a year to another (分配离职成员的客户).

    Look at every errcode of the answer: the call succeeds even if no customer can be given.
    """
    body = _spelled(handover_userid, takeover_userid, external_userid)
    return api.call(RESIGNED_TRANSFER_CUSTOMER, json=body)


def resigned_transfer_result(
    api: Client, handover_userid: str, takeover_userid: str
) -> Iterator[TransferStatus]:
    """Yield how each transfer from a member who left went (查询客户接替状态, 离职)."""
    return _statuses(api, RESIGNED_TRANSFER_RESULT, handover_userid, takeover_userid)


def transfer(
    api: Client,
    external_userid: str,
    handover_userid: str,
    takeover_userid: str,
    *,
    transfer_success_msg: str | None = None,
) -> None:
    """Give one customer to another member (分配成员的客户); retired.

    Use transfer_customer or resigned_transfer_customer.
    """
    not_empty(external_userid=external_userid)
    _check_members(handover_userid, takeover_userid)
    at_most_chars(200, transfer_success_msg=transfer_success_msg)
    api.call(
        TRANSFER,
        json={
            "external_userid": external_userid,
            "handover_userid": handover_userid,
            "takeover_userid": takeover_userid,
            "transfer_success_msg": transfer_success_msg,
        },
    )


def groupchat_transfer(
    api: Client, chat_id_list: Sequence[str], new_owner: str
) -> tuple[GroupNotHandedOver, ...]:
    """Give groups whose owner has left to another (分配离职成员的客户群); return those refused."""
    return _give(api, GROUPCHAT_TRANSFER, chat_id_list, new_owner)


def groupchat_onjob_transfer(
    api: Client, chat_id_list: Sequence[str], new_owner: str
) -> tuple[GroupNotHandedOver, ...]:
    """Give groups of a present owner to another (分配在职成员的客户群); return those refused."""
    return _give(api, GROUPCHAT_ONJOB_TRANSFER, chat_id_list, new_owner)


def _give(
    api: Client,
    endpoint: Endpoint[tuple[GroupNotHandedOver, ...]],
    chat_id_list: Sequence[str],
    new_owner: str,
) -> tuple[GroupNotHandedOver, ...]:
    not_empty(chat_id_list=chat_id_list, new_owner=new_owner)
    at_most_items(_MOST_AT_ONCE, chat_id_list=chat_id_list)
    body = {"chat_id_list": list(chat_id_list), "new_owner": new_owner}
    return api.call(endpoint, json=body)


def _statuses(
    api: Client,
    endpoint: Endpoint[Page[TransferStatus]],
    handover_userid: str,
    takeover_userid: str,
) -> Iterator[TransferStatus]:
    _check_members(handover_userid, takeover_userid)
    members = {"handover_userid": handover_userid, "takeover_userid": takeover_userid}
    return every(api, endpoint, members)


def _spelled(
    handover_userid: str, takeover_userid: str, external_userid: Sequence[str]
) -> dict[str, object]:
    _check_members(handover_userid, takeover_userid)
    not_empty(external_userid=external_userid)
    at_most_items(_MOST_AT_ONCE, external_userid=external_userid)
    return {
        "handover_userid": handover_userid,
        "takeover_userid": takeover_userid,
        "external_userid": list(external_userid),
    }


def _check_members(handover_userid: str, takeover_userid: str) -> None:
    not_empty(handover_userid=handover_userid, takeover_userid=takeover_userid)
    if handover_userid == takeover_userid:
        raise ArgumentRejected("handover_userid and takeover_userid", "must differ (40130)")
