"""`[[group_welcome]]` and `[[group_notice]]`: what groups say, and what their owners hear."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from handlers.rules.attachment import Attachment, as_attachments
from handlers.rules.conditions import Conditions, Patterns, matcher_of
from handlers.rules.notify import LONGEST_NOTICE_BYTES, Message, span
from handlers.rules.texts import template
from handlers.templates import NAMES

LONGEST_GROUP_WELCOME_BYTES = 3000
OWNER = "@owner"
GROUP_NOTICE_NAMES = NAMES | {"count", "group_name", "owner"}

GroupChange = Literal["join", "leave"]


class GroupWelcomeRule(Conditions):
    """One `[[group_welcome]]`: a welcome (入群欢迎语素材) that owners choose in the client."""

    text: str = Field("", description="At most 3000 bytes; %NICKNAME% is who joins.")
    attachments: Annotated[tuple[Attachment, ...], BeforeValidator(as_attachments)] = Field(
        (), max_length=1, description="One image, link, miniprogram, video or file."
    )
    notify: bool = Field(default=True, description="Tell group owners that it is there.")

    @field_validator("text")
    @classmethod
    def _check_text(cls, text: str) -> str:
        if len(text.encode()) > LONGEST_GROUP_WELCOME_BYTES:
            raise ValueError(f"has {len(text.encode())} bytes, WeCom takes 3000")
        return text

    @model_validator(mode="after")
    def _check_whole(self) -> GroupWelcomeRule:
        if not self.name:
            raise ValueError("name: missing; add it")
        if self.app is None:
            raise ValueError("app: missing; add the app that makes it")
        if not (self.text or self.attachments):
            raise ValueError("text: missing; add it, or attachments")
        if self.weekdays or self.hours or self.dates:
            raise ValueError("weekdays: a welcome of a group has no times")
        return self


class GroupNoticeRule(Conditions, Message):
    """One `[[group_notice]]`: tells the owner when many, or any, come or go."""

    PATTERNS: ClassVar[tuple[str, ...]] = ("app", "corpid", "chat_id")

    chat_id: Patterns | None = Field(None, description="Of groups; * and ? are wild.")
    owner: Patterns | None = Field(None, description="Owners of groups; * and ? are wild.")
    on: Annotated[
        tuple[GroupChange, ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    ] = Field(("join", "leave"), min_length=1, description="`join`, `leave`.")
    at_least: int = Field(1, ge=1, description="So many within the time; 1 tells of each event.")
    within: str = Field("1d", description="`30m`, `1h`, `1d`; at most a week.")
    to: Patterns = Field((OWNER,), description="Members, `@owner`, `@operators`.")

    @field_validator("within")
    @classmethod
    def _check_within(cls, text: str) -> str:
        if not timedelta(minutes=1) <= span(text) <= timedelta(days=7):
            raise ValueError(f'"{text}" must be a minute to a week')
        return text

    @field_validator("text", "markdown")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return template(most_bytes=LONGEST_NOTICE_BYTES, names=GROUP_NOTICE_NAMES)(text)

    def concerns(self, owner: str) -> bool:
        """Whether it is about groups of this owner."""
        return self.owner is None or matcher_of(self.owner)(owner)


def _unique(rules: tuple[GroupWelcomeRule, ...]) -> tuple[GroupWelcomeRule, ...]:
    for name, count in Counter(rule.name for rule in rules).items():
        if count > 1:
            raise ValueError(f'{count} are named "{name}"; each needs its own name')
    return rules


GroupWelcomeRules = Annotated[tuple[GroupWelcomeRule, ...], AfterValidator(_unique)]
