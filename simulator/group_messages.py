"""Messages to many customers or groups, which members send (企业群发); welcomes of groups."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

UNSENT, SENT, NOT_A_FRIEND, CAPPED = 0, 1, 2, 3
"""status of one customer or group."""

NOT_CONFIRMED, CONFIRMED = 0, 2
"""status of a member's task."""


@dataclass(kw_only=True)
class Send:
    """One customer or group of a member's task."""

    external_userid: str = ""
    chat_id: str = ""
    status: int = UNSENT
    send_time: int = 0


@dataclass(kw_only=True)
class SendTask:
    """What one member is to send; declined: the member took it off the list."""

    userid: str
    sends: list[Send]
    status: int = NOT_CONFIRMED
    send_time: int = 0
    declined: bool = False


@dataclass(kw_only=True)
class GroupMessage:
    """A message to many; ready_at: until then it is being dispatched (41063).

    allow_select: the members may pick from the customers or groups.
    """

    msgid: str
    chat_type: Literal["single", "group"]
    create_time: int
    ready_at: float
    text: str
    attachments: list[Mapping[str, Any]]
    tasks: dict[str, SendTask]
    allow_select: bool = False
    cancelled: bool = False


@dataclass(kw_only=True)
class WelcomeTemplate:
    """What who joins a group is sent (入群欢迎语素材); owner is the app that made it."""

    template_id: str
    owner: str
    content: dict[str, Any]


@dataclass
class GroupMessages:
    """Those of one corp. received: messages of a month, by customer or group and month."""

    by_id: dict[str, GroupMessage] = field(default_factory=dict)
    templates: dict[str, WelcomeTemplate] = field(default_factory=dict)
    received: Counter[tuple[str, str]] = field(default_factory=Counter)
