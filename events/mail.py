"""Mail that arrived in mailboxes an app reads (邮件)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import integer, text


@event(
    "app_email_change.receive_email",
    "应用邮箱接收邮件事件",
    97495,
    97517,
    97506,
    receivers=("self_built", "suite", "provider_developed"),
)
class AppEmailReceived(Event):
    """The app's own mailbox has new mail (应用邮箱接收邮件)."""

    amount: int | None = integer("Amount")


@event(
    "public_email_change.receive_email", "公共邮箱接收邮件事件", 100180, receivers=("self_built",)
)
class PublicEmailReceived(Event):
    """A public mailbox has new mail (公共邮箱接收邮件)."""

    id: str = text("Id", subject=True)
    amount: int | None = integer("Amount")
