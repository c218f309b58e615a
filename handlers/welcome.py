"""Greets new customers (发送新客户欢迎语)."""

from __future__ import annotations

from datetime import timedelta

from errors import ChatAlreadyStarted, WelcomeBeingSent, WelcomeCodeInvalid
from events import ExternalContactAdded, HalfExternalContactAdded
from handlers.context import Context
from handlers.router import Router
from wecom.external_contact import send_welcome_msg

router = Router()

WELCOME_WINDOW = timedelta(seconds=20)  # how long a WelcomeCode lives, doc 92137


@router.on(ExternalContactAdded, lane="urgent", within=WELCOME_WINDOW)
def greet_new_customer(event: ExternalContactAdded, ctx: Context) -> None:
    """Welcome a customer the moment a member adds them."""
    _greet(event, ctx)


@router.on(HalfExternalContactAdded, lane="urgent", within=WELCOME_WINDOW)
def greet_half_added_customer(event: HalfExternalContactAdded, ctx: Context) -> None:
    """Welcome a customer who added a member without being confirmed yet.

    The full add that may follow then carries no code, so nobody is greeted twice.
    """
    _greet(event, ctx)


def _greet(event: ExternalContactAdded | HalfExternalContactAdded, ctx: Context) -> None:
    if not event.welcome_code:
        # Normal: the console has a welcome of its own, or the chat has begun.
        ctx.conclude("no_welcome_code")
        return
    text = ctx.rules.welcome(ctx.app.name, event, ctx.now())
    if text is None:
        ctx.conclude("no_rule")
        return
    if not text.strip():
        # All of it came from a field that is empty this time; WeCom refuses a welcome of nothing.
        ctx.conclude("empty_text")
        return
    try:
        send_welcome_msg(ctx.api, event.welcome_code, text=text)
    except ChatAlreadyStarted:
        # 41051: a welcome was delivered. Ours, if we sent one and never heard of it.
        ctx.conclude("already_sent" if ctx.outcome_unknown else "chat_already_started")
    except WelcomeCodeInvalid:
        if not ctx.outcome_unknown:
            ctx.conclude("invalid_code")
            raise
        # Inside the window a code goes bad only by being used, so the lost call has used it.
        ctx.conclude("already_sent")
    except WelcomeBeingSent:
        # 41096: another call is delivering; that is no proof yet, so it is tried again.
        ctx.conclude("used_by_another_app")
        raise
    else:
        ctx.conclude("sent")
