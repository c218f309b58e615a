"""Pulls what customers write to a customer service account, and greets them (微信客服)."""

from __future__ import annotations

import json
from datetime import timedelta

from errors import APIError
from events.customer_service import KfMessagesArrived, KfSessionEntered
from handlers.context import Context
from handlers.router import Router
from handlers.rules import KfWelcomeRule
from handlers.rules.kf_welcome import LONGEST_KF_WELCOME_BYTES
from handlers.templates import cut, render
from wecom import kf

router = Router()

WELCOME_WINDOW = timedelta(seconds=20)  # how long a welcome_code lives, doc 95122
_TOKEN_LIVES = timedelta(minutes=10)  # doc 94670


@router.on(KfMessagesArrived, lane="urgent")
def pull_messages(event: KfMessagesArrived, ctx: Context) -> None:
    """Pull all that came since the last time, and have it handled (读取消息).

    The notification is a wake-up call: many may lead to one pull, and a pull makes up for those
    that were lost. Urgent, because what it brings may be.
    """
    token = event.token if _is_fresh(event, ctx) else ""
    cursor = ctx.inbox.cursor(event.open_kfid)
    may_begin_anew = bool(cursor)
    new = 0
    while True:
        try:
            more, standing = _pull(event.open_kfid, ctx, cursor=cursor, token=token)
        except APIError as error:
            if token and error.errcode == kf.INVALID_MSG_TOKEN:
                token = ""
            elif may_begin_anew and type(error) is APIError:
                # Perhaps the cursor is too old: from the start, where what is known is recognised.
                may_begin_anew = False
                cursor = ""
            else:
                raise
            continue
        new += more
        if standing is None:
            break
        cursor = standing
    ctx.log.info("kf_messages_pulled", new=new)
    ctx.conclude("pulled" if new else "nothing_new")


@router.on(KfSessionEntered, lane="urgent", within=WELCOME_WINDOW)
def greet_visitor(event: KfSessionEntered, ctx: Context) -> None:
    """Greet who opens a customer service chat (发送客服欢迎语), when a rule wants it.

    The code is missing when the console has a welcome of its own, or the customer was greeted or
    wrote within 48 hours.
    """
    if not event.welcome_code:
        ctx.conclude("no_welcome_code")
        return
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.now())
    rule = ctx.rules.first(KfWelcomeRule, facts)
    if rule is None:
        ctx.conclude("no_rule")
        return
    text = cut(render(rule.text, ctx.rules.values(facts)), LONGEST_KF_WELCOME_BYTES)
    if not text.strip():
        ctx.conclude("empty_text")
        return
    kf.send_msg_on_event(ctx.api, event.welcome_code, text=text)
    ctx.conclude("sent")


def _pull(open_kfid: str, ctx: Context, *, cursor: str, token: str) -> tuple[int, str | None]:
    """Journal page after page; return how much was new, and where another worker has gone on.

    The cursor moves after its page is journalled: a death in between costs a page pulled twice,
    and each message in it is known by its msgid.
    """
    new, past = 0, ctx.inbox.cursor(open_kfid)
    for page in kf.sync_msg(ctx.api, open_kfid, cursor=cursor, token=token):
        new += ctx.inbox.record([_plaintext(item) for item in page.msg_list])
        if not page.next_cursor:
            break
        standing = ctx.inbox.advance(open_kfid, past=past, to=page.next_cursor)
        if standing != page.next_cursor:
            return new, standing
        past = standing
    return new, None


def _is_fresh(event: KfMessagesArrived, ctx: Context) -> bool:
    return event.occurred_at is None or ctx.now() - event.occurred_at < _TOKEN_LIVES


def _plaintext(item: object) -> bytes:
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")
