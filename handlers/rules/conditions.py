"""The conditions rules may have: all that are given must hold, a list means one of them.

Conditions on the customer or on departments take a call of the API. They are asked last, only when
all others hold; what cannot be looked up (in time) does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from handlers.rules import when
from handlers.rules.facts import Facts, composed

GENDERS = ("unknown", "male", "female")  # as externalcontact/get numbers them, doc 92114


def _as_tuple(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _texts_as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _as_texts(value: object) -> object:
    several = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(each) if type(each) is int else each for each in several)


def _check_weekdays(values: tuple[Any, ...]) -> tuple[Any, ...]:
    when.weekdays(values)
    return values


def _check_hours(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        when.hours(value)
    return values


Patterns = Annotated[tuple[str, ...], BeforeValidator(_texts_as_tuple)]
Names = Annotated[tuple[str, ...], BeforeValidator(_as_texts)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_as_tuple)]
Anything = Annotated[tuple[Any, ...], BeforeValidator(_as_tuple)]
Weekdays = Annotated[Anything, AfterValidator(_check_weekdays)]
Hours = Annotated[Patterns, AfterValidator(_check_hours)]

Holds = Callable[[Facts], bool]


class Conditions(BaseModel):
    """What every kind of rule has: a name, and when it applies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # The fields of the event that patterns are compared with, in the order they are asked.
    PATTERNS: ClassVar[tuple[str, ...]] = ("app", "corpid")

    name: str = Field("", description="For logs, error messages and `rules test`.")
    app: Patterns | None = Field(None, description="Names of apps.")
    corpid: Patterns | None = Field(
        None, description="Enterprises, for an app that serves several; * and ? are wild."
    )
    weekdays: Weekdays | None = Field(
        None, description="`mon`, `mon-fri`, 1 (Monday) to 7, `周一`, in the rules' time zone."
    )
    hours: Hours | None = Field(
        None, description="`09:00-18:00`, the end not included; `22:00-06:00` is over midnight."
    )
    dates: Anything | None = Field(
        None, description="`2026-02-10`, `2026-02-10..2026-02-20`, `2026-02-10..`."
    )

    @field_validator("dates")
    @classmethod
    def _check_dates(cls, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        for value in values or ():
            when.dates(value)
        return values

    def checks(self) -> list[tuple[str, Holds]]:
        """Return the conditions that are given, the cheap ones first."""
        return [
            *(
                (key, _text_check(key, patterns))
                for key in self.PATTERNS
                if (patterns := getattr(self, key)) is not None
            ),
            *self._time_checks(),
        ]

    def _time_checks(self) -> Iterable[tuple[str, Holds]]:
        if self.weekdays is not None:
            days = when.weekdays(self.weekdays)
            yield "weekdays", lambda facts: facts.moment.isoweekday() in days
        if self.hours is not None:
            spans = [when.hours(each) for each in self.hours]
            yield "hours", lambda facts: when.in_hours(spans, facts.moment)
        if self.dates is not None:
            days_between = [when.dates(each) for each in self.dates]
            yield "dates", lambda facts: when.in_dates(days_between, facts.moment)


class Rule(Conditions):
    """The conditions of a rule about a customer and a member."""

    PATTERNS: ClassVar[tuple[str, ...]] = ("app", "corpid", "state", "userid")

    state: Patterns | None = Field(None, description="Of the contact way; * and ? are wild.")
    userid: Patterns | None = Field(None, description="Members; * and ? are wild.")
    department: Names | None = Field(
        None, description="Of the member: ids or names; those below count. Takes a lookup."
    )
    tags: Patterns | None = Field(
        None,
        description="The customer has one: `group/tag`, * and ? are wild. Takes a lookup.",
    )
    add_way: Numbers | None = Field(
        None, description="How the two met, as externalcontact/get numbers it. Takes a lookup."
    )
    gender: (
        Annotated[tuple[Literal["male", "female", "unknown"], ...], BeforeValidator(_as_tuple)]
        | None
    ) = Field(None, description="`male`, `female`, `unknown`. Takes a lookup.")

    def checks(self) -> list[tuple[str, Holds]]:
        """Return the conditions that are given, the cheap ones first."""
        return [*super().checks(), *self._lookup_checks()]

    def _lookup_checks(self) -> Iterable[tuple[str, Holds]]:
        if self.department is not None:
            wanted = frozenset(map(composed, self.department))
            yield "department", lambda facts: not wanted.isdisjoint(_departments(facts))
        if self.gender is not None:
            numbers = frozenset(GENDERS.index(each) for each in self.gender)
            yield "gender", lambda facts: _gender(facts) in numbers
        if self.add_way is not None:
            ways = frozenset(self.add_way)
            yield "add_way", lambda facts: _add_way(facts) in ways
        if self.tags is not None:
            fits = matcher_of(self.tags)
            yield "tags", lambda facts: any(map(fits, _tags(facts)))


LOOKUPS = frozenset({"department", "gender", "add_way", "tags"})


def matcher_of(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Return what tells whether a text, composed as a fact is, fits one of the patterns."""
    patterns = [composed(each) for each in patterns]
    globs = [each for each in patterns if is_glob(each)]
    exact = frozenset(patterns).difference(globs)
    if not globs:
        return exact.__contains__
    # A bracket is also just a bracket: states and tags have them.
    globs += [each.replace("[", "[[]") for each in globs if "[" in each]
    found = re.compile("|".join(map(translate, globs))).match
    return lambda text: text in exact or found(text) is not None


def is_glob(pattern: str) -> bool:
    """Whether a pattern has wild characters."""
    return any(sign in pattern for sign in "*?[")


def _text_check(key: str, patterns: tuple[str, ...]) -> Holds:
    fits = matcher_of(patterns)
    return lambda facts: fits(facts.text(key))


def _gender(facts: Facts) -> int | None:
    customer = facts.people.customer()
    return customer.external_contact.gender if customer else None


def _add_way(facts: Facts) -> int | None:
    relation = facts.relation()
    return relation.add_way if relation else None


def _departments(facts: Facts) -> Iterable[str]:
    return map(composed, facts.people.departments() or ())


def _tags(facts: Facts) -> list[str]:
    customer = facts.people.customer()
    followers = customer.follow_user if customer else ()
    return [composed(f"{tag.group_name}/{tag.tag_name}") for each in followers for tag in each.tags]
