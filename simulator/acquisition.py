"""Acquisition links, what they may still bring, and whom they brought (获客助手)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from simulator.days import DAY_SECONDS

CHAT_KEY_SECONDS = 30 * 60
LOW_BALANCE = 20
WARNED_DAYS_AHEAD = (14, 7, 3, 2, 1)


@dataclass(kw_only=True)
class LinkCustomer:
    """A customer a link brought; received: messages the member got from them."""

    external_userid: str
    userid: str
    state: str
    came_at: float
    received: int = 0


@dataclass(kw_only=True)
class Link:
    """An acquisition link (获客链接); owner is the app that made it, clicks are when it was opened.

    once_keys: keys of the acquisition component that are not used yet, and when each ends.
    """

    link_id: str
    owner: str
    link_name: str
    url: str
    create_time: int
    skip_verify: bool = True
    mark_source: bool = True
    user_list: list[str] = field(default_factory=list)
    department_list: list[int] = field(default_factory=list)
    priority_type: int = 0
    priority_userid_list: list[str] = field(default_factory=list)
    available: bool = True
    clicks: list[float] = field(default_factory=list)
    customers: list[LinkCustomer] = field(default_factory=list)
    once_keys: dict[str, float] = field(default_factory=dict, repr=False)
    turns: dict[str, int] = field(default_factory=dict)

    def choose(self, userids: list[str]) -> str:
        """Return the member whom the link brought the fewest, and count one more."""
        chosen = min(userids, key=lambda userid: self.turns.get(userid, 0))
        self.turns[chosen] = self.turns.get(chosen, 0) + 1
        return chosen


@dataclass(kw_only=True)
class QuotaPart:
    """Acquisitions bought together, which end together."""

    balance: int
    expires_at: float


@dataclass(frozen=True, kw_only=True)
class ChatKey:
    """The right to ask about a customer who wrote, for half an hour."""

    link_id: str
    customer: LinkCustomer
    received: int
    ends_at: float


@dataclass
class Acquisition:
    """The acquisition assistant of one corp."""

    links: dict[str, Link] = field(default_factory=dict)
    total: int = 1000
    parts: list[QuotaPart] | None = None
    chat_keys: dict[str, ChatKey] = field(default_factory=dict, repr=False)

    def quota(self, now: float) -> list[QuotaPart]:
        """Return what is left and has not ended, soonest end first; a corp begins with a year's."""
        if self.parts is None:
            self.parts = [QuotaPart(balance=self.total, expires_at=now + 365 * DAY_SECONDS)]
        left = [part for part in self.parts if part.balance and part.expires_at > now]
        return sorted(left, key=lambda part: part.expires_at)

    def balance(self, now: float) -> int:
        """Return how many customers links may still bring."""
        return sum(part.balance for part in self.quota(now))

    def spend(self, now: float) -> int:
        """Use one acquisition up, of those that end first; returns what is left."""
        self.quota(now)[0].balance -= 1
        return self.balance(now)

    def of_pair(self, userid: str, external_userid: str) -> tuple[Link, LinkCustomer] | None:
        """Return which link brought these two together, if one did."""
        for link in self.links.values():
            for customer in link.customers:
                if (customer.userid, customer.external_userid) == (userid, external_userid):
                    return link, customer
        return None

    def issue_chat_key(self, link: Link, customer: LinkCustomer, now: float) -> str:
        """Return a new key to what the customer wrote."""
        key = secrets.token_urlsafe(32)
        self.chat_keys[key] = ChatKey(
            link_id=link.link_id,
            customer=customer,
            received=customer.received,
            ends_at=now + CHAT_KEY_SECONDS,
        )
        return key
