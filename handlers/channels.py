"""Keeps contact ways (渠道活码) as the rules say: who is added, by when, under which state."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from errors import APIError, WeComError
from handlers.context import Context
from handlers.ledger import KeptChannel, Ledger
from handlers.notices import in_both, tell_operators_once
from handlers.router import Router
from handlers.rules.channel import ChannelRule
from handlers.rules.conditions import matcher_of
from language import Text
from wecom import contact_way

router = Router()

_CLAIM = timedelta(minutes=2)  # longer than the calls of one channel take
_UNCHANGEABLE = Text(
    en="type, scene and is_temp cannot be changed; give the channel another name",
    zh="type、scene 和 is_temp 不能修改，请给渠道另取名称",
)
GONE = Text(
    en="the contact way was deleted elsewhere; `channels prune` forgets the channel",
    zh="渠道活码已在别处删除，可用 `channels prune` 清除该渠道",
)
_LOOK_BACK = timedelta(hours=1)
_CONFIG_UNKNOWN = 41044
_TYPES = {"single": contact_way.SINGLE, "multi": contact_way.MULTI}
_SCENES = {"qr_code": contact_way.QR_CODE, "mini_program": contact_way.MINI_PROGRAM}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one channel: created, found, updated, same, busy, later or failed.

    later: WeCom wants a pause, or did not answer; the next turn tries again.
    """

    name: str
    word: str
    error: Text | None = None


@router.every(timedelta(minutes=1), at_start=True)
def count_contacts(ctx: Context) -> None:
    """Note who was added and who left, for the counts of channels and the reconciliation."""
    if ctx.ledger is not None:
        ctx.ledger.tally(ctx.now())


@router.every(timedelta(seconds=30), at_start=True)
def keep_channels(ctx: Context) -> None:
    """Make new channels, and change those whose rule or time of the week says otherwise."""
    outcomes = sync_channels(ctx)
    for each in outcomes:
        if each.word == "failed" and each.error:
            tell_operators_once(
                ctx,
                f"channel:{each.name}:{each.error.en}",
                f"渠道活码无法同步 / channel cannot be kept: {each.name}\n{in_both(each.error)}",
            )
    counts = Counter(
        "changed" if each.word in {"created", "found", "updated"} else each.word
        for each in outcomes
    )
    word = next((word for word in ("failed", "later", "changed") if counts[word]), "")
    ctx.conclude(f"{word} {counts[word]}" if word else "same")


def sync_channels(ctx: Context) -> list[Outcome]:
    """Compare every channel of the app with what was sent last, and send what differs.

    A way is asked for at most once: before the call it is noted that it will be made, so that who
    finds the note without an answer looks for the way instead of making a second one.
    """
    rules = channels_of(ctx)
    if ctx.ledger is None or not rules:
        return []
    kept = {each.name: each for each in ctx.ledger.channels()}
    moment = ctx.now().astimezone(ZoneInfo(ctx.rules.document.timezone))
    return [_sync(ctx, ctx.ledger, rule, kept.get(rule.name), moment) for rule in rules]


def channels_of(ctx: Context) -> Sequence[ChannelRule]:
    """Return the channels of the app, as the file has them."""
    return [
        rule
        for rule in ctx.rules.document.channel
        if rule.app == ctx.app.name
        and (rule.corpid is None or matcher_of(rule.corpid)(ctx.app.corpid))
    ]


def _sync(
    ctx: Context, ledger: Ledger, rule: ChannelRule, kept: KeptChannel | None, moment: datetime
) -> Outcome:
    wanted = _wanted(rule, moment)
    fingerprint = _fingerprint(rule, wanted)
    if kept is not None and kept.config_id and kept.fingerprint == fingerprint:
        return Outcome(name=rule.name, word="same")
    if kept is not None and kept.fingerprint and _kind(kept.fingerprint) != _kind(fingerprint):
        return Outcome(
            name=rule.name,
            word="failed",
            error=_UNCHANGEABLE,
        )
    now = ctx.now()
    claimed = ledger.claim_channel(rule.name, rule.state, now=now, until=now + _CLAIM)
    if claimed is None:
        return Outcome(name=rule.name, word="busy")
    if claimed.config_id and claimed.fingerprint == fingerprint:  # another was quicker
        ledger.store_channel(rule.name, at=now)
        return Outcome(name=rule.name, word="same")
    try:
        word, config_id, qr_code = _send(ctx, ledger, rule, claimed, wanted)
    except WeComError as error:
        ledger.store_channel(rule.name, at=ctx.now(), error=_told(error))
        word = "later" if getattr(error, "retryable", False) else "failed"
        return Outcome(name=rule.name, word=word, error=_told(error))
    ledger.store_channel(
        rule.name, at=ctx.now(), config_id=config_id, qr_code=qr_code, fingerprint=fingerprint
    )
    ctx.log.info("channel_synced", channel=rule.name, outcome=word)
    return Outcome(name=rule.name, word=word)


def _send(
    ctx: Context,
    ledger: Ledger,
    rule: ChannelRule,
    claimed: KeptChannel,
    wanted: dict[str, Any],
) -> tuple[str, str | None, str | None]:
    """Update the way, or find or make it; return a word, and config_id and qr_code if new."""
    if claimed.config_id:
        contact_way.update_contact_way(ctx.api, claimed.config_id, **wanted)
        return "updated", None, None
    found = _find(ctx, ledger, rule, claimed.asked_at)
    if found is not None:
        contact_way.update_contact_way(ctx.api, found.config_id, **wanted)
        return "found", found.config_id, found.qr_code
    given = {name: value for name, value in wanted.items() if value not in ((), None)}
    added = contact_way.add_contact_way(
        ctx.api,
        type=_TYPES[rule.type],
        scene=_SCENES[rule.scene],
        is_temp=rule.is_temp or None,
        **given,
    )
    return "created", added.config_id, added.qr_code


def _find(
    ctx: Context, ledger: Ledger, rule: ChannelRule, asked_at: datetime | None
) -> contact_way.ContactWay | None:
    """Return the way that was made by a call whose answer nobody wrote down.

    A temporary one is in no list; it ends by itself, and another is made.
    """
    if asked_at is None or rule.is_temp:
        return None
    others = {each.config_id for each in ledger.channels()}
    since = asked_at - _LOOK_BACK  # the clock of WeCom may be behind ours
    for config_id in contact_way.list_contact_way(ctx.api, start_time=since):
        if config_id in others:
            continue
        way = contact_way.get_contact_way(ctx.api, config_id)
        if (way.state, way.remark) == (rule.state, rule.sent_remark):
            return way
    return None


def _wanted(rule: ChannelRule, moment: datetime) -> dict[str, Any]:
    members, departments = rule.staffing(moment)
    return {
        "user": members,
        "party": departments,
        "style": rule.style,
        "remark": rule.sent_remark,
        "skip_verify": rule.skip_verify,
        "state": rule.state,
    }


def _fingerprint(rule: ChannelRule, wanted: dict[str, Any]) -> str:
    """Return what was or would be sent in 64 characters; what cannot change stands in front."""
    kind = f"{_TYPES[rule.type]}{_SCENES[rule.scene]}{int(rule.is_temp)}"
    digest = hashlib.sha256(json.dumps(wanted, sort_keys=True).encode()).hexdigest()
    return f"{kind}:{digest[:60]}"


def _kind(fingerprint: str) -> str:
    return fingerprint.partition(":")[0]


def _told(error: WeComError) -> Text:
    if isinstance(error, APIError) and error.errcode == _CONFIG_UNKNOWN:
        return GONE
    return error.text
