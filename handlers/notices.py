"""App messages about what happened (发送应用消息, doc 90236)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from errors import WeComError
from handlers.context import Context
from handlers.rules.notify import LONGEST_NOTICE_BYTES, OPERATORS, Message
from handlers.templates import NAMES, cut, render
from language import Text
from wecom import message

_SAME_NOTICE_SECONDS = 60  # a send that is repeated because its answer was lost arrives once
_ONCE_MORE_AFTER = timedelta(days=1)
_LONGEST_SUBJECT = 120
# What WeCom writes behind the fault itself: its number differs with each call (doc 90313).
_HINT = re.compile(r",? *hint: *\[.*", re.DOTALL)


def send_notice(
    ctx: Context,
    rule: Message,
    values: Mapping[str, object],
    *,
    names: frozenset[str] = NAMES,
) -> bool:
    """Send the message of a rule; False when nobody or nothing is left once it is filled in."""
    receivers = _receivers(ctx, rule, values, names)
    body = _body(rule, values, names)
    if body is None or not (receivers or rule.to_department or rule.to_tag):
        return False
    message.send(
        ctx.api,
        body,
        touser=receivers,
        toparty=rule.to_department,
        totag=rule.to_tag,
        duplicate_check_seconds=_SAME_NOTICE_SECONDS,
    )
    return True


def tell_operators_once(
    ctx: Context, subject: str, text: str, *, again_after: timedelta | None = _ONCE_MORE_AFTER
) -> None:
    """Tell the app's operators of a fault, once a day however often it happens.

    Who is named under several apps of the corp hears of it from the first that reaches them.
    subject: names the fault; may end in what WeCom says of it, less the hint of that one call.
    again_after: None never tells it a second time.
    Never at the cost of the work that met the fault: what cannot be told is logged only.
    """
    if not ctx.app.operators:
        return
    subject = short(f"operators:{_HINT.sub('', subject)}")
    try:
        receivers = [
            operator
            for operator in ctx.app.operators
            if _may_tell(ctx, f"{subject}:{operator}", again_after)
        ]
        if receivers:
            _send_or_take_back(ctx, subject, receivers, text)
    except WeComError as error:
        ctx.log.warning("operators_not_told", error=type(error).__name__)


def in_both(told: Text) -> str:
    """Return for a message what nobody knows the reader's language of."""
    return told.en if told.zh == told.en else f"{told.zh}\n{told.en}"


def short(subject: str) -> str:
    """Return a subject that fits; a long one keeps its beginning and is told from its like."""
    if len(subject) <= _LONGEST_SUBJECT:
        return subject
    return f"{subject[:_LONGEST_SUBJECT]}:{hashlib.sha256(subject.encode()).hexdigest()[:32]}"


def _may_tell(ctx: Context, subject: str, again_after: timedelta | None) -> bool:
    """Take the right to tell one operator, unless another app did, or this one tried in vain."""
    if not ctx.memory.tell(subject, again_after=again_after, over_apps=True):
        return False
    if ctx.memory.tell(subject, again_after=again_after):
        return True
    ctx.memory.untell(subject, over_apps=True)
    return False


def _send_or_take_back(ctx: Context, subject: str, receivers: Sequence[str], text: str) -> None:
    try:
        sent = message.send(
            ctx.api,
            message.Text(content=cut(text, LONGEST_NOTICE_BYTES)),
            touser=receivers,
            duplicate_check_seconds=_SAME_NOTICE_SECONDS,
        )
    except WeComError:
        for operator in receivers:
            ctx.memory.untell(f"{subject}:{operator}")
            ctx.memory.untell(f"{subject}:{operator}", over_apps=True)
        raise
    unreached = sent.invaliduser.lower().split("|")  # another app may reach them
    for operator in receivers:
        if operator.lower() in unreached:
            ctx.memory.untell(f"{subject}:{operator}", over_apps=True)


def _receivers(
    ctx: Context, rule: Message, values: Mapping[str, object], names: frozenset[str]
) -> Sequence[str]:
    found: list[str] = []
    for each in rule.to:
        if each == OPERATORS:
            found += ctx.app.operators
        else:
            found.append(render(each, values, names=names).strip())
    return [each for each in dict.fromkeys(found) if each and "|" not in each]


def _body(
    rule: Message, values: Mapping[str, object], names: frozenset[str]
) -> message.Text | message.Markdown | None:
    if rule.markdown:
        text = render(rule.markdown, values, names=names, flavour="markdown")
    else:
        text = render(rule.text, values, names=names, flavour="text")
    text = cut(text, LONGEST_NOTICE_BYTES)
    if not text.strip():
        return None
    return message.Markdown(content=text) if rule.markdown else message.Text(content=text)
