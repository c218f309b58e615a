"""Ways to become a customer or to join a group: contact-me codes, join codes (联系我, 加入群聊)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True)
class ContactWay:
    """A way to add a member as a contact (「联系我」); settings are as they were sent.

    used: a temporary way brings one customer, then its code is void.
    turns: how often each member was chosen, so that the next customer goes to another.
    """

    config_id: str
    create_time: int
    type: int
    scene: int
    qr_code: str
    style: int = 0
    remark: str = ""
    skip_verify: bool = True
    state: str = ""
    user: list[str] = field(default_factory=list)
    party: list[int] = field(default_factory=list)
    is_temp: bool = False
    expires_in: int = 0
    chat_expires_in: int = 0
    unionid: str = ""
    is_exclusive: bool = False
    mark_source: bool = True
    conclusions: dict[str, Any] = field(default_factory=dict)
    used: bool = False
    turns: dict[str, int] = field(default_factory=dict)

    def ended(self, now: float) -> bool:
        """Return whether a temporary way has had its time."""
        return self.is_temp and now >= self.create_time + self.expires_in

    def choose(self, userids: list[str]) -> str:
        """Return the member who had the fewest turns, and count one more."""
        chosen = min(userids, key=lambda userid: self.turns.get(userid, 0))
        self.turns[chosen] = self.turns.get(chosen, 0) + 1
        return chosen


@dataclass(kw_only=True)
class JoinWay:
    """A way to join a group chat (「加入群聊」); owner is the app that made it."""

    config_id: str
    owner: str
    scene: int
    qr_code: str
    chat_id_list: list[str]
    remark: str = ""
    auto_create_room: bool = True
    room_base_name: str = ""
    room_base_id: int = 0
    state: str = ""
    mark_source: bool = True


@dataclass(kw_only=True)
class TempChat:
    """A temporary session (临时会话); what the customer is sent when it ends."""

    ends_at: float
    conclusions: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A customer waits for the consent of the member; what they will have met by."""

    state: str
    add_way: int
    link_id: str = ""


@dataclass
class ContactWays:
    """Everything of one corp that a code leads to."""

    contact: dict[str, ContactWay] = field(default_factory=dict)
    join: dict[str, JoinWay] = field(default_factory=dict)
    temp_chats: dict[tuple[str, str], TempChat] = field(default_factory=dict)
    requests: dict[tuple[str, str], Request] = field(default_factory=dict)
    conclusions_sent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=10_000))

    @property
    def total(self) -> int:
        """Ways of both kinds count together, temporary ones not at all."""
        return sum(not way.is_temp for way in self.contact.values()) + len(self.join)

    def end_temp_chat(self, userid: str, external_userid: str, now: float) -> bool:
        """End a temporary session: the customer gets the conclusion. False: there was none."""
        chat = self.temp_chats.pop((userid, external_userid), None)
        if chat is None:
            return False
        if chat.conclusions:
            self.conclusions_sent.append(
                {
                    "userid": userid,
                    "external_userid": external_userid,
                    "time": min(now, chat.ends_at),
                    **chat.conclusions,
                }
            )
        return True
