"""Accounts with advanced functions, asked for by members (高级功能账号)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import integer, text


@event(
    "submit_vip_account_approval", "成员提交高级功能账号申请事件", 99876, receivers=("self_built",)
)
class VIPAccountRequested(Event):
    """A member asked for an account with advanced functions (成员提交高级功能账号申请)."""

    apply_id: str = text("ApplyId", subject=True)
    apply_reason: str = text("ApplyReason")
    business_type: int | None = integer("BusinessType")


@event("finish_vip_account_approval", "高级功能账号申请终止事件", 99877, receivers=("self_built",))
class VIPAccountRequestFinished(Event):
    """Such a request came to its end (高级功能账号申请终止)."""

    apply_id: str = text("ApplyId", subject=True)
    finish_type: int | None = integer("FinishType")
