"""`[[group_welcome]]` and `[[group_notice]]`: what groups say, and what their owners hear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from events import Event
from events.group_chat import GroupChatMembersJoined, GroupChatMembersLeft
from handlers.rules.attachment import Attachment, as_attachments
from handlers.rules.conditions import Conditions, Holds, Patterns, matcher_of
from handlers.rules.matching import it_is, unmet
from handlers.rules.notify import LONGEST_NOTICE_BYTES, Message, Within
from handlers.rules.texts import template, too_long
from handlers.templates import NAMES
from language import Mistake, Text

LONGEST_GROUP_WELCOME_BYTES = 3000
OWNER = "@owner"
GROUP_NOTICE_NAMES = NAMES | {"count", "group_name", "owner"}

GroupChange = Literal["join", "leave"]

_CHANGES: Mapping[GroupChange, type[Event]] = {
    "join": GroupChatMembersJoined,
    "leave": GroupChatMembersLeft,
}


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
            raise too_long(text, LONGEST_GROUP_WELCOME_BYTES)
        return text

    @model_validator(mode="after")
    def _check_whole(self) -> GroupWelcomeRule:
        if not self.name:
            raise Mistake(key="name", en="missing; add it", zh="缺少此项，请补上")
        if self.app is None:
            raise Mistake(
                key="app",
                en="missing; add the app that makes it",
                zh="缺少此项，请写由哪个应用创建",
            )
        if not (self.text or self.attachments):
            raise Mistake(
                key="text",
                en="missing; add it, or attachments",
                zh="缺少此项，请补上，或写 attachments",
            )
        if self.weekdays or self.hours or self.dates:
            raise Mistake(
                key="weekdays",
                en="a welcome of a group has no times",
                zh="入群欢迎语不能限定时间",
            )
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
    within: Within = Field("1d", description="`30m`, `1h`, `1d`; at most a week.")
    to: Patterns = Field((OWNER,), description="Members, `@owner`, `@operators`.")

    @field_validator("text", "markdown")
    @classmethod
    def _check_text(cls, text: str) -> str:
        return template(most_bytes=LONGEST_NOTICE_BYTES, names=GROUP_NOTICE_NAMES)(text)

    def checks(self) -> list[tuple[str, Holds]]:
        """Return the conditions that can be asked before the group is looked at."""
        changes = tuple(_CHANGES[each] for each in self.on)
        return [("on", lambda facts: isinstance(facts.event, changes)), *super().checks()]

    def against(self, owner: str, count: int) -> Text | None:
        """Say what is against it in a group of this owner, after so many have come or gone."""
        if self.owner is not None and not matcher_of(self.owner)(owner):
            return unmet("owner", self.owner, it_is(f'"{owner}"'))
        if count < self.at_least:
            return unmet("at_least", (self.at_least,), it_is(str(count)))
        return None


def _unique(rules: tuple[GroupWelcomeRule, ...]) -> tuple[GroupWelcomeRule, ...]:
    for name, count in Counter(rule.name for rule in rules).items():
        if count > 1:
            raise Mistake(
                en=f'{count} are named "{name}"; each needs its own name',
                zh=f'有 {count} 条都叫 "{name}"，名称不能重复',
            )
    return rules


GroupWelcomeRules = Annotated[tuple[GroupWelcomeRule, ...], AfterValidator(_unique)]
