"""What members and groups did on each day, which the statistics are made of (统计管理)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from simulator.days import day_of


@dataclass(kw_only=True)
class MemberDay:
    """One member's day.

    asked, answered: when each customer wrote first, and after how many seconds they were answered.
    """

    chats: set[str] = field(default_factory=set)
    messages: int = 0
    asked: dict[str, float] = field(default_factory=dict)
    answered: dict[str, float] = field(default_factory=dict)
    negative_feedback: int = 0
    new_apply: int = 0
    new_contact: int = 0


@dataclass
class Activity:
    """That of one corp, by day and member, and by day and group.

    last_chats: when each member and customer wrote to each other last.
    """

    members: dict[tuple[int, str], MemberDay] = field(default_factory=dict)
    group_messages: Counter[tuple[int, str]] = field(default_factory=Counter)
    group_writers: dict[tuple[int, str], set[str]] = field(default_factory=dict)
    last_chats: dict[tuple[str, str], float] = field(default_factory=dict)

    def of(self, userid: str, now: float) -> MemberDay:
        """Return the member's day at that moment."""
        return self.members.setdefault((day_of(now), userid), MemberDay())

    def customer_wrote(self, userid: str, external_userid: str, now: float) -> None:
        """Note a message of a customer."""
        self.last_chats[userid, external_userid] = now
        self.of(userid, now).asked.setdefault(external_userid, now)

    def member_wrote(self, userid: str, external_userid: str, now: float, messages: int) -> None:
        """Note messages of a member; the first one after a question answers it."""
        self.last_chats[userid, external_userid] = now
        day = self.of(userid, now)
        day.chats.add(external_userid)
        day.messages += messages
        if external_userid in day.asked:
            day.answered.setdefault(external_userid, now - day.asked[external_userid])

    def written_in_group(self, chat_id: str, who: str, now: float, messages: int) -> None:
        """Note messages in a group."""
        key = day_of(now), chat_id
        self.group_messages[key] += messages
        self.group_writers.setdefault(key, set()).add(who)
