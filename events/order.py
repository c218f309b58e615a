"""Orders for a third-party app (应用版本付费); corpid is the enterprise that pays."""

from __future__ import annotations

from events.event import Event, event
from events.fields import text


class OrderEvent(Event):
    """Something happened to an order of an app."""

    receivers = ("suite",)

    order_id: str = text("OrderId", subject=True)


@event("open_order", "下单成功通知", 91929)
class AppOrderOpened(OrderEvent):
    """An enterprise ordered the app (下单成功通知)."""

    userid: str = text("OperatorId")


@event("change_order", "改单通知", 91930)
class AppOrderChanged(OrderEvent):
    """An order was replaced by another one (改单通知)."""

    order_id: str = text("NewOrderId", subject=True)
    old_order_id: str = text("OldOrderId")


@event("pay_for_app_success", "支付成功通知", 91931)
class AppOrderPaid(OrderEvent):
    """An order was paid (支付成功通知)."""


@event("refund", "退款通知", 91932)
class AppOrderRefunded(OrderEvent):
    """An order was paid back (退款通知)."""


@event("change_editon", "应用版本变更通知", 91933, also=("change_edition",), receivers=("suite",))
class AppEditionChanged(Event):
    """An enterprise uses another edition; the value is spelt so officially (应用版本变更通知)."""


@event("cancel_order", "取消订单通知", 99353)
class AppOrderCancelled(OrderEvent):
    """An order was cancelled (取消订单通知)."""
