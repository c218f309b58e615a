"""Writes what a member notes about a new customer (修改客户备注信息)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from errors import NotExternalContact
from events import ExternalContactAdded
from handlers.context import Context
from handlers.lookup import Lookup
from handlers.router import Router
from handlers.rules import RemarkRule
from handlers.rules.remark import LONGEST_DESCRIPTION, LONGEST_REMARK
from handlers.templates import render
from wecom import external_contact

router = Router()

_LONGEST = {
    "remark": LONGEST_REMARK,
    "description": LONGEST_DESCRIPTION,
    "remark_company": LONGEST_REMARK,
}


@router.on(ExternalContactAdded, wanted=lambda _event, rules: rules.has(RemarkRule))
def remark_new_customer(event: ExternalContactAdded, ctx: Context) -> None:
    """Write what all matching rules say, in one call; the same twice does no harm."""
    people = Lookup(event, ctx)
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.when(event), people)
    rules = list(ctx.rules.matching(RemarkRule, facts))
    people.read_for(text for rule in rules for text in _texts(rule))
    values = ctx.rules.values(facts, *people.known())
    changes: dict[str, Any] = {}
    for rule in rules:
        changes |= _changes(rule, values)
    if not changes:
        ctx.conclude("empty_text" if rules else "no_rule")
        return
    try:
        external_contact.remark(ctx.api, event.userid, event.external_userid, **changes)
    except NotExternalContact:
        # 84061: the two parted meanwhile.
        ctx.conclude("not_external_contact")
    else:
        ctx.conclude("remarked")


def _texts(rule: RemarkRule) -> tuple[str, ...]:
    return (rule.remark, rule.description, rule.remark_company, *rule.remark_mobiles)


def _changes(rule: RemarkRule, values: Mapping[str, object]) -> dict[str, Any]:
    """Return what one rule writes; what is empty once it is filled in erases nothing."""
    changes: dict[str, Any] = {}
    for key, longest in _LONGEST.items():
        if text := render(getattr(rule, key), values).strip():
            changes[key] = text[:longest]
    mobiles = [render(each, values).strip() for each in rule.remark_mobiles]
    if any(mobiles):
        changes["remark_mobiles"] = [each for each in mobiles if each]
    return changes
