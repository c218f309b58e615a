"""Tags new customers (编辑客户企业标签)."""

from __future__ import annotations

from errors import NotExternalContact, TagUnknown
from events import ExternalContactAdded
from handlers.context import Context
from handlers.router import Router
from wecom.tag import mark_tag

router = Router()


@router.on(ExternalContactAdded)
def tag_new_customer(event: ExternalContactAdded, ctx: Context) -> None:
    """Put the tags of every matching rule on a new customer, creating what is missing.

    Adding a tag twice does no harm, so the run may be repeated.
    """
    names = ctx.rules.tags(ctx.app.name, event, ctx.now())
    if not names:
        ctx.conclude("no_rule")
        return
    try:
        _mark_with_known_tags(event, ctx, names)
    except NotExternalContact:
        # 84061: the two parted meanwhile; there is nothing left to tag.
        ctx.conclude("not_external_contact")
    else:
        ctx.conclude("tagged")


def _mark_with_known_tags(event: ExternalContactAdded, ctx: Context, names: list[str]) -> None:
    try:
        _mark(event, ctx, names)
    except TagUnknown:
        # 40068: somebody deleted a tag since we last read the list.
        ctx.tags.forget()
        _mark(event, ctx, names)


def _mark(event: ExternalContactAdded, ctx: Context, names: list[str]) -> None:
    mark_tag(
        ctx.api,
        event.userid,
        event.external_userid,
        add_tag=ctx.tags.ids(ctx.api, names),
    )
