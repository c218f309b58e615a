"""The customer acquisition assistant: links, quota, first messages (获客助手)."""

from __future__ import annotations

from datetime import datetime

from events.event import Event, event, family
from events.fields import integer, moment, text


@event(
    "customer_acquisition_permit_change",
    "客户可建联成员范围变动",
    92277,
    101456,
    receivers=("suite",),
)
class AcquisitionPermitChanged(Event):
    """Other members may now be contacted by customers (客户可建联成员范围变动)."""


@family(
    "customer_acquisition",
    "获客助手事件",
    97299,
    97402,
    98958,
    receivers=("self_built", "provider_developed", "suite"),
)
class CustomerAcquisitionChanged(Event):
    """Something happened around acquisition links (获客助手事件)."""


class AcquisitionLinkEvent(CustomerAcquisitionChanged):
    """Something happened to or through one acquisition link; state is its customer_channel."""

    link_id: str = text("LinkId", subject=True)
    state: str = text("State")


class AcquiredCustomerEvent(CustomerAcquisitionChanged):
    """Something happened between a member and a customer who came by a link."""

    userid: str = text("UserID")
    external_userid: str = text("ExternalUserID", subject=True)
    link_id: str = text("LinkId")
    state: str = text("State")


@event("balance_low", "获客额度即将耗尽事件")
class AcquisitionBalanceLow(CustomerAcquisitionChanged):
    """Fewer than twenty acquisitions are left (获客额度即将耗尽)."""


@event("balance_exhausted", "获客额度已经耗尽事件")
class AcquisitionBalanceExhausted(CustomerAcquisitionChanged):
    """No acquisition is left (获客额度已经耗尽)."""


@event("balance_increased", "使用量增加")
class AcquisitionBalanceIncreased(CustomerAcquisitionChanged):
    """There are acquisitions again (使用量增加)."""


@event("quota_expire_soon", "使用量即将过期")
class AcquisitionQuotaExpiring(CustomerAcquisitionChanged):
    """expire_quota_num acquisitions end at expire_time (使用量即将过期)."""

    expire_time: datetime | None = moment("ExpireTime")
    expire_quota_num: int | None = integer("ExpireQuotaNum")


@event("link_unavailable", "获客链接异常")
class AcquisitionLinkUnavailable(AcquisitionLinkEvent):
    """A link works no longer (获客链接异常)."""


@event("delete_link", "删除获客链接")
class AcquisitionLinkDeleted(AcquisitionLinkEvent):
    """A link was deleted (删除获客链接)."""


@event("open_profile", "微信客户打开获客链接")
class AcquisitionLinkOpened(AcquisitionLinkEvent):
    """A customer opened a link (微信客户打开获客链接)."""


@event("friend_request", "通过获客链接发起好友请求")
class AcquisitionFriendRequested(AcquisitionLinkEvent):
    """A customer asked through a link to become a contact (通过获客链接发起好友请求)."""


@event("customer_start_chat", "成员首次收消息")
class AcquiredCustomerStartedChat(AcquiredCustomerEvent):
    """A member got the first message of a customer (成员首次收消息)."""


@event("message_from_customer", "成员多次收消息")
class AcquiredCustomerMessagesReceived(AcquiredCustomerEvent):
    """A member got the third, fifth or tenth message of a customer (成员多次收消息).

    chat_key: good for thirty minutes; since December 2024 it stands instead of the ids.
    """

    chat_key: str = text("ChatKey")
    chat_seq: int | None = integer("ChatSeq")


@event("del_follow_user", "客户删除成员")
class AcquiredFollowUserDeleted(AcquiredCustomerEvent):
    """A customer who came by a link deleted the member (客户删除成员)."""


@event("service_balance_low", "服务商使用量即将耗尽", 99485)
class ProviderAcquisitionBalanceLow(CustomerAcquisitionChanged):
    """The provider's acquisitions run low (服务商使用量即将耗尽)."""


@event("service_balance_exhausted", "服务商使用量已经耗尽", 99485)
class ProviderAcquisitionBalanceExhausted(CustomerAcquisitionChanged):
    """The provider has no acquisition left (服务商使用量已经耗尽)."""


@event("service_balance_consumed", "消耗服务商使用量", 99485)
class ProviderAcquisitionBalanceConsumed(AcquisitionLinkEvent):
    """An acquisition of the provider was used (消耗服务商使用量)."""

    once_key: str = text("OnceKey")


@event("change_price", "服务商代付价格调整", 99485)
class AcquisitionPriceChanged(CustomerAcquisitionChanged):
    """The provider pays another price, in fen, from effective_time on (服务商代付价格调整)."""

    price: int | None = integer("Price")
    effective_time: datetime | None = moment("EffectiveTime")
