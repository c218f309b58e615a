"""Live broadcasts that were created through the API (直播)."""

from __future__ import annotations

from events.event import Event, event
from events.fields import integer, text


@event(
    "living_status_change",
    "直播回调事件",
    94145,
    94308,
    96842,
    receivers=("self_built", "suite", "provider_developed"),
)
class LivingStatusChanged(Event):
    """A broadcast is booked 0, on air 1, over 2, expired 3 or cancelled 4 (直播回调)."""

    livingid: str = text("LivingId", subject=True)
    status: int | None = integer("Status")
