"""`[[notify]]` and `[[alarm]]`: app messages that tell members what happened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from difflib import get_close_matches
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from events.event import REGISTER
from handlers.rules.conditions import Holds, Names, Patterns, Rule, matcher_of
from handlers.rules.texts import template
from handlers.templates import NAMES, compile_template
from language import Mistake

LONGEST_NOTICE_BYTES = 2048
OPERATORS = "@operators"
ALARM_NAMES = NAMES | {"count"}

_SPAN = re.compile(r"(\d+)\s*(m|min|h|d)")
_UNITS = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


def _check_within(text: str) -> str:
    if not timedelta(minutes=1) <= span(text) <= timedelta(days=7):
        raise Mistake(
            en=f'"{text}" must be a minute to a week', zh=f'"{text}" 应在一分钟到一周之间'
        )
    return text


Within = Annotated[str, AfterValidator(_check_within)]


class Message(BaseModel):
    """Whom an app message goes to, and what it says."""

    to: Patterns = Field(
        (), description="Members (userid); `@operators`: those of the app. May be templates."
    )
    to_department: Names = Field((), description="Ids of departments.")
    to_tag: Names = Field((), description="Ids of contact tags.")
    text: str = Field("", description="Plain; cut at 2048 bytes.")
    markdown: str = Field("", description="In WeCom's Markdown, instead of text.")

    @model_validator(mode="after")
    def _check_message(self) -> Message:
        if not (self.to or self.to_department or self.to_tag):
            raise Mistake(
                key="to",
                en="missing; add it, or to_department, to_tag",
                zh="缺少此项，请补上，或写 to_department、to_tag",
            )
        if bool(self.text) == bool(self.markdown):
            raise Mistake(
                key="text",
                en="wants either text or markdown",
                zh="应写 text 或 markdown，且只写一个",
            )
        for receiver in self.to:
            compile_template(receiver)
        return self


class NotifyRule(Rule, Message):
    """One `[[notify]]`: every rule that matches sends its message."""

    event: Patterns = Field(
        min_length=1,
        description="Names of events; a family stands for all of it; * is wild.",
    )

    def checks(self) -> list[tuple[str, Holds]]:
        """Return the conditions that are given, the event's name first."""
        fits = event_matcher(self.event)
        return [("event", lambda facts: fits(facts.event.name)), *super().checks()]

    @field_validator("event")
    @classmethod
    def _check_events(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            _require_known(name)
        return names

    @field_validator("text", "markdown")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return template(most_bytes=LONGEST_NOTICE_BYTES)(text)


class AlarmRule(Rule, Message):
    """One `[[alarm]]`: when a member deletes many customers in a short time; told once for each."""

    more_than: int = Field(10, ge=0, description="Customers.")
    within: Within = Field("1h", description="`30m`, `1h`, `1d`; at most a week.")

    @field_validator("text", "markdown")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return template(most_bytes=LONGEST_NOTICE_BYTES, names=ALARM_NAMES)(text)


def span(text: str) -> timedelta:
    """Return how long `30m`, `1h` or `1d` is. Raises Mistake."""
    match = _SPAN.fullmatch(text.strip())
    if match is None or len(match[1]) > 4:  # noqa: PLR2004 - enough for a week of minutes
        raise Mistake(
            en=f'"{text}" must be written 30m, 1h or 1d', zh=f'"{text}" 应写成 30m、1h 或 1d'
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


@lru_cache(maxsize=4096)
def event_matcher(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """Return what tells whether a rule wants events of a name."""
    return matcher_of(
        [
            name + rest
            for each in patterns
            for name in (each, f"change_external_contact.{each}", f"change_{each}")
            for rest in ("", ".*")
        ]
    )


def _require_known(pattern: str) -> None:
    known = sorted({cls.event_name for cls in REGISTER.values() if cls.event_name})
    if any(map(event_matcher((pattern,)), known)):
        return
    short = [name.removeprefix("change_external_contact.") for name in known]  # taken as well
    near = (
        get_close_matches(pattern, [*known, *short], n=1, cutoff=0.4)
        or [name for name in known if name.endswith(f".{pattern}")][:1]
    )
    raise Mistake(
        en=f'there is no event "{pattern}"' + (f'; do you mean "{near[0]}"?' if near else ""),
        zh=f'没有事件 "{pattern}"' + (f'，是不是 "{near[0]}"？' if near else ""),
    )
