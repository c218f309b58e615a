"""Collected payments and refunds; their content is sealed once more (对外收款)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from events.event import Event, event, family
from events.fields import moment, text


@family("payment", "对外收款通知", 97335, 97338, receivers=("self_built",))
class PaymentNotified(Event):
    """Something happened to a payment (对外收款通知).

    ciphertext: JSON sealed by AES-256-GCM, its key is the decoded EncodingAESKey.
    """

    form: ClassVar[str] = "payment"

    id: str = text("id", subject=True)
    occurred_at: datetime | None = moment("create_time")
    event_type: str = text("event_type")
    resource_type: str = text("resource_type")
    summary: str = text("summary")
    algorithm: str = text("resource/algorithm")
    ciphertext: str = text("resource/ciphertext")
    associated_data: str = text("resource/associated_data")
    nonce: str = text("resource/nonce")


@event("TRANSACTION.SUCCESS", "支付成功通知", 97335)
class PaymentSucceeded(PaymentNotified):
    """A payment was made (支付成功通知)."""


@event("REFUND", "退款结果通知", 97338)
class PaymentRefunded(PaymentNotified):
    """A refund came to its end; event_type tells which (退款结果通知)."""
