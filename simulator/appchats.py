"""Chats that an app makes for members (应用群聊)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(kw_only=True, slots=True)
class AppChat:
    """One chat."""

    chatid: str
    app: str
    name: str
    owner: str
    userlist: list[str]


class AppChats(dict[str, AppChat]):
    """All of one corp, by chatid."""
