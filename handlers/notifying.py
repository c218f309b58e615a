"""Tells members what happened, and raises the alarm when many customers are lost."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from errors import WeComError
from events import Event, ExternalContactAdded, ExternalContactDeleted, ExternalContactEdited
from handlers.context import Context
from handlers.lookup import Lookup
from handlers.notices import send_notice, short
from handlers.router import Router
from handlers.rules import AlarmRule, NotifyRule, Rules
from handlers.rules.notify import ALARM_NAMES, Message, event_matcher, span
from handlers.templates import NAMES, names_in

router = Router()

_NAME_LIVES = timedelta(days=1)


def _has_notice(event: Event, rules: Rules) -> bool:
    return any(event_matcher(rule.event)(event.name) for rule in rules.of(NotifyRule))


def _speaks_of_lost_customers(_event: Event, rules: Rules) -> bool:
    notices = [
        rule
        for rule in rules.of(NotifyRule)
        if event_matcher(rule.event)(ExternalContactDeleted.event_name)
    ]
    return any("customer" in names_in(text) for rule in notices for text in _texts(rule))


@router.on(Event, wanted=_has_notice)
def notify(event: Event, ctx: Context) -> None:
    """Send the message of every rule that wants this event, each once."""
    people = Lookup(event, ctx)
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.now(), people)
    rules = list(ctx.rules.matching(NotifyRule, facts))
    people.read_for(text for rule in rules for text in _texts(rule))
    values = ctx.rules.values(facts, *people.known())
    told = 0
    for rule in rules:
        number = ctx.rules.of(NotifyRule).index(rule)
        subject = _subject(event, rule.name or str(number), ctx)
        told += _once(ctx, subject, rule, values)
    ctx.conclude("notified" if told else "told_already" if rules else "no_rule")


@router.on(ExternalContactDeleted, wanted=lambda _event, rules: rules.has(AlarmRule))
def raise_alarm(event: ExternalContactDeleted, ctx: Context) -> None:
    """Tell who should know when a member deletes more customers than a rule allows."""
    people = Lookup(event, ctx)
    facts = ctx.rules.facts(ctx.app.name, ctx.app.corpid, event, ctx.now(), people)
    raised = 0
    for number, rule in enumerate(ctx.rules.of(AlarmRule)):
        if rule not in ctx.rules.matching(AlarmRule, facts):
            continue
        count = ctx.memory.lost(
            event.userid, event.external_userid, at=ctx.when(event), within=span(rule.within)
        )
        if count <= rule.more_than:
            continue
        people.read_for(_texts(rule))
        values = {**ctx.rules.values(facts, *people.known()), "count": count}
        subject = short(f"alarm:{rule.name or number}:{event.userid}")
        raised += _once(
            ctx, subject, rule, values, names=ALARM_NAMES, again_after=span(rule.within)
        )
    ctx.conclude("alarm" if raised else "quiet")


@router.on(
    ExternalContactAdded, lane="bulk", wanted=_speaks_of_lost_customers, name=f"{__name__}.know"
)
def know_customer(event: ExternalContactAdded, ctx: Context) -> None:
    """Keep a customer's name: once the last member deletes them, WeCom tells it no more."""
    _know(event, ctx)


@router.on(
    ExternalContactEdited,
    lane="bulk",
    wanted=_speaks_of_lost_customers,
    name=f"{__name__}.know_edited",
)
def know_edited_customer(event: ExternalContactEdited, ctx: Context) -> None:
    """Keep the name of a customer who was there before the rule."""
    _know(event, ctx)


@router.every(_NAME_LIVES)
def forget_old_names(ctx: Context) -> None:
    """Let go of names not seen for a year, and of what was told a month ago."""
    ctx.conclude(f"forgot {ctx.memory.forget_old()}")


def _know(event: ExternalContactAdded | ExternalContactEdited, ctx: Context) -> None:
    customer = Lookup(event, ctx).customer()
    name = customer.external_contact.name if customer else ""
    if name:
        ctx.memory.keep_name(event.external_userid, name)
    ctx.conclude("known" if name else "unknown")


def _once(
    ctx: Context,
    subject: str,
    rule: Message,
    values: dict[str, object],
    *,
    names: frozenset[str] = NAMES,
    again_after: timedelta | None = None,
) -> bool:
    """Send a message unless it was sent; a send that surely failed may be tried again."""
    if not ctx.memory.tell(subject, again_after=again_after):
        return False
    try:
        return send_notice(ctx, rule, values, names=names)
    except WeComError:
        # It may have arrived all the same; then the platform drops the second of two alike.
        ctx.memory.untell(subject)
        raise


def _subject(event: Event, rule: str, ctx: Context) -> str:
    """Return what tells this event's message from those of all other events and rules."""
    told = hashlib.sha256(event.raw or repr(event).encode()).hexdigest()[:40]
    return short(f"notify:{told}:{ctx.app.name}:{rule}")


def _texts(rule: Message) -> tuple[str, ...]:
    return (rule.text, rule.markdown, *rule.to)
