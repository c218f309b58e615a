"""Licences that let members use an app through the API (接口许可)."""

from __future__ import annotations

from datetime import datetime

from events.event import Event, event
from events.fields import Record, integer, moment, records, text


class LicenseEvent(Event):
    """Something happened to licences of the provider's customers."""

    receivers = ("provider",)


@event("license_pay_success", "接口许可支付成功通知", 97196)
class LicenseOrderPaid(LicenseEvent):
    """Licences were paid and their codes are ready; userid is the buyer (支付成功通知)."""

    userid: str = text("BuyerUserId")
    order_id: str = text("OrderId", subject=True)


@event("license_refund", "接口许可退款结果通知", 95805, 97197)
class LicenseOrderRefunded(LicenseEvent):
    """A refund of licences was granted (1) or refused (2) (退款结果通知)."""

    order_id: str = text("OrderId", subject=True)
    order_status: int | None = integer("OrderStatus")


class ActivatedAccount(Record):
    """One licence and the member it was given to (激活账号)."""

    active_code: str = text("ActiveCode")
    type: int | None = integer("Type")
    expire_time: datetime | None = moment("ExpireTime")
    userid: str = text("UserId")
    previous_status: int | None = integer("PreviousStatus")
    previous_active_code: str = text("PreviousActiveCode")


@event("auto_activate", "自动激活回调通知", 95994, 97198)
class LicensesActivated(LicenseEvent):
    """Members got licences by themselves (自动激活回调通知).

    scene: 1 a member opened the app, 2 the provider pushed a message, 3 the interop API.
    """

    scene: int | None = integer("Scene")
    account_list: tuple[ActivatedAccount, ...] = records(ActivatedAccount, "AccountList")
