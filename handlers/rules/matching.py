"""Finds the rules that match, fast however many there are, and says why others do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from handlers.rules.conditions import LOOKUPS, Conditions, is_glob
from handlers.rules.facts import Facts, composed

R = TypeVar("R", bound=Conditions)

# A rule that names exact values of one of these is looked at only when the event has one of them.
_KEYS = ("state", "userid", "open_kfid", "app")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one rule; against: the first condition that does not hold, in words."""

    kind: str
    number: int
    name: str
    matches: bool
    against: str = ""


class Matcher(Generic[R]):
    """The rules of one kind, prepared: their conditions in order, and an index of exact values."""

    def __init__(self, rules: Sequence[R]) -> None:
        self.rules = rules
        self._checks = [tuple(rule.checks()) for rule in rules]
        self._holds = [tuple(holds for _, holds in checks) for checks in self._checks]
        self._by_value: dict[tuple[str, str], list[int]] = {}
        self._others: list[int] = []
        for place, rule in enumerate(rules):
            self._file(place, rule)

    def matching(self, facts: Facts) -> Iterator[R]:
        """Yield the rules that match, in the order of the file."""
        for place in self._candidates(facts):
            for holds in self._holds[place]:  # all() over a generator takes twice as long
                if not holds(facts):
                    break
            else:
                yield self.rules[place]

    def first(self, facts: Facts) -> R | None:
        """Return the first rule that matches."""
        return next(self.matching(facts), None)

    def verdicts(self, kind: str, facts: Facts) -> list[Verdict]:
        """Say of every rule whether it matches, and of the others what is against it."""
        return [self._verdict(kind, place, rule, facts) for place, rule in enumerate(self.rules)]

    def _verdict(self, kind: str, place: int, rule: R, facts: Facts) -> Verdict:
        failed = next((key for key, holds in self._checks[place] if not holds(facts)), None)
        return Verdict(
            kind=kind,
            number=place + 1,
            name=rule.name,
            matches=failed is None,
            against="" if failed is None else _against(rule, failed, facts),
        )

    def _file(self, place: int, rule: R) -> None:
        for key in _KEYS:
            values = getattr(rule, key, None) if key in rule.PATTERNS else None
            if values is not None and not any(map(is_glob, values)):
                for value in set(map(composed, values)):
                    self._by_value.setdefault((key, value), []).append(place)
                return
        self._others.append(place)

    def _candidates(self, facts: Facts) -> list[int]:
        found = list(self._others)
        for key in _KEYS:
            found += self._by_value.get((key, facts.text(key)), ())
        return sorted(found)


def _against(rule: Conditions, key: str, facts: Facts) -> str:
    wanted = getattr(rule, key)
    shown = ", ".join(map(str, wanted)) or "nothing"
    if key in LOOKUPS:
        return f"{key}: wants {shown}; {_known(key, facts)}"
    if key in ("weekdays", "hours", "dates"):
        return f"{key}: wants {shown}; it is {facts.moment:%a %Y-%m-%d %H:%M}"
    return f'{key}: wants {shown}; it is "{facts.text(key)}"'


def _known(key: str, facts: Facts) -> str:
    """Say what is known of somebody that a lookup told of."""
    if key == "department":
        departments = facts.people.departments()
        return "unknown" if departments is None else f"it is {', '.join(sorted(departments))}"
    return "unknown" if facts.people.customer() is None else "the customer has another"
