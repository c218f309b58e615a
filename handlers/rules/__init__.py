"""What should happen, without code: the rules of `rules.toml`, one module a kind of rule.

A new kind of rule takes three steps:

1. a module here with its model: `class RemarkRule(Rule)`, whose base class brings the conditions;
2. a field in `RulesDocument` of `document.py`: `remark: tuple[RemarkRule, ...] = ()` makes
   `[[remark]]`;
3. a handler that asks `ctx.rules.document.remark` which of them match.
"""

from handlers.rules.conditions import Rule
from handlers.rules.document import RulesDocument
from handlers.rules.file import RulesFile, read_rules
from handlers.rules.kf_welcome import KfWelcomeRule
from handlers.rules.rules import Rules
from handlers.rules.tag import TagRule, split_tag_name
from handlers.rules.welcome import WelcomeRule

__all__ = [
    "KfWelcomeRule",
    "Rule",
    "Rules",
    "RulesDocument",
    "RulesFile",
    "TagRule",
    "WelcomeRule",
    "read_rules",
    "split_tag_name",
]
