"""Chats that an app makes for members (应用群聊)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(kw_only=True, slots=True)
class AppChat:
    """One chat; times: when each member was sent something, of the last day."""

    chatid: str
    app: str
    name: str
    owner: str
    userlist: list[str]
    times: dict[str, deque[float]] = field(default_factory=dict, repr=False)


class AppChats(dict[str, AppChat]):
    """All of one corp, by chatid."""
