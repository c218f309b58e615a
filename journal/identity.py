"""What makes two callbacks the same one."""

from __future__ import annotations

import hashlib

from events import Event, canonical


def event_key(app: str, event: Event) -> str:
    """Return the key under which an event is journalled once.

    It covers the whole content, so two customers added in the same second stay two; WeCom's own
    advice, FromUserName + CreateTime, would merge them. Messages carry a MsgId made for this.
    """
    content = canonical(event)
    if event.message_id:
        content = f"MsgId {event.corpid!r} {event.message_id!r}"
    return hashlib.sha256(f"{app}\n{content}".encode("utf-8", "surrogatepass")).hexdigest()
