"""What the conditions of rules ask about: an event, the moment, and the people in it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from events import Event
from wecom.external_contact import Customer, FollowUser


class People(Protocol):
    """Looks up who an event is about; None when that cannot be had (in time)."""

    def customer(self) -> Customer | None:
        """Return the customer, with the members who follow them."""
        ...

    def departments(self) -> frozenset[str] | None:
        """Return the departments of the member and all above them: ids and names."""
        ...


class Nobody:
    """Knows nobody: conditions that need a lookup do not hold."""

    def customer(self) -> Customer | None:
        """Return nothing."""
        return None

    def departments(self) -> frozenset[str] | None:
        """Return nothing."""
        return None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One event as the conditions see it; moment is in the time zone of the rules."""

    app: str
    corpid: str
    event: Event
    moment: datetime
    people: People = field(default_factory=Nobody)

    def text(self, key: str) -> str:
        """Return a field of the event, "" when it has none of that name."""
        if key == "app":
            return self.app
        if key == "corpid":
            return self.corpid
        if key in ("event", "on"):
            return self.event.name
        return composed(str(getattr(self.event, key, None) or ""))

    def relation(self) -> FollowUser | None:
        """Return what the event's member has with the customer."""
        customer = self.people.customer()
        return customer.followed_by(self.event.userid) if customer else None


def composed(text: str) -> str:
    """Return a text with its accents in one piece: é is spelled in two ways that look alike."""
    return unicodedata.normalize("NFC", text)
