"""Security of the connection to WeCom (安全)."""

from __future__ import annotations

from events.event import Event, event


@event("security.change_domain_ip", "域名IP变更事件", 100080, receivers=("self_built",))
class DomainIPChanged(Event):
    """WeCom's domains have other addresses; fetch the lists anew (域名IP变更)."""
