"""`[[tag]]`: which tags a new customer gets, and which it loses."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from handlers.rules.conditions import Patterns, Rule
from handlers.templates import compile_template
from language import Mistake

LONGEST_TAG_NAME = 30


class TagRule(Rule):
    """One `[[tag]]`: every rule that matches adds and removes its tags."""

    add: Patterns = Field((), description='"group/tag", may be a template; created when missing.')
    remove: Patterns = Field((), description='"group/tag", may be a template.')

    @field_validator("add", "remove")
    @classmethod
    def _check_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            compile_template(name)
            if "{" not in name:
                split_tag_name(name)
        return names

    @model_validator(mode="after")
    def _check_content(self) -> TagRule:
        if not self.add and not self.remove:
            raise Mistake(
                key="add", en="missing; add it, or remove", zh="缺少此项，请补上，或写 remove"
            )
        return self


def split_tag_name(name: str) -> tuple[str, str]:
    """Return group and tag of a "group/tag" name. Raises Mistake when it is none."""
    group, slash, tag = (part.strip() for part in name.partition("/"))
    if not slash or not group or not tag:
        raise Mistake(en=f'"{name}" must be written group/tag', zh=f'"{name}" 应写成 标签组/标签')
    if len(group) > LONGEST_TAG_NAME or len(tag) > LONGEST_TAG_NAME:
        raise Mistake(
            en=f'"{name}": group and tag may have 30 characters each',
            zh=f'"{name}": 标签组与标签各不能超过 30 个字符',
        )
    return group, tag


def is_tag_name(name: str) -> bool:
    """Whether a text is a "group/tag" name."""
    try:
        split_tag_name(name)
    except Mistake:
        return False
    return True
