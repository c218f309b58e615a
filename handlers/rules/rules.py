"""The rules in force, and what they want done."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any

from events import Event
from events.customer_service import KfSessionEntered
from handlers.rules.document import RulesDocument
from handlers.rules.kf_welcome import LONGEST_KF_WELCOME_BYTES
from handlers.rules.tag import is_tag_name
from handlers.rules.welcome import LONGEST_WELCOME_BYTES
from handlers.templates import EVENT_FACTS, render


class Rules:
    """The rules in force."""

    def __init__(self, document: RulesDocument | None = None) -> None:
        self.document = document or RulesDocument()
        self._zone = zoneinfo.ZoneInfo(self.document.timezone)

    def welcome(self, app: str, event: Event, now: datetime) -> str | None:
        """Return the text that greets this customer; None when no rule wants to."""
        for rule in self.document.welcome:
            if rule.matches(app, event):
                text = render(rule.text, self._values(event, now))
                return text.encode()[:LONGEST_WELCOME_BYTES].decode(errors="ignore")
        return None

    def kf_welcome(self, app: str, event: KfSessionEntered, now: datetime) -> str | None:
        """Return the text that greets this visitor; None when no rule wants to."""
        for rule in self.document.kf_welcome:
            if rule.matches(app, event.open_kfid, event.scene):
                text = render(rule.text, self._values(event, now))
                return text.encode()[:LONGEST_KF_WELCOME_BYTES].decode(errors="ignore")
        return None

    def tags(self, app: str, event: Event, now: datetime) -> list[str]:
        """Return the "group/tag" names of all rules that match, each once, in order.

        One that is none once it is filled in, as `source/{{ event.state }}` without a state, is
        left out, so that it does not cost the customer the other tags.
        """
        values = self._values(event, now)
        names = (
            render(name, values)
            for rule in self.document.tag
            if rule.matches(app, event)
            for name in rule.add
        )
        return [name for name in dict.fromkeys(names) if is_tag_name(name)]

    def _values(self, event: Event, now: datetime) -> dict[str, Any]:
        known = {key: getattr(event, key, "") for key in EVENT_FACTS}
        return {"event": known, "now": now.astimezone(self._zone)}
