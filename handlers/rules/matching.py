"""Finds the rules that match, fast however many there are, and says why others do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from handlers.rules.conditions import LOOKUPS, Conditions, is_glob
from handlers.rules.facts import Facts, composed
from language import Text

R = TypeVar("R", bound=Conditions)

# A rule that names exact values of one of these is looked at only when the event has one of them.
_KEYS = ("state", "userid", "open_kfid", "app")

_DAYS = "一二三四五六日"
_UNKNOWN = Text(en="unknown", zh="查不到")
_NOTHING = Text(en="nothing", zh="空")
_BUT = Text(en="; ", zh="；")
_ANOTHER = Text(en="the customer has another", zh="客户的不在其中")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of one rule.

    against: the first condition that does not hold. overtaken: it matches, but of its kind only
    the first that does applies.
    """

    kind: str
    number: int
    name: str
    matches: bool
    against: Text | None = None
    overtaken: bool = False


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
            against=None if failed is None else _against(rule, failed, facts),
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


def unmet(key: str, wanted: Iterable[object], found: Text) -> Text:
    """Say which condition does not hold: what it wants, and how it is."""
    return f"{key}: " + Text(en="wants ", zh="要求 ") + _listed(wanted) + _BUT + found


def it_is(what: Text | str) -> Text:
    """Say how something is."""
    return Text(en="it is ", zh="实际为 ") + what


def moment_of(at: datetime, form: str = "%Y-%m-%d %H:%M") -> Text:
    """Return a time with its day of the week."""
    return Text(en=f"{at:%a} ", zh=f"周{_DAYS[at.weekday()]} ") + f"{at:{form}}"


def _against(rule: Conditions, key: str, facts: Facts) -> Text:
    if key in LOOKUPS:
        found = _known(key, facts)
    elif key in ("weekdays", "hours", "dates"):
        found = it_is(moment_of(facts.moment))
    else:
        found = it_is(f'"{facts.text(key)}"')
    return unmet(key, getattr(rule, key), found)


def _known(key: str, facts: Facts) -> Text:
    """Say what is known of somebody that a lookup told of."""
    if key == "department":
        departments = facts.people.departments()
        return _UNKNOWN if departments is None else it_is(_listed(sorted(departments)))
    return _UNKNOWN if facts.people.customer() is None else _ANOTHER


def _listed(each: Iterable[object]) -> Text:
    shown = ", ".join(map(str, each))
    return Text.same(shown) if shown else _NOTHING
