"""What should happen, without code: the rules of `rules.toml`, one module a kind of rule.

A new kind of rule takes three steps:

1. a module here with its model: `class RemarkRule(Rule)`, whose base class brings the conditions
   (`Conditions` alone those on app and time);
2. a field in `RulesDocument` of `document.py`: `remark: tuple[RemarkRule, ...] = ()` makes
   `[[remark]]`;
3. a handler that asks `ctx.rules.matching(RemarkRule, facts)`, or `first`. Its route says with
   `wanted=` when it is not needed, so that no run is made for it.

Files of a rule's `attachments` are uploaded ahead of time, whatever the kind.
"""

from handlers.rules.attachment import Attachment, LocalFile
from handlers.rules.conditions import Conditions, Rule
from handlers.rules.document import RulesDocument
from handlers.rules.facts import Facts, People
from handlers.rules.file import Reading, Refusal, RulesFile, file_problems, parse_rules, read_rules
from handlers.rules.kf_welcome import KfWelcomeRule
from handlers.rules.matching import Matcher, Verdict
from handlers.rules.notify import AlarmRule, NotifyRule
from handlers.rules.problems import Problem
from handlers.rules.remark import RemarkRule
from handlers.rules.rules import Rules
from handlers.rules.tag import TagRule, split_tag_name
from handlers.rules.welcome import ArchiveConsentRule, WelcomeRule

__all__ = [
    "AlarmRule",
    "ArchiveConsentRule",
    "Attachment",
    "Conditions",
    "Facts",
    "KfWelcomeRule",
    "LocalFile",
    "Matcher",
    "NotifyRule",
    "People",
    "Problem",
    "Reading",
    "Refusal",
    "RemarkRule",
    "Rule",
    "Rules",
    "RulesDocument",
    "RulesFile",
    "TagRule",
    "Verdict",
    "WelcomeRule",
    "file_problems",
    "parse_rules",
    "read_rules",
    "split_tag_name",
]
