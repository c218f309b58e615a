"""The rules in force: which match, and what their texts may speak of."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar, cast

from events import Event
from handlers.rules.attachment import LocalFile
from handlers.rules.conditions import GENDERS, Conditions, matcher_of
from handlers.rules.document import RulesDocument
from handlers.rules.facts import Facts, Nobody, People
from handlers.rules.matching import Matcher, Verdict
from handlers.templates import EVENT_FACTS, fact
from wecom.external_contact import Customer
from wecom.user import Member

R = TypeVar("R", bound=Conditions)


class Rules:
    """The rules of one file; folder: where its relative paths start. read_at: when it was read."""

    def __init__(
        self,
        document: RulesDocument | None = None,
        *,
        folder: Path = Path(),
        read_at: datetime | None = None,
    ) -> None:
        self.document = document or RulesDocument()
        self.folder = folder
        self.read_at = read_at
        self._zone = zoneinfo.ZoneInfo(self.document.timezone)
        self._matchers: dict[str, Matcher[Any]] = {
            kind: Matcher(rules)
            for kind in RulesDocument.model_fields
            if isinstance(rules := getattr(self.document, kind), tuple)
            and all(isinstance(rule, Conditions) for rule in rules)
        }
        self._kinds = {
            type(matcher.rules[0]): kind
            for kind, matcher in self._matchers.items()
            if matcher.rules
        }
        self._files: dict[str, frozenset[LocalFile]] = {}

    def has(self, kind: type[Conditions]) -> bool:
        """Whether there is any rule of a kind."""
        return kind in self._kinds

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Return the rules of a kind, in the order of the file."""
        return cast("tuple[R, ...]", self._matcher(kind).rules)

    def first(self, kind: type[R], facts: Facts) -> R | None:
        """Return the first rule of a kind that matches."""
        return self._matcher(kind).first(facts)

    def matching(self, kind: type[R], facts: Facts) -> Iterator[R]:
        """Yield every rule of a kind that matches, in the order of the file."""
        return self._matcher(kind).matching(facts)

    def verdicts(self, kind: type[Conditions], facts: Facts) -> list[Verdict]:
        """Say of every rule of a kind whether it matches, or what is against it."""
        return self._matcher(kind).verdicts(self._kinds.get(kind, ""), facts)

    def facts(
        self, app: str, corpid: str, event: Event, now: datetime, people: People | None = None
    ) -> Facts:
        """Return an event as the conditions see it, at a time of the rules' own zone."""
        return Facts(
            app=app,
            corpid=corpid,
            event=event,
            moment=now.astimezone(self._zone),
            people=people or Nobody(),
        )

    def values(
        self, facts: Facts, customer: Customer | None = None, staff: Member | None = None
    ) -> dict[str, Any]:
        """Return what templates may speak of; what is not known is empty."""
        return {
            "event": {key: fact(getattr(facts.event, key, "")) for key in EVENT_FACTS},
            "customer": _customer_facts(customer, facts),
            "staff": {
                "userid": fact(facts.event.userid),
                "name": fact(staff.name if staff else ""),
                "alias": fact(staff.alias if staff else ""),
            },
            "now": facts.moment,
        }

    def files(self, app: str) -> frozenset[LocalFile]:
        """Return the files that rules for an app attach, whichever kind of rule."""
        if app not in self._files:
            self._files[app] = frozenset(
                found
                for matcher in self._matchers.values()
                for rule in matcher.rules
                if rule.app is None or matcher_of(rule.app)(app)
                for attachment in getattr(rule, "attachments", ())
                if (found := getattr(attachment, "local_file", None)) is not None
            )
        return self._files[app]

    def _matcher(self, kind: type[R]) -> Matcher[R]:
        name = self._kinds.get(kind)
        return self._matchers[name] if name else Matcher(())


def _customer_facts(customer: Customer | None, facts: Facts) -> Mapping[str, str]:
    if customer is None:
        return dict.fromkeys(("name", "gender", "corp_name", "remark"), "")
    contact = customer.external_contact
    relation = customer.followed_by(facts.event.userid)
    known = 0 <= contact.gender < len(GENDERS)
    return {
        "name": fact(contact.name),
        "gender": GENDERS[contact.gender] if known else "",
        "corp_name": fact(contact.corp_name),
        "remark": fact(relation.remark if relation else ""),
    }
