"""Tags new customers (编辑客户企业标签)."""

from __future__ import annotations

from errors import APIError, HandlerRetry, NotExternalContact, TagUnknown
from events import ExternalContactAdded
from handlers.context import Context
from handlers.lookup import Lookup
from handlers.router import Router
from handlers.rules import TagRule
from handlers.rules.tag import is_tag_name
from handlers.templates import render
from wecom.tag import mark_tag

router = Router()


@router.on(ExternalContactAdded)
def tag_new_customer(event: ExternalContactAdded, ctx: Context) -> None:
    """Put on and take off the tags of every matching rule, creating what is missing.

    Adding a tag twice does no harm, so the run may be repeated.
    """
    add, remove = tags_wanted(event, ctx)
    if not add and not remove:
        ctx.conclude("no_rule")
        return
    try:
        _mark_with_known_tags(event, ctx, add, remove)
    except NotExternalContact:
        # 84061: the two parted meanwhile; there is nothing left to tag.
        ctx.conclude("not_external_contact")
    else:
        ctx.conclude("tagged")


def tags_wanted(event: ExternalContactAdded, ctx: Context) -> tuple[list[str], list[str]]:
    """Return the "group/tag" names to add and to remove, each once, in order.

    One that is none once it is filled in, as `source/{{ event.state }}` without a state, is left
    out, so that it does not cost the customer the other tags. What is added is not removed.
    """
    people = Lookup(event, ctx)
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.when(event), people)
    rules = list(ctx.rules.matching(TagRule, facts))
    people.read_for(name for rule in rules for name in (*rule.add, *rule.remove))
    values = ctx.rules.values(facts, *people.known())
    add = dict.fromkeys(render(name, values) for rule in rules for name in rule.add)
    remove = dict.fromkeys(render(name, values) for rule in rules for name in rule.remove)
    return (
        [name for name in add if is_tag_name(name)],
        [name for name in remove if is_tag_name(name) and name not in add],
    )


def _mark_with_known_tags(
    event: ExternalContactAdded, ctx: Context, add: list[str], remove: list[str]
) -> None:
    try:
        _mark(event, ctx, add, remove)
    except TagUnknown:
        # 40068: somebody deleted a tag since we last read the list.
        ctx.tags.forget()
        _mark(event, ctx, add, remove)


def _mark(event: ExternalContactAdded, ctx: Context, add: list[str], remove: list[str]) -> None:
    removed = ctx.tags.known(ctx.api, remove) if remove else []
    try:
        added = ctx.tags.ids(ctx.api, add) if add else []
    except (APIError, HandlerRetry):
        # A tag that cannot be made, as 40126 when there are too many, costs no other.
        _put(event, ctx, ctx.tags.known(ctx.api, add), removed)
        raise
    _put(event, ctx, added, removed)


def _put(event: ExternalContactAdded, ctx: Context, added: list[str], removed: list[str]) -> None:
    if added or removed:
        mark_tag(ctx.api, event.userid, event.external_userid, add_tag=added, remove_tag=removed)
