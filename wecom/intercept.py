"""Words that members must not send to customers (敏感词管理, doc 95097)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from wecom.answer import nothing, only, several
from wecom.arguments import (
    at_least_one,
    at_most_chars,
    at_most_items,
    not_empty,
    within,
)
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import spelled

WARN_AND_BLOCK, WARN = 1, 2
"""intercept_type."""

PHONE_NUMBER, EMAIL, RED_PACKET = 1, 2, 3
"""semantics_list: what is recognised without words."""

_MOST_WORDS = 300
_LONGEST_WORD = 32
_MOST_MEMBERS = 1000


@dataclass(frozen=True, kw_only=True)
class ApplicableRange:
    """Members and departments under a rule, at most 1000 of each."""

    user_list: tuple[str, ...] = ()
    department_list: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check the documented limits."""
        at_most_items(_MOST_MEMBERS, user_list=self.user_list, department_list=self.department_list)


@dataclass(frozen=True, kw_only=True)
class ListedRule:
    """One rule of the list."""

    rule_id: str
    rule_name: str = ""
    create_time: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ExtraRule:
    """What is recognised without words: 1 phone numbers, 2 e-mail addresses, 3 red packets."""

    semantics_list: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule; intercept_type: 1 warns and blocks, 2 only warns."""

    rule_id: str
    rule_name: str = ""
    word_list: tuple[str, ...] = ()
    extra_rule: ExtraRule = ExtraRule()
    intercept_type: int = 0
    applicable_range: ApplicableRange = ApplicableRange()


ADD_INTERCEPT_RULE = Endpoint(
    "POST", "externalcontact/add_intercept_rule", only("rule_id", str), doc=95097
)
GET_INTERCEPT_RULE_LIST = Endpoint(
    "GET", "externalcontact/get_intercept_rule_list", several("rule_list", ListedRule), doc=95097
)
GET_INTERCEPT_RULE = Endpoint(
    "POST", "externalcontact/get_intercept_rule", only("rule", Rule), doc=95097
)
UPDATE_INTERCEPT_RULE = Endpoint(
    "POST", "externalcontact/update_intercept_rule", nothing, doc=95097, one_at_a_time=("rule_id",)
)
DEL_INTERCEPT_RULE = Endpoint("POST", "externalcontact/del_intercept_rule", nothing, doc=95097)


def add_intercept_rule(
    api: Client,
    rule_name: str,
    *,
    word_list: Sequence[str],
    intercept_type: int,
    applicable_range: ApplicableRange,
    semantics_list: Sequence[int] = (),
) -> str:
    """Make a rule and return its rule_id (新建敏感词规则); a corp has 100 at most."""
    not_empty(rule_name=rule_name, word_list=word_list)
    _check_limits(rule_name, word_list, semantics_list, intercept_type)
    at_least_one(
        user_list=applicable_range.user_list, department_list=applicable_range.department_list
    )
    body = {
        "rule_name": rule_name,
        "word_list": list(word_list),
        "semantics_list": list(semantics_list) or None,
        "intercept_type": intercept_type,
        "applicable_range": spelled(applicable_range),
    }
    return api.call(ADD_INTERCEPT_RULE, json=body)


def get_intercept_rule_list(api: Client) -> tuple[ListedRule, ...]:
    """Read which rules there are (获取敏感词规则列表)."""
    return api.call(GET_INTERCEPT_RULE_LIST)


def get_intercept_rule(api: Client, rule_id: str) -> Rule:
    """Read one rule (获取敏感词规则详情)."""
    not_empty(rule_id=rule_id)
    return api.call(GET_INTERCEPT_RULE, json={"rule_id": rule_id})


def update_intercept_rule(
    api: Client,
    rule_id: str,
    *,
    rule_name: str | None = None,
    word_list: Sequence[str] | None = None,
    semantics_list: Sequence[int] | None = None,
    intercept_type: int | None = None,
    add_applicable_range: ApplicableRange | None = None,
    remove_applicable_range: ApplicableRange | None = None,
) -> None:
    """Change a rule (修改敏感词规则); None leaves a field, lists replace what there is."""
    not_empty(rule_id=rule_id)
    _check_limits(rule_name, word_list, semantics_list, intercept_type)
    extra = None if semantics_list is None else {"semantics_list": list(semantics_list)}
    body = {
        "rule_id": rule_id,
        "rule_name": rule_name,
        "word_list": None if word_list is None else list(word_list),
        "extra_rule": extra,
        "intercept_type": intercept_type,
        "add_applicable_range": spelled(add_applicable_range),
        "remove_applicable_range": spelled(remove_applicable_range),
    }
    api.call(UPDATE_INTERCEPT_RULE, json=body)


def del_intercept_rule(api: Client, rule_id: str) -> None:
    """Remove a rule (删除敏感词规则)."""
    not_empty(rule_id=rule_id)
    api.call(DEL_INTERCEPT_RULE, json={"rule_id": rule_id})


def _check_limits(
    rule_name: str | None,
    word_list: Sequence[str] | None,
    semantics_list: Sequence[int] | None,
    intercept_type: int | None,
) -> None:
    at_most_chars(20, rule_name=rule_name)
    at_most_items(_MOST_WORDS, word_list=word_list)
    for word in word_list or ():
        not_empty(word_list=word)
        at_most_chars(_LONGEST_WORD, word_list=word)
    for meaning in semantics_list or ():
        within(1, 3, semantics_list=meaning)
    within(1, 2, intercept_type=intercept_type)
