"""Customers and groups that go from one member to another (客户继承), and members who left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simulator.corp import Corp
from simulator.records import App, GroupChat, Member, Relation

DONE, WAITING, REFUSED, FULL, NO_RECORD = 1, 2, 3, 4, 5
"""status of a transfer."""

OWNER_LEFT = 1
"""status of a group chat."""

Outcome = Literal["done", "refused", "full"]


@dataclass(kw_only=True)
class Handover:
    """One customer on the way to another member; settle ends it, once, and tells who listens.

    takeover_time: when it happened; while it waits, when it will; 0 when it did not.
    """

    external_userid: str
    handover_userid: str
    takeover_userid: str
    started_at: float
    on_job: bool
    status: int = WAITING
    takeover_time: int = 0
    settle: Callable[[Outcome], None] = field(repr=False, default=lambda _outcome: None)


@dataclass
class Handovers:
    """Those of one corp. groups: when each was handed over; by_day: how many on a day, of whom."""

    customers: list[Handover] = field(default_factory=list)
    groups: dict[str, list[float]] = field(default_factory=dict)
    by_day: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    left: dict[str, tuple[Member, float]] = field(default_factory=dict)
    seen_gone: dict[str, float] = field(default_factory=dict)

    def waiting(self, external_userid: str, handover_userid: str) -> Handover | None:
        """Return the transfer of this customer that has not ended, if there is one."""
        for each in self.customers:
            if (each.external_userid, each.handover_userid, each.status) == (
                external_userid,
                handover_userid,
                WAITING,
            ):
                return each
        return None

    def waiting_for(self, takeover_userid: str, external_userid: str) -> Handover | None:
        """Return the transfer of this customer to that member that has not ended."""
        for each in self.customers:
            if (each.external_userid, each.takeover_userid, each.status) == (
                external_userid,
                takeover_userid,
                WAITING,
            ):
                return each
        return None


def left_at(corp: Corp, userid: str, now: float) -> float | None:
    """Return when a member left; None for one who is here, or never was.

    Of one who was deleted in the contacts it is when that was first asked.
    """
    handovers = corp.of(Handovers)
    if userid in corp.members:
        return None
    if userid in handovers.left:
        return handovers.left[userid][1]
    if userid in corp.following or any(
        chat.current.owner == userid for chat in corp.group_chats.values()
    ):
        return handovers.seen_gone.setdefault(userid, now)
    return None


def sees_or_saw(corp: Corp, app: App, userid: str) -> bool:
    """Return whether a member, or one who left, is or was in the app's visible range."""
    if userid in corp.members:
        return corp.sees_userid(app, userid)
    gone = corp.of(Handovers).left.get(userid)
    return bool(gone and corp.sees(app, gone[0])) or 1 in app.visible_departments


def status_of(corp: Corp, chat: GroupChat) -> int:
    """Return how it stands about the owner: 0 usual, 1 left, 2 being handed over, 3 handed over."""
    return chat.status or (0 if chat.current.owner in corp.members else OWNER_LEFT)


def followed(corp: Corp, userid: str) -> list[Relation]:
    """Return the customers a member has, or had when leaving."""
    return [each for each in corp.following.get(userid, {}).values() if each.followed]
