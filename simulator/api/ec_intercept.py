"""Words that members must not send (敏感词管理, doc 95097); an app sees only its own rules."""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.api.ranges import check_departments
from simulator.corp import new_id
from simulator.materials import InterceptRule, Materials

chapter = Chapter(needs="customer_contact")

_MOST_RULES = 100
_MOST_NAME = 20
_MOST_WORDS = 300
_LONGEST_WORD = 32
_MOST_RANGE = 1000
_MEANINGS = {1, 2, 3}


@chapter.endpoint("POST", "externalcontact/add_intercept_rule", doc=95097)
def add_intercept_rule(call: Call) -> dict[str, object]:
    """Make a rule (新建敏感词规则)."""
    rule = InterceptRule(
        rule_id=new_id("ru"),
        owner=call.app.name,
        create_time=int(call.now),
        rule_name=call.named("rule_name", most=_MOST_NAME),
        word_list=_words(call),
        semantics_list=_meanings(call),
        intercept_type=call.integer("intercept_type", low=1, high=2),
        user_list={},
        department_list={},
    )
    users, departments = _range(call, call.inside("applicable_range"))
    if not users and not departments:
        raise CallRefused(40058)
    _check_name(call, rule)
    rules = call.corp.of(Materials).rules
    if sum(not each.deleted for each in rules.values()) >= _MOST_RULES:
        raise CallRefused(41069)
    rule.user_list, rule.department_list = dict.fromkeys(users), dict.fromkeys(departments)
    rules[rule.rule_id] = rule
    return {"rule_id": rule.rule_id}


@chapter.endpoint(
    "GET", "externalcontact/get_intercept_rule_list", doc=95097, empty={"rule_list": []}
)
def get_intercept_rule_list(call: Call) -> dict[str, object]:
    """Return the app's rules (获取敏感词规则列表)."""
    return {
        "rule_list": [
            {
                "rule_id": rule.rule_id,
                "rule_name": rule.rule_name,
                "create_time": rule.create_time,
            }
            for rule in call.corp.of(Materials).rules.values()
            if rule.owner == call.app.name and not rule.deleted
        ]
    }


@chapter.endpoint("POST", "externalcontact/get_intercept_rule", doc=95097)
def get_intercept_rule(call: Call) -> dict[str, object]:
    """Return one rule (获取敏感词规则详情)."""
    rule = _known(call)
    return {
        "rule": {
            "rule_id": rule.rule_id,
            "rule_name": rule.rule_name,
            "word_list": rule.word_list,
            "extra_rule": {"semantics_list": rule.semantics_list},
            "intercept_type": rule.intercept_type,
            "applicable_range": {
                "user_list": list(rule.user_list),
                "department_list": list(rule.department_list),
            },
        }
    }


@chapter.endpoint("POST", "externalcontact/update_intercept_rule", doc=95097)
def update_intercept_rule(call: Call) -> dict[str, object]:
    """Change the given fields (修改敏感词规则); lists of words replace those before."""
    changes: dict[str, Any] = {}
    if call.has("rule_name"):
        changes["rule_name"] = call.named("rule_name", most=_MOST_NAME)
    if call.has("word_list"):
        changes["word_list"] = _words(call)
    if call.has("extra_rule"):
        changes["semantics_list"] = _meanings(call.inside("extra_rule"))
    if call.has("intercept_type"):
        changes["intercept_type"] = call.integer("intercept_type", low=1, high=2)
    added = _range(call, call.inside("add_applicable_range"))
    removed = _range(call, call.inside("remove_applicable_range"))
    rule = _known(call)
    if "rule_name" in changes:
        _check_name(call, rule, changes["rule_name"])
    users = {each: None for each in (*rule.user_list, *added[0]) if each not in removed[0]}
    departments = {
        each: None for each in (*rule.department_list, *added[1]) if each not in removed[1]
    }
    if len(users) > _MOST_RANGE or len(departments) > _MOST_RANGE:
        raise CallRefused(41076)
    for name, value in changes.items():
        setattr(rule, name, value)
    rule.user_list, rule.department_list = users, departments
    return {}


@chapter.endpoint("POST", "externalcontact/del_intercept_rule", doc=95097)
def del_intercept_rule(call: Call) -> dict[str, object]:
    """Remove a rule (删除敏感词规则)."""
    _known(call).deleted = True
    return {}


def _known(call: Call) -> InterceptRule:
    rule = call.corp.of(Materials).rules.get(call.text("rule_id", missing=41070))
    if rule is None or rule.owner != call.app.name:
        raise CallRefused(41070)
    if rule.deleted:
        raise CallRefused(41071)
    return rule


def _words(call: Call) -> list[str]:
    words = call.texts("word_list", most=_MOST_WORDS, too_many=41068)
    if not words:
        raise CallRefused(40058)
    if not all(1 <= len(word) <= _LONGEST_WORD for word in words):
        raise CallRefused(41083)
    return words


def _meanings(given: Fields) -> list[int]:
    meanings = given.numbers("semantics_list")
    if not set(meanings) <= _MEANINGS:
        raise CallRefused(41084)
    return meanings


def _range(call: Call, given: Fields) -> tuple[list[str], list[int]]:
    users = given.texts("user_list", most=_MOST_RANGE, too_many=41076)
    departments = given.numbers("department_list", most=_MOST_RANGE, too_many=41076)
    for userid in users:
        call.member(userid)
    check_departments(call, departments)
    return users, departments


def _check_name(call: Call, rule: InterceptRule, name: str = "") -> None:
    others = [
        each
        for each in call.corp.of(Materials).rules.values()
        if each.rule_id != rule.rule_id and not each.deleted
    ]
    if any(other.rule_name == (name or rule.rule_name) for other in others):
        raise CallRefused(41077)
