"""Keeps the welcomes groups can have as the rules say, and tells owners who comes and goes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from errors import APIUnreachable, GroupChatGone, HandlerRetry, MediaInvalid, WeComError
from events import Event
from events.group_chat import GroupChatMembersJoined, GroupChatMembersLeft, GroupChatUpdated
from handlers.attaching import Attaching
from handlers.context import Context
from handlers.ledger import KeptGroupWelcome, Ledger
from handlers.notices import in_both, send_notice, short, tell_operators_once
from handlers.router import Router
from handlers.rules.conditions import matcher_of
from handlers.rules.group import (
    GROUP_NOTICE_NAMES,
    OWNER,
    GroupNoticeRule,
    GroupWelcomeRule,
)
from handlers.rules.notify import span
from handlers.rules.rules import Rules
from language import Text
from wecom import group_chat, group_welcome_template
from wecom.attachments import Attachment

router = Router()

_CLAIM = timedelta(minutes=2)
_CATCHING_UP = timedelta(seconds=3)
_NOTHING_KNOWN: dict[str, dict[str, str]] = {"event": {}, "customer": {}, "staff": {}, "now": {}}
_NO_ATTACHMENT = Text(en="its attachment is not to be had", zh="无法取得它的附件")
UNCLEAR = Text(
    en="it may have been made, and WeCom lists none: look in the client (客户联系 > 加入群聊 >"
    " 入群欢迎语), then `groups sync --again NAME` makes it anew",
    zh="可能已经创建，但企业微信没有查询接口：请在客户端查看（客户联系 > 加入群聊 > 入群欢迎语），"
    "再用 `groups sync --again 名称` 重新创建",
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one welcome: created, updated, same, busy, later or failed.

    later: WeCom wants a pause, or was not reached; the next turn tries again.
    """

    name: str
    word: str
    error: Text | None = None


@router.every(timedelta(seconds=30), at_start=True)
def keep_group_welcomes(ctx: Context) -> None:
    """Make new welcomes for groups, and change those whose rule or file says otherwise."""
    outcomes = sync_group_welcomes(ctx)
    for each in outcomes:
        if each.word == "failed" and each.error:
            tell_operators_once(
                ctx,
                f"group_welcome:{each.name}:{each.error.en}",
                f"入群欢迎语无法同步 / group welcome cannot be kept: {each.name}\n"
                f"{in_both(each.error)}",
            )
    counts = Counter(
        "changed" if each.word in {"created", "updated"} else each.word for each in outcomes
    )
    word = next((word for word in ("failed", "later", "changed") if counts[word]), "")
    ctx.conclude(f"{word} {counts[word]}" if word else "same")


def sync_group_welcomes(ctx: Context, *, again: str = "") -> list[Outcome]:
    """Compare every welcome of the app with what was sent last, and send what differs.

    WeCom lists no welcomes. So one whose making was cut short is not made a second time, unless
    `again` names it.
    """
    rules = welcomes_of(ctx)
    if ctx.ledger is None or not rules:
        return []
    kept = {each.name: each for each in ctx.ledger.group_welcomes()}
    return [
        _sync(ctx, ctx.ledger, rule, kept.get(rule.name), again=again == rule.name)
        for rule in rules
    ]


def welcomes_of(ctx: Context) -> list[GroupWelcomeRule]:
    """Return the welcomes of the app, as the file has them."""
    return [
        rule
        for rule in ctx.rules.of(GroupWelcomeRule)
        if matcher_of(rule.app or ())(ctx.app.name)
        and (rule.corpid is None or matcher_of(rule.corpid)(ctx.app.corpid))
    ]


@router.on(
    GroupChatMembersJoined,
    wanted=lambda _event, rules: _speaks_of("join", rules),
    name=f"{__name__}.tell_who_joined",
)
def tell_who_joined(event: GroupChatMembersJoined, ctx: Context) -> None:
    """Tell owners who asked for it that somebody joined their group."""
    _tell(event, ctx, "joined")


@router.on(
    GroupChatMembersLeft,
    wanted=lambda _event, rules: _speaks_of("leave", rules),
    name=f"{__name__}.tell_who_left",
)
def tell_who_left(event: GroupChatMembersLeft, ctx: Context) -> None:
    """Tell owners who asked for it that somebody left their group."""
    _tell(event, ctx, "left")


def _sync(
    ctx: Context,
    ledger: Ledger,
    rule: GroupWelcomeRule,
    kept: KeptGroupWelcome | None,
    *,
    again: bool,
) -> Outcome:
    attaching = Attaching(ctx, rule.attachments, _NOTHING_KNOWN)
    attachments = attaching.ready()
    if rule.attachments and not attachments:
        return Outcome(name=rule.name, word="failed", error=_NO_ATTACHMENT)
    fingerprint = _fingerprint(ctx, rule)
    if kept is not None and kept.template_id and kept.fingerprint == fingerprint:
        return Outcome(name=rule.name, word="same")
    now = ctx.now()
    claimed = ledger.claim_group_welcome(rule.name, now=now, until=now + _CLAIM)
    if claimed is None:
        return Outcome(name=rule.name, word="busy")
    if claimed.template_id and claimed.fingerprint == fingerprint:  # another was quicker
        ledger.store_group_welcome(rule.name, at=now)
        return Outcome(name=rule.name, word="same")
    if _is_unclear(claimed) and not again:
        ledger.store_group_welcome(rule.name, at=ctx.now(), error=UNCLEAR)
        return Outcome(name=rule.name, word="failed", error=UNCLEAR)
    return _carry_out(ctx, ledger, rule, claimed, attaching=attaching, attachments=attachments)


def _carry_out(
    ctx: Context,
    ledger: Ledger,
    rule: GroupWelcomeRule,
    claimed: KeptGroupWelcome,
    *,
    attaching: Attaching,
    attachments: Sequence[Attachment],
) -> Outcome:
    try:
        template_id = _send(ctx, rule, claimed.template_id, attaching, attachments)
    except WeComError as error:
        lost = isinstance(error, APIUnreachable) and error.sent and not claimed.template_id
        told = UNCLEAR if lost else error.text
        ledger.store_group_welcome(rule.name, at=ctx.now(), error=told)
        later = getattr(error, "retryable", False) and not lost
        return Outcome(name=rule.name, word="later" if later else "failed", error=told)
    ledger.store_group_welcome(
        rule.name, at=ctx.now(), template_id=template_id, fingerprint=_fingerprint(ctx, rule)
    )
    ctx.log.info("group_welcome_synced", welcome=rule.name)
    return Outcome(name=rule.name, word="updated" if claimed.template_id else "created")


def _send(
    ctx: Context,
    rule: GroupWelcomeRule,
    template_id: str,
    attaching: Attaching,
    attachments: Sequence[Attachment],
) -> str:
    """Make or change it, with its file uploaded anew when WeCom knows the file no more."""
    try:
        return _make_or_change(ctx, rule, template_id, attachments)
    except MediaInvalid:
        renewed = next(attaching.others(), [])
        if not renewed:
            raise
        return _make_or_change(ctx, rule, template_id, renewed)


def _make_or_change(
    ctx: Context, rule: GroupWelcomeRule, template_id: str, attachments: Sequence[Attachment]
) -> str:
    attachment = next(iter(attachments), None)
    if not template_id:
        return group_welcome_template.add(
            ctx.api,
            text=rule.text,
            attachment=attachment,
            agentid=ctx.app.agentid,
            notify=rule.notify,
        )
    group_welcome_template.edit(
        ctx.api, template_id, text=rule.text, attachment=attachment, agentid=ctx.app.agentid
    )
    return template_id


def _is_unclear(claimed: KeptGroupWelcome) -> bool:
    """Whether somebody asked for it, and nobody wrote down what came of it."""
    asked = claimed.asked_at is not None and not claimed.template_id
    return asked and (claimed.error is None or claimed.error.en == UNCLEAR.en)


def _fingerprint(ctx: Context, rule: GroupWelcomeRule) -> str:
    """Return what was or would be sent; an upload renewed with the same content changes nothing."""
    content = {"text": rule.text, "attachments": rule.model_dump(mode="json")["attachments"]}
    files = [each.local_file for each in rule.attachments if each.local_file is not None]
    if files:
        known = ctx.memory.uploads()
        content["files"] = [known[file].sha256 for file in files if file in known]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _speaks_of(change: str, rules: Rules) -> bool:
    return any(change in rule.on for rule in rules.of(GroupNoticeRule))


def number_in(event: GroupChatUpdated) -> int:
    """Return how many came or went with one event."""
    return len(event.members) or event.member_count or 1


def _tell(event: GroupChatUpdated, ctx: Context, change: str) -> None:
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.now())
    rules = list(ctx.rules.matching(GroupNoticeRule, facts))
    if not rules:
        ctx.conclude("no_rule")
        return
    if ctx.attempt == 1 and any(rule.at_least > 1 for rule in rules):
        # The member list of this very event is being read by another handler.
        raise HandlerRetry("The group's history is being written.", after=_CATCHING_UP)
    try:
        chat = group_chat.get(ctx.api, event.chat_id)
    except GroupChatGone:
        ctx.conclude("dismissed")
        return
    results = set()
    for rule in rules:
        count = max(number_in(event), _count(ctx, rule, event.chat_id, change))
        if rule.against(chat.owner, count) is None:
            values = ctx.rules.values(facts)
            values |= {"count": count, "group_name": chat.name, "owner": chat.owner}
            results.add(_tell_once(ctx, event, rule, values))
    ctx.conclude(next((each for each in ("told", "nobody_to_tell") if each in results), "quiet"))


def _count(ctx: Context, rule: GroupNoticeRule, chat_id: str, change: str) -> int:
    if rule.at_least == 1 or ctx.ledger is None:
        return 0
    return ctx.ledger.group_changes_since(chat_id, ctx.now() - span(rule.within)).get(change, 0)


def _tell_once(ctx: Context, event: Event, rule: GroupNoticeRule, values: dict[str, object]) -> str:
    """Tell of each event once; of a number that was reached once in the time of the rule."""
    about = hashlib.sha256(event.raw or repr(event).encode()).hexdigest()[:40]
    if rule.at_least > 1:
        about = f"{event.subject}:{event.name}"
    subject = short(f"group_notice:{about}:{ctx.app.name}:{rule.name}")
    again_after = span(rule.within) if rule.at_least > 1 else None
    if not ctx.memory.tell(subject, again_after=again_after):
        return "quiet"
    receivers = tuple(str(values["owner"]) if each == OWNER else each for each in rule.to)
    addressed = rule.model_copy(update={"to": receivers})
    try:
        sent = send_notice(ctx, addressed, values, names=GROUP_NOTICE_NAMES)
    except WeComError:
        ctx.memory.untell(subject)
        raise
    return "told" if sent else "nobody_to_tell"
