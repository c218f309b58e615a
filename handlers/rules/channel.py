"""`[[channel]]`: a contact way (渠道活码) that is kept as the file says (联系我, doc 92228)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from handlers.rules import when
from handlers.rules.conditions import Hours, Names, Patterns, Weekdays, matcher_of
from handlers.rules.facts import Facts
from handlers.rules.matching import it_is, unmet
from language import Mistake, Text

LONGEST_STATE = 30
MOST_MEMBERS = 100


class _Staffing(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    members: Patterns = Field((), description="Who is added (userid).")
    departments: Names = Field((), description="Ids of departments whose members are added.")

    @field_validator("departments")
    @classmethod
    def _check_departments(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not (value.isascii() and value.isdigit() and int(value) > 0):
                raise Mistake(
                    en=f'"{value}" is no id of a department; write a number',
                    zh=f'"{value}" 不是部门 id，请写数字',
                )
        return values

    @model_validator(mode="after")
    def _check_size(self) -> _Staffing:
        if len(self.members) > MOST_MEMBERS:
            raise Mistake(
                key="members",
                en=f"{len(self.members)}, WeCom takes {MOST_MEMBERS}",
                zh=f"共 {len(self.members)} 人，企业微信最多接受 {MOST_MEMBERS} 人",
            )
        return self

    @property
    def is_empty(self) -> bool:
        """Whether nobody stands here."""
        return not (self.members or self.departments)


class Slot(_Staffing):
    """Who is added at some times of the week."""

    weekdays: Weekdays | None = Field(None, description="`mon`, `mon-fri`, 1 to 7, `周一`.")
    hours: Hours | None = Field(None, description="`09:00-18:00`; may go over midnight.")

    @model_validator(mode="after")
    def _check_slot(self) -> Slot:
        if self.is_empty:
            raise Mistake(
                key="members",
                en="missing; add it, or departments",
                zh="缺少此项，请补上，或写 departments",
            )
        return self

    def covers(self, moment: datetime) -> bool:
        """Whether a moment, in the zone of the rules, is in it."""
        days = self.weekdays is None or moment.isoweekday() in when.weekdays(self.weekdays)
        spans = None if self.hours is None else [when.hours(each) for each in self.hours]
        return days and (spans is None or when.in_hours(spans, moment))


class ChannelRule(_Staffing):
    """One `[[channel]]`: its contact way is made, and changed whenever the file or the time says.

    It is never deleted unless `wecom-callback channels prune` is told to.
    """

    name: str = Field(min_length=1, max_length=64, description="What it is known by; unique.")
    app: str = Field(min_length=1, description="The app that makes the contact way.")
    corpid: Patterns | None = Field(None, description="Of an app that serves several.")
    state: str = Field(
        min_length=1,
        max_length=LONGEST_STATE,
        description="Comes back with every customer; rules match on it.",
    )
    type: Literal["single", "multi"] = Field(
        "multi", description="One member, or several of whom WeCom picks one; stays as it is."
    )
    style: int | None = Field(None, ge=1, le=3, description="Of a button in a mini program.")
    scene: Literal["qr_code", "mini_program"] = Field("qr_code", description="Stays as it is.")
    skip_verify: bool = Field(default=True, description="Members need not confirm.")
    remark: str = Field(
        "", max_length=LONGEST_STATE, description="For administrators. Default: the name."
    )
    is_temp: bool = Field(default=False, description="Ends by itself; stays as it is.")
    slots: tuple[Slot, ...] = Field(
        (), description="The first that covers the time; without one: members, departments."
    )

    @model_validator(mode="after")
    def _check_staff(self) -> ChannelRule:
        if self.is_empty and not self.slots:
            raise Mistake(
                key="members",
                en="missing; add it, or departments, or slots",
                zh="缺少此项，请补上，或写 departments、slots",
            )
        if self.is_empty and not self._covers_everything():
            raise Mistake(
                key="members",
                en="missing; who is added when no slot covers the time?",
                zh="缺少此项；没有时段覆盖的时间由谁来添加客户？",
            )
        for place in (self, *self.slots):
            alone = len(place.members) == 1 and not place.departments
            if self.type == "single" and not place.is_empty and not alone:
                raise Mistake(
                    key="members",
                    en='exactly one with type = "single", and no departments',
                    zh='type = "single" 时只能写一名成员，且不能写 departments',
                )
        return self

    def against(self, facts: Facts) -> Text | None:
        """Say why a customer did not come by it, None when they did."""
        for key, wanted in (
            ("app", (self.app,)),
            ("corpid", self.corpid),
            ("state", (self.state,)),
        ):
            if wanted is not None and not matcher_of(wanted)(facts.text(key)):
                return unmet(key, wanted, it_is(f'"{facts.text(key)}"'))
        return None

    @property
    def sent_remark(self) -> str:
        """The remark that is sent: it helps to find the contact way again."""
        return self.remark or self.name[:LONGEST_STATE]

    def staffing(self, moment: datetime) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Return members and departments at a moment in the zone of the rules."""
        place = next((slot for slot in self.slots if slot.covers(moment)), None) or self
        return place.members, tuple(int(each) for each in place.departments)

    def _covers_everything(self) -> bool:
        return any(slot.weekdays is None and slot.hours is None for slot in self.slots)


def _unique(rules: tuple[ChannelRule, ...]) -> tuple[ChannelRule, ...]:
    counts = Counter((rule.app, rule.name) for rule in rules)
    for (app, name), count in counts.items():
        if count > 1:
            raise Mistake(
                en=f'{count} of app "{app}" are named "{name}"; each needs its own name',
                zh=f'应用 "{app}" 中有 {count} 条都叫 "{name}"，名称不能重复',
            )
    return rules


ChannelRules = Annotated[tuple[ChannelRule, ...], AfterValidator(_unique)]
